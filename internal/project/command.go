package project

import (
	"errors"

	"github.com/moult-build/moult/internal/source"
)

// ErrShellForm is the cause of the error for a command that is a string.
var ErrShellForm = errors.New("a command is not a list of arguments")

// Command is what the image runs. Package start finds it.
type Command struct {
	// Entrypoint and Cmd are argument lists as the image configuration has
	// them; nil where there is none.
	Entrypoint, Cmd []string
	// Why says where it comes from, and Reason tells it to people; empty where
	// the build file says it.
	Why    CommandReason
	Reason string
	// Guessed is true where it follows from what the code is, and nobody said
	// it.
	Guessed bool
	// Beside is true where it starts a file that lies beside the project's
	// package, so that the project's files have to be copied too.
	Beside bool
	// Pos is what decided; invalid where a file's presence did.
	Pos source.Pos
}

// CommandReason says where the command comes from.
type CommandReason string

// The reasons, in the order in which they count.
const (
	CommandByKey      CommandReason = "entrypoint and cmd"
	CommandByProcfile CommandReason = "Procfile"
	CommandByScript   CommandReason = "project.scripts"
	CommandByFile     CommandReason = "a main file"
	CommandByCode     CommandReason = "the code"
)
