package project

import (
	"errors"

	"github.com/moult-build/moult/internal/source"
)

// ErrShellForm is the cause of the error for a command that is a string.
var ErrShellForm = errors.New("a command is not a list of arguments")

// SystemProgram is a package of the distribution, and the requirement or the source of the
// project that calls its program.
type SystemProgram struct{ Package, For string }

// Command is the command of the image. Package start finds it.
type Command struct {
	// Entrypoint and Cmd are argument lists in the image configuration's form;
	// nil if there is none.
	Entrypoint, Cmd []string
	// Why says where it comes from, and Reason says it for people; empty if the
	// build file has it.
	Why    CommandReason
	Reason string
	// Guessed is true if it was derived from the code because no file says it.
	Guessed bool
	// NextToPackage is true if it starts a file in the folder of the project's
	// package, so that the project's files have to be copied too.
	NextToPackage bool
	// Extra is the extra of the project that brings what the program needs, and Group
	// the dependency group, if the build file chooses none; else "".
	Extra, Group string
	// File is the source of the project that it starts, relative to the project's
	// folder; "" if this is not known. From is the folder in which a file of the
	// project starts it, as in "cd backend && python main.py"; "." is the project's,
	// and "" an unknown one.
	File, From string
	// Workdir is the working folder in the image that it needs, if this is not the
	// application's; else "".
	Workdir string
	// Programs are Debian packages with programs that the project calls and that its
	// Dockerfile installs.
	Programs []SystemProgram
	// Port is the one on which the command of a Procfile listens; "" for others.
	Port string
	// Packages are requirements that it needs and that only the Dockerfile has, which
	// installs them by name.
	Packages []source.At[string]
	// Env are variables that it needs, of a file that says how the project runs. Those of
	// the build file precede them.
	Env []CommandVariable
	// Pos is the position that decided; invalid if the existence of a file did.
	Pos source.Pos
}

// CommandVariable is a variable of the environment.
type CommandVariable struct{ Name, Value string }

// DefaultPort is the port of a server whose command names none, and that of $PORT
// in a Procfile.
const DefaultPort = "8000"

// CommandReason says where the command comes from.
type CommandReason string

// The reasons, in the order of their precedence.
const (
	CommandByKey      CommandReason = "entrypoint and cmd"
	CommandByProcfile CommandReason = "Procfile"
	CommandByScript   CommandReason = "project.scripts"
	CommandByFile     CommandReason = "a main file"
	CommandByCode     CommandReason = "the code"
)
