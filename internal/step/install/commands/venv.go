package commands

import (
	"fmt"
	"io"

	"github.com/moult-build/moult/internal/step/install"
	"github.com/moult-build/moult/internal/step/protocol"
)

// createVenv writes a virtual environment's skeleton.
func createVenv(c protocol.CreateVenv, stdout io.Writer) error {
	tree, err := newTree(c.Output, c.Epoch)
	if err != nil {
		return err
	}
	skeleton := install.Skeleton{Target: install.Target{Prefix: c.Prefix, Python: c.Python}, Interpreter: c.Interpreter}
	if err := skeleton.WriteTo(tree); err != nil {
		return err
	}
	if err := tree.Finish(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "%s for Python %s\n", c.Prefix, c.Python)
	return err
}
