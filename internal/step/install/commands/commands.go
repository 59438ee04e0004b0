// Package commands implements cmd/moult-install: it turns wheels into the files
// of an image layer, inside a step of a build. It needs neither a network nor
// Python, except for bytecode: then it starts the interpreter of the image in
// which it runs.
package commands

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/moult-build/moult/internal/step/install"
	"github.com/moult-build/moult/internal/step/protocol"
)

// Do runs one command line, with the program first. Warnings are lines on
// stderr that start with "warning: ". It also writes an error into the step's
// result, from which the frontend reads it.
func Do(args []string, stdout, stderr io.Writer) error {
	command, err := protocol.Parse(args)
	if err != nil {
		return err
	}
	err = carryOut(command, stdout, stderr)
	if err != nil && command.Result() != "" {
		// The frontend sees no logs.
		if _, statErr := os.Stat(command.Result()); statErr == nil {
			err = errors.Join(err, os.WriteFile(filepath.Join(command.Result(), protocol.Failure), []byte(failure(err)), 0o644))
		}
	}
	return err
}

func carryOut(command protocol.Command, stdout, stderr io.Writer) error {
	switch c := command.(type) {
	case protocol.CreateVenv:
		return createVenv(c, stdout)
	case protocol.InstallWheels:
		return installWheels(c, stdout, stderr)
	case protocol.Compile:
		return compile(c, stdout)
	case protocol.Inspect:
		return inspect(c, stdout)
	}
	return fmt.Errorf("moult-install has no command %T", command)
}

// newTree opens the output tree; its files get the time epoch, in Unix seconds.
func newTree(output string, epoch int64) (*install.Tree, error) {
	return install.NewTree(output, time.Unix(epoch, 0))
}

// packageError is the error of the wheel of one package.
type packageError struct {
	name string
	err  error
}

func (e *packageError) Error() string { return e.err.Error() }
func (e *packageError) Unwrap() error { return e.err }

// failure is the text of an error for the frontend. If it is the error of one
// package, the first line is the name of the package.
func failure(err error) string {
	var of *packageError
	if errors.As(err, &of) {
		return of.name + "\n" + err.Error()
	}
	return "\n" + err.Error()
}
