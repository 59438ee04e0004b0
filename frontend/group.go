package frontend

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// group is an errgroup.Group whose functions' panics become errors. The caller
// of Wait cannot recover from them, because each function is in its own
// goroutine. A panic would end the frontend, and the build would show only
// that.
type group struct{ eg *errgroup.Group }

// newGroup is errgroup.WithContext: the context ends with the first error.
func newGroup(ctx context.Context) (group, context.Context) {
	eg, ctx := errgroup.WithContext(ctx)
	return group{eg}, ctx
}

// SetLimit limits the number of functions that run concurrently.
func (g group) SetLimit(n int) { g.eg.SetLimit(n) }

// Go runs a function in a goroutine of its own.
func (g group) Go(f func() error) { g.eg.Go(guarded(f)) }

// TryGo is Go if the limit allows one more function; it reports whether it
// does.
func (g group) TryGo(f func() error) bool { return g.eg.TryGo(guarded(f)) }

// Wait waits for all functions and returns the first error.
func (g group) Wait() error { return g.eg.Wait() }

func guarded(f func() error) func() error {
	return func() (err error) {
		defer recovered(&err)
		return f()
	}
}
