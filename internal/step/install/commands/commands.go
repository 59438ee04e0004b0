// Package commands is what cmd/moult-install does: it turns wheels into the
// files of an image layer, inside a step of a build. It needs no network and no
// Python of its own; only for bytecode it starts the interpreter of the image it
// runs in.
package commands

import (
	"fmt"
	"io"
	"time"

	"github.com/moult-build/moult/internal/step/install"
	"github.com/moult-build/moult/internal/step/protocol"
)

// Do carries out one command line with the program in front. Warnings are lines
// on stderr that start with "warning: ".
func Do(args []string, stdout, stderr io.Writer) error {
	command, err := protocol.Parse(args)
	if err != nil {
		return err
	}
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
