package frontend

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	bk "github.com/moby/buildkit/client/llb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sync/semaphore"

	"github.com/moult-build/moult/llb"
)

// A builder runs at the same time whatever a graph lets run, unless it is configured
// otherwise. Of a first build these would be all layers of packages: dozens of
// containers with an interpreter each, on a machine with two processors. So the
// packages are installed by requests of their own before the image is solved, a few at
// a time. In a build that has them in the cache this would only take time: two layers
// are asked for first, and how soon they answer tells.

const (
	// samples is the number of layers that are asked for first.
	samples = 2
	// soon is the time in which layers in the cache answer, and in which no container
	// starts and ends. A wrong guess makes a build slower, but not another one.
	soon = 50 * time.Millisecond
	// transfers is the number of files that are fetched at a time.
	transfers = 16
)

// pace limits what a build does at a time, for all its platforms together.
type pace struct {
	installs, builds, transfers *semaphore.Weighted
	// late is whether packages were not installed when it was time to look after
	// their downloads.
	late atomic.Bool
}

func newPace(slots int) *pace {
	n := int64(slots)
	return &pace{
		installs: semaphore.NewWeighted(n), builds: semaphore.NewWeighted(n), transfers: semaphore.NewWeighted(transfers),
	}
}

// install installs the packages of an image, unless they are in the cache. It reports
// no error: the request for the image, which follows, fails for the same reason and
// explains it. Requests that were sent go on when this returns.
func (b *build) install(ctx context.Context, d *decided) {
	if b.target() != llb.TargetRuntime && b.target() != llb.TargetVenv {
		return
	}
	all := d.graph.Installs(b.target())
	if len(all) <= samples {
		return
	}
	i := installing{build: b, ctx: ctx, platform: d.world.Target}
	limited, end := context.WithTimeout(ctx, b.stallAfter)
	defer end()
	eg, sending := newGroup(limited)
	answers := make(chan struct{}, samples)
	for _, l := range all[:samples] {
		eg.Go(func() error {
			err := i.layer(sending, l)
			answers <- struct{}{}
			return err
		})
	}
	if allAnswer(sending, answers) {
		return
	}
	if b.target() == llb.TargetRuntime {
		beside, _ := newGroup(ctx)
		for _, st := range d.graph.Beside() {
			beside.Go(func() error { return i.request(st) })
		}
	}
	for _, l := range all[samples:] {
		eg.Go(func() error {
			if err := i.wheels(sending, l.Wheels); err != nil {
				return err
			}
			return i.layer(sending, l)
		})
	}
	go func() { _ = eg.Wait() }()
	<-sending.Done()                                        // all are installed, one has failed, or the time is over
	if errors.Is(limited.Err(), context.DeadlineExceeded) { // another platform may be in time
		b.pace.late.Store(true)
	}
}

// allAnswer reports whether the layers that were asked for answer soon.
func allAnswer(ctx context.Context, answers <-chan struct{}) bool {
	over := time.After(soon)
	for range samples {
		select {
		case <-answers:
		case <-over:
			return false
		case <-ctx.Done():
			return true // one has failed: the image is asked for at once
		}
	}
	return true
}

// installing is the installation of one platform's packages. Its context is that of the
// requests; those of its functions end what was not sent.
type installing struct {
	*build
	ctx      context.Context
	platform ocispecs.Platform
}

// wheels fetches files. With a cache that is imported this is left to the layers that
// need them: others may be there without their files.
func (i installing) wheels(ctx context.Context, files []bk.State) error {
	if len(i.CacheImports) > 0 {
		return nil
	}
	eg, ctx := newGroup(ctx)
	for _, st := range files {
		eg.Go(func() error {
			if err := i.pace.transfers.Acquire(ctx, 1); err != nil {
				return err
			}
			defer i.pace.transfers.Release(1)
			return i.request(st)
		})
	}
	return eg.Wait()
}

// layer installs one layer.
func (i installing) layer(ctx context.Context, l llb.Install) error {
	slots := i.pace.installs
	if l.Built {
		slots = i.pace.builds
	}
	if err := slots.Acquire(ctx, 1); err != nil {
		return err
	}
	defer slots.Release(1)
	return i.request(l.Layer)
}

func (i installing) request(st bk.State) error {
	def, err := i.marshal(i.ctx, st, i.platform)
	if err != nil {
		return err
	}
	_, err = i.build.request(i.ctx, def, true)
	return err
}
