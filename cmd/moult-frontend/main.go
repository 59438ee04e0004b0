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
	// The faster encoding of messages, in place of the default one.
	_ "github.com/moby/buildkit/util/grpcutil/encoding/proto"

	"github.com/moult-build/moult/frontend"
)

// memory is the size in bytes from which on garbage is collected.
const memory = 256 << 20

// version is set by the linker.
var version string

func main() {
	show := flag.Bool("version", false, "print the version")
	flag.Parse()
	if *show {
		fmt.Println("moult-frontend", versionString())
		return
	}
	// A build allocates 20 MB and is over before collecting them would pay;
	// only one that takes much more is held down.
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(memory)
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
