package commands

import (
	"fmt"
	"io"
	"strings"

	"github.com/moult-build/moult/internal/check/conflict"
	"github.com/moult-build/moult/internal/check/libraries"
	"github.com/moult-build/moult/internal/check/modules"
	"github.com/moult-build/moult/internal/step/install"
	"github.com/moult-build/moult/internal/step/protocol"
)

// inspect searches the layers of a virtual environment, in the image's order,
// for files that several packages have, for libraries that none has and for the
// names of their modules.
func inspect(c protocol.Inspect, stdout io.Writer) error {
	target := install.Target{Prefix: c.Prefix, Python: c.Python}
	if err := target.Check(); err != nil {
		return err
	}
	layers, err := conflict.Read(c.Layers, strings.TrimPrefix(target.SitePackages(), "/"))
	if err != nil {
		return err
	}
	found := conflict.Find(layers)
	for _, f := range found {
		fmt.Fprintf(stdout, "%s: %s and %s\n", f.Path, f.Loser, f.Winner)
	}
	needs, err := libraries.Find(layers)
	if err != nil {
		return err
	}
	if err := libraries.Write(c.Output, needs); err != nil {
		return err
	}
	names, err := modules.Find(layers)
	if err != nil {
		return err
	}
	if err := modules.Write(c.Output, names); err != nil {
		return err
	}
	return conflict.Write(c.Output, found)
}
