// Package protocol is the interface between the graph and the programs that
// run in its steps.
//
// A step of Moult's graph runs one of two programs, moult-install or
// moult-build, in a container. Package llb writes the program's arguments and
// its mounts, and the program reads them. If it fails, package frontend has to
// know which step that was. So this package has the commands of each program
// as types that turn into arguments and back (Command, Parse), the paths of
// mounts, and the ids of vertices (ID).
//
// Arguments and paths are part of a step's cache key. So they must not contain
// a counter, Moult's version or anything else that changes although the step's
// work does not. The package also runs in the frontend and in the command line,
// so it must not depend on Linux.
package protocol

// Command is a command of one of the programs.
type Command interface {
	// Args is the step's argument list, with the program first.
	Args() []string
	// Result is the mount or the folder that holds the step's result and, after
	// a failure, the file Failure; "" if the step writes no such file.
	Result() string
}

// spec has a command's program and name.
type spec struct {
	program, name string
	zero          Command
}

// commands are all commands of the programs. It is a function, because the
// commands' own methods use it.
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
		{BuildTool, "interpreter", TakeInterpreter{}},
		{BuildTool, "run", Run{}},
		{BuildTool, "unpack", Unpack{}},
		{BuildTool, "modes", SetModes{}},
		{BuildTool, "bytecode", KeepBytecode{}},
		{BuildTool, "failure", ShowFailure{}},
		{InstallTool, "venv", CreateVenv{}},
		{InstallTool, "wheels", InstallWheels{}},
		{InstallTool, "compile", Compile{}},
		{InstallTool, "inspect", Inspect{}},
	}
}
