package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/moult-build/moult/internal/check/conflict"
	"github.com/moult-build/moult/internal/check/libraries"
)

// runInspect looks through the layers of a virtual environment, given in the
// image's order, for files that several packages bring and for libraries that
// none brings.
func runInspect(args []string, stdout io.Writer) error {
	o := newOptions("inspect")
	o.defineTarget()
	if err := o.parse(args, "prefix", "out", "python"); err != nil {
		return err
	}
	if err := o.target.Check(); err != nil {
		return err
	}
	layers, err := conflict.Read(o.Args(), strings.TrimPrefix(o.target.SitePackages(), "/"))
	if err != nil {
		return err
	}
	found := conflict.Find(layers)
	for _, c := range found {
		fmt.Fprintf(stdout, "%s: %s and %s\n", c.Path, c.Loser, c.Winner)
	}
	needs, err := libraries.Find(layers)
	if err != nil {
		return err
	}
	if err := libraries.Write(o.out, needs); err != nil {
		return err
	}
	return conflict.Write(o.out, found)
}
