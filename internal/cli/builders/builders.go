// Package builders finds the BuildKit for a build: an address, a buildx
// builder, Docker's own, or the one in the command line. It returns a client
// for it, and whether it belongs to a Docker Engine.
package builders

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/moby/buildkit/client"
	// The forms of an address that buildctl has, too.
	_ "github.com/moby/buildkit/client/connhelper/dockercontainer"
	_ "github.com/moby/buildkit/client/connhelper/kubepod"
	_ "github.com/moby/buildkit/client/connhelper/nerdctlcontainer"
	_ "github.com/moby/buildkit/client/connhelper/podmancontainer"
	_ "github.com/moby/buildkit/client/connhelper/ssh"
)

// Embedded is the name of the embedded BuildKit for --builder.
const Embedded = "embedded"

// Options say where Find searches.
type Options struct {
	// Builder is the value of --builder: the name of a buildx builder, an address
	// such as unix:///run/buildkit/buildkitd.sock, or Embedded. If it is empty,
	// Find searches in the usual places.
	Builder string
	// Start starts the embedded BuildKit.
	Start func(context.Context) (*client.Client, func() error, error)
}

// Builder is a BuildKit that has answered.
type Builder struct {
	*client.Client
	// Name is its name for messages.
	Name string
	// InDocker is true for the BuildKit of a Docker Engine. It can put images into
	// the engine's own store.
	InDocker bool
	close    func() error
}

// Close ends the connection.
func (b *Builder) Close() error {
	err := b.Client.Close()
	if b.close != nil {
		err = errors.Join(err, b.close())
	}
	return err
}

// Find returns the first BuildKit that is available: that of o.Builder, or else
// that of BUILDKIT_HOST, the current buildx builder, Docker's, the embedded
// one. If o.Builder is set, it tries no other.
func Find(ctx context.Context, o Options) (*Builder, error) {
	switch {
	case o.Builder == Embedded:
		return embedded(ctx, o, nil)
	case strings.Contains(o.Builder, "://"):
		return address(ctx, o.Builder, "--builder")
	case o.Builder != "":
		return buildx(ctx, o.Builder)
	}
	if host := os.Getenv("BUILDKIT_HOST"); host != "" {
		return address(ctx, host, "BUILDKIT_HOST")
	}
	// If the last one fails too, the error has the reasons for all of them,
	// because the user has to fix one of these.
	var why []error
	if name := os.Getenv("BUILDX_BUILDER"); name != "" {
		return buildx(ctx, name)
	}
	b, err := currentBuildx(ctx)
	if err == nil {
		return b, nil
	}
	why = append(why, err)
	if b, err = docker(ctx); err == nil {
		return b, nil
	}
	return embedded(ctx, o, append(why, err))
}

// address connects to a BuildKit by its address.
func address(ctx context.Context, addr, from string) (*Builder, error) {
	c, err := client.New(ctx, addr)
	if err == nil {
		err = answers(c, func() error { _, err := c.Info(ctx); return err })
	}
	if err != nil {
		return nil, fmt.Errorf("no BuildKit answers at %s, which %s names: %w", addr, from, err)
	}
	return &Builder{Client: c, Name: "BuildKit at " + addr}, nil
}

// answers sends a request to a BuildKit. If there is no answer, it closes the
// connection, because the connection may be a running program.
func answers(c *client.Client, ask func() error) error {
	err := ask()
	if err != nil {
		_ = c.Close()
	}
	return err
}

// embedded starts the embedded BuildKit.
func embedded(ctx context.Context, o Options, why []error) (*Builder, error) {
	c, end, err := o.Start(ctx)
	if err != nil {
		var others strings.Builder
		for _, w := range why {
			fmt.Fprintf(&others, "\n  %v", w)
		}
		if others.Len() > 0 {
			return nil, fmt.Errorf("the embedded BuildKit cannot be used: %w\nno other BuildKit was found:%s", err, others.String())
		}
		return nil, fmt.Errorf("the embedded BuildKit cannot be used: %w", err)
	}
	return &Builder{Client: c, Name: "embedded BuildKit", close: end}, nil
}
