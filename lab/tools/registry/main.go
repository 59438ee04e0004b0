// Command registry is the distribution registry with the one storage that the lab uses, the file system. The
// drivers for clouds, which the registry's own command links, would be most of the time it takes to compile.
package main

import (
	"os"

	"github.com/distribution/distribution/v3/registry"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/filesystem"
)

func main() {
	if err := registry.RootCmd.Execute(); err != nil {
		os.Exit(1)
	}
}
