// Package builders finds the BuildKit that builds: an address, a buildx
// builder, Docker's own, or the one that is embedded in the command line. It
// returns a BuildKit client and its special properties.
package builders

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/moby/buildkit/client"
)

// Embedded is the name by which a user asks for the embedded BuildKit.
const Embedded = "embedded"

// Options say where to look.
type Options struct {
	// Builder is what the user asked for: the name of a buildx builder, an
	// address such as unix:///run/buildkit/buildkitd.sock, or Embedded. Empty
	// looks in the usual places.
	Builder string
	// Start starts the embedded BuildKit.
	Start func(context.Context) (*client.Client, func() error, error)
}

// Builder is a BuildKit that answers.
type Builder struct {
	*client.Client
	// Name says which one it is, for people.
	Name string
	// InDocker is whether what it builds can stay in Docker's own image store:
	// it is the BuildKit of a Docker Engine.
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

// Find gives the BuildKit to build with: the one asked for, else that of
// BUILDKIT_HOST, else the current buildx builder, else Docker's, else the
// embedded one.
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
	// The reasons why others were not taken are told with the failure of the
	// last resort, because one of them is what the user has to mend.
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

// answers asks a BuildKit something and ends the connection where it does not
// answer: a program may stand behind it.
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
