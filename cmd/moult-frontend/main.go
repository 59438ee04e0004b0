// Command moult-frontend is the entry point of the frontend image. BuildKit
// starts it and talks to it over its standard streams; people do not.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/moby/buildkit/frontend/gateway/grpcclient"
	"github.com/moby/buildkit/util/appcontext"

	"github.com/moult-build/moult/frontend"
)

// version is set by the linker.
var version string

func main() {
	show := flag.Bool("version", false, "print the version")
	flag.Parse()
	if *show {
		fmt.Println("moult-frontend", versionString())
		return
	}
	if err := grpcclient.RunFromEnvironment(appcontext.Context(), frontend.Build); err != nil {
		fmt.Fprintln(os.Stderr, "moult-frontend:", err)
		os.Exit(1)
	}
}

func versionString() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Version
	}
	return "unknown"
}
