// Package protocol is what both sides of a step agree on.
//
// A step of Moult's graph runs one of two programs, moult-install or
// moult-build, in a container. Package llb writes the program's arguments and
// its mounts, the program reads them, and when it fails, package frontend has
// to know which step that was. So here are: each program's commands as types
// that turn into arguments and back (Command, Parse), the paths of mounts, and
// the ids by which vertices are known (ID).
//
// Arguments and paths are part of a step's cache key. None of them may carry a
// number, a version or anything else that changes from build to build. This
// package runs in the frontend, too: it uses nothing of Linux.
package protocol

// Command is a command of one of the programs.
type Command interface {
	// Args is the step's argument list with the program in front.
	Args() []string
	// Result is the mount or the folder that holds the step's result and, when
	// it has failed, the file Failure; "" where the step leaves no such file.
	Result() string
}

// spec says where a command belongs.
type spec struct {
	program, name string
	zero          Command
}

// commands are all commands of the programs. It is a function, because the
// commands' own methods ask for it.
func commands() []spec {
	return []spec{
		{BuildTool, "resolve", Resolve{}},
		{BuildTool, "prepare", Prepare{}},
		{BuildTool, "ask", AskBackend{}},
		{BuildTool, "wheel", BuildWheel{}},
		{BuildTool, "choose", Choose{}},
		{BuildTool, "download", Download{}},
		{BuildTool, "locate", Locate{}},
		{BuildTool, "packages", Packages{}},
		{BuildTool, "accounts", Accounts{}},
		{BuildTool, "python", AddPython{}},
		{BuildTool, "run", Run{}},
		{BuildTool, "unpack", Unpack{}},
		{InstallTool, "venv", CreateVenv{}},
		{InstallTool, "wheels", InstallWheels{}},
		{InstallTool, "compile", Compile{}},
		{InstallTool, "inspect", Inspect{}},
	}
}
