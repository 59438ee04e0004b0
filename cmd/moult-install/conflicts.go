package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/moult-build/moult/internal/conflict"
)

// runConflicts looks for files that several packages bring into the layers of
// a virtual environment, given in the image's order.
func runConflicts(args []string, stdout io.Writer) error {
	o := newOptions("conflicts")
	o.defineTarget()
	if err := o.parse(args, "prefix", "out", "python"); err != nil {
		return err
	}
	if err := o.target.Check(); err != nil {
		return err
	}
	found, err := conflict.Find(o.Args(), strings.TrimPrefix(o.target.SitePackages(), "/"))
	if err != nil {
		return err
	}
	for _, c := range found {
		fmt.Fprintf(stdout, "%s: %s and %s\n", c.Path, c.Loser, c.Winner)
	}
	return conflict.Write(o.out, found)
}
