package main

import (
	"fmt"
	"io"

	"github.com/moult-build/moult/internal/step/install"
)

// runVenv writes a virtual environment's skeleton.
func runVenv(args []string, stdout io.Writer) error {
	o := newOptions("venv")
	o.defineTarget()
	version := o.String("version", "", "")
	if err := o.parse(args, "prefix", "out", "python", "interpreter"); err != nil {
		return err
	}
	if o.NArg() > 0 {
		return fmt.Errorf("venv: unexpected argument %q", o.Arg(0))
	}
	tree, err := o.tree()
	if err != nil {
		return err
	}
	skeleton := install.Skeleton{
		Target:      o.target,
		Interpreter: o.interpreter,
		Version:     *version,
	}
	if err := skeleton.WriteTo(tree); err != nil {
		return err
	}
	if err := tree.Finish(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "%s for Python %s\n", o.target.Prefix, o.target.Python)
	return err
}
