package frontend

import (
	"context"
	"errors"
	"time"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/gateway/client"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/moult-build/moult/llb"
)

// BuildKit waits for ever for a server that stops to send, and tells nobody how
// far a download is. So where a graph takes long, the files that are not there yet
// are downloaded by steps as well, which notice a server that has stopped and say
// its name. BuildKit's own downloads go on meanwhile, because a slow one is not a
// stalled one: whichever is first counts.

// stallAfter is how long a graph may take before its downloads are looked at. It is long because
// a second download of a file takes its share of a slow network.
const stallAfter = 10 * time.Minute

// errReplaced ends a request whose graph has files that a step has downloaded.
var errReplaced = errors.New("files were downloaded by steps instead")

// watched solves a graph, and looks after its downloads.
func (b *build) watched(ctx context.Context, def *bk.Definition, platform ocispecs.Platform) (client.Reference, error) {
	remotes, err := llb.Remotes(def)
	if err != nil {
		return nil, err
	}
	if len(remotes) == 0 {
		return b.request(ctx, def, true)
	}
	asking, end := context.WithCancelCause(ctx)
	watching, stop := context.WithCancel(asking)
	eg, _ := newGroup(ctx)
	eg.Go(func() error {
		if err := b.watch(watching, remotes, platform); err != nil && watching.Err() == nil {
			end(err)
		}
		return nil
	})
	ref, err := b.request(asking, def, true)
	stop()
	_ = eg.Wait() // it has ended the request where it has failed
	cause := context.Cause(asking)
	end(nil)
	switch {
	case ctx.Err() != nil || cause == nil || err == nil:
		return ref, err
	case errors.Is(cause, errReplaced):
		return b.request(ctx, def, true)
	}
	return nil, cause
}

// watch waits, and then until each file is there, by BuildKit or by a step. Its
// error is errReplaced if there are files of steps, or that of a file that cannot
// be downloaded.
func (b *build) watch(ctx context.Context, remotes []llb.Remote, platform ocispecs.Platform) error {
	if !b.pace.late.Load() {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(b.stallAfter):
		}
	}
	replaced := make([]bool, len(remotes))
	eg, egctx := newGroup(ctx)
	for n, r := range remotes {
		eg.Go(func() (err error) {
			replaced[n], err = b.race(egctx, r, platform)
			return err
		})
	}
	if err := eg.Wait(); err != nil {
		return err
	}
	for _, r := range replaced {
		if r {
			return errReplaced
		}
	}
	return nil
}

// race waits for a file that BuildKit fetches, and downloads it by a step if it is
// not there soon. It reports whether the step was first.
func (b *build) race(ctx context.Context, r llb.Remote, platform ocispecs.Platform) (bool, error) {
	def, err := b.marshal(ctx, r.State(), platform)
	if err != nil {
		return false, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	fetched := make(chan struct{})
	eg, _ := newGroup(ctx)
	eg.Go(func() error {
		// A failure ends the request that waits for the file, too, which then has it
		// fetched again.
		_, _ = b.request(ctx, def, true)
		close(fetched)
		return nil
	})
	defer func() { cancel(); _ = eg.Wait() }()
	select {
	case <-fetched:
		return false, nil
	case <-ctx.Done():
		return false, context.Cause(ctx)
	case <-time.After(b.stallAfter / 10):
	}
	eg.Go(func() error {
		<-fetched
		cancel()
		return nil
	})
	err = b.patience.once(ctx, r, func() (*bk.Definition, error) { return b.download(ctx, r) })
	select {
	case <-fetched:
		return false, nil
	default:
		return err == nil, err
	}
}
