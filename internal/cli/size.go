package cli

import "github.com/spf13/cobra"

func sizeCommand() *cobra.Command {
	return simple("size [CONTEXT]", "size", "Show where the bytes of the image come from",
		`Show where the bytes of the image come from: the base, each package, the
application. The sizes come from the lock, the wheels and the base image;
nothing is built.

`+noDaemon, "  moult size\n  moult size --json")
}
