// Command moult-install is the program that runs inside a build and turns
// wheels into the files of an image layer. It is static, needs no network and
// no Python of its own; only for bytecode it starts the interpreter of the
// image it runs in.
//
//	moult-install venv     the virtual environment's skeleton
//	moult-install wheels   wheels, laid out and compiled
//	moult-install compile  bytecode for sources that are in the image already
//	moult-install inspect  what does not fit together
//
// Package llb writes its command lines (package protocol), nobody types them;
// they are part of cache keys. It exits with 0, or with 1 after one line on
// standard error, or with 128 and the number of the signal that ended it or the interpreter.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"github.com/moult-build/moult/internal/step/install/commands"
	"github.com/moult-build/moult/internal/step/signals"
)

func main() {
	_ = signals.Context(0)
	if err := commands.Do(os.Args, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintf(os.Stderr, "moult-install: %v\n", err)
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
				os.Exit(128 + int(status.Signal()))
			}
		}
		os.Exit(1)
	}
}
