//go:build !linux

// Package embedded is a BuildKit in this process, which needs Linux. On other
// systems Start returns an error; everything that needs no BuildKit works.
package embedded

import (
	"context"
	"errors"
	"os"

	"github.com/moby/buildkit/client"
)

// Start returns the error that there is no embedded BuildKit on this system.
func Start(context.Context, Options) (*client.Client, func() error, error) {
	return nil, nil, errors.New("the embedded BuildKit needs Linux; start Docker, or name a BuildKit by --builder or BUILDKIT_HOST")
}

// Reexec does nothing: only a rootless build on Linux starts the program again.
func Reexec([]string) (code int, ok bool) { return 0, false }

func rootless() bool { return os.Geteuid() != 0 }

// Kill does nothing, because there is no embedded BuildKit.
func Kill() {}
