package daemons

import (
	"context"
	"io"
	"path/filepath"

	labapi "github.com/moult-build/moult/internal/dev/lab"
)

// oldBuildx are the versions of docker buildx that the lab compiles beside its own.
var oldBuildx = []string{"v0.12.1", "v0.17.0"}

// clientPackages are the programs of Debian by which a build is asked for in other manners than by docker buildx.
var clientPackages = []string{"buildah", "ca-certificates", "openssh-server", "podman"}

// Clients makes what `make test-clients` builds with: older versions of docker buildx, each in engines/buildx-VERSION,
// and engines/roots/clients, a root file system of Debian 13 with podman, buildah and an SSH server.
func Clients(ctx context.Context, checkout string, out io.Writer) error {
	l, unlock, err := open(checkout, out)
	if err != nil {
		return err
	}
	defer unlock()
	if l.state.Registry == "" {
		return labapi.ErrNoLab
	}
	for _, version := range oldBuildx {
		program := filepath.Join(l.dir, "engines", "buildx-"+version, "buildx")
		if err := l.compileModule(ctx, program, "github.com/docker/buildx", version, "./cmd/buildx", "github.com/docker/buildx/version.Version="+version); err != nil {
			return err
		}
	}
	if _, err := l.makeClientRoot(ctx); err != nil {
		return err
	}
	_, err = l.makeRoot(ctx, "clients", "trixie", clientPackages)
	return err
}

// makeClientRoot makes the root file system of Debian 13 with Docker. The tests of all engines take the clients from it
// that are older than the lab's own.
func (l *lab) makeClientRoot(ctx context.Context) (string, error) {
	return l.makeRoot(ctx, "trixie", "trixie", rootPackages)
}
