// Command moult is Moult for people: it builds images, says what a build
// would do and why, and begins and ends a project's life with Moult. It is the
// frontend in a program of its own; all that decides anything is shared.
package main

import (
	"os"
	"runtime/debug"

	"github.com/moult-build/moult/internal/cli"
)

// version is set by the linker.
var version string

func main() { os.Exit(cli.Main(versionString(), os.Args[1:])) }

func versionString() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}
