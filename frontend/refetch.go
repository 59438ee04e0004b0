package frontend

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/gateway/client"
	gwpb "github.com/moby/buildkit/frontend/gateway/pb"
	"github.com/moby/buildkit/solver/errdefs"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/moult-build/moult/internal/step/protocol"
	"github.com/moult-build/moult/llb"
)

// BuildKit requests each file once, and all files in parallel. If it checks the
// content of an answer, it ignores the status, so that the page of a busy
// server looks like a changed file. It caches the failure until the end of the
// build. So if a file could not be fetched, this code fetches all files again,
// a few at a time. A step downloads the files that still fail: it waits for the
// server and reports errors in detail. Its result then replaces the file in the
// graph.

// patient is the number of files that are fetched in parallel after a
// failure. Servers that limit connections allow 20 or more.
const patient = 8

// patience are the files that are downloaded by steps. BuildKit (v0.34) mixes
// up the results of steps that fail at the same time in one build, and then
// tells "releasing already released reference" in place of their errors. So
// each file is downloaded once for all who want it, and one after another.
type patience struct {
	step  sync.Mutex
	mu    sync.Mutex
	files map[llb.Remote]*patientFetch
}

// patientFetch is a file that is fetched again, or will be.
type patientFetch struct {
	done chan struct{}
	// graph is the download's, nil where BuildKit could fetch the file itself.
	graph *bk.Definition
	err   error
}

// once gives what fetch gave for a file. Only one caller runs it; where that
// one was cancelled, the next one does.
func (p *patience) once(ctx context.Context, r llb.Remote, fetch func() (*bk.Definition, error)) error {
	for {
		p.mu.Lock()
		if p.files == nil {
			p.files = map[llb.Remote]*patientFetch{}
		}
		d, waits := p.files[r]
		if !waits {
			d = &patientFetch{done: make(chan struct{})}
			p.files[r] = d
		}
		p.mu.Unlock()
		if !waits {
			p.run(ctx, r, d, fetch)
			return d.err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-d.done:
		}
		if !errors.Is(d.err, errGaveUp) {
			return d.err
		}
	}
}

// errGaveUp is the error of a caller that was cancelled.
var errGaveUp = errors.New("the download was cancelled")

func (p *patience) run(ctx context.Context, r llb.Remote, d *patientFetch, fetch func() (*bk.Definition, error)) {
	d.graph, d.err = nil, errGaveUp // stays where fetch panics
	defer func() {
		if ctx.Err() != nil && d.err != nil {
			d.err = errGaveUp
		}
		if errors.Is(d.err, errGaveUp) {
			p.mu.Lock()
			delete(p.files, r)
			p.mu.Unlock()
		}
		close(d.done)
	}()
	d.graph, d.err = fetch()
}

// in gives a graph with these files.
func (p *patience) in(def *bk.Definition) (*bk.Definition, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	graphs := map[llb.Remote]*bk.Definition{}
	for r, d := range p.files {
		select {
		case <-d.done:
			if d.graph != nil {
				graphs[r] = d.graph
			}
		default: // not there yet: its caller asks again
		}
	}
	return llb.Substitute(def, graphs)
}

// fetchError is a file that cannot be fetched.
type fetchError struct {
	llb.Remote
	// why is the server's answer.
	why string
	// temporary reports whether it may be fetched later.
	temporary bool
}

func (e *fetchError) Error() string {
	return fmt.Sprintf("%s cannot be fetched: %s", e.Filename, e.why)
}

// solveNow solves a graph immediately. It fetches files again that could not
// be fetched.
func (b *build) solveNow(ctx context.Context, def *bk.Definition, platform ocispecs.Platform) (client.Reference, error) {
	ref, err := b.watched(ctx, def, platform)
	if !failedToFetch(err) {
		return ref, err
	}
	if err := b.refetch(ctx, def, platform); err != nil {
		return nil, err
	}
	return b.watched(ctx, def, platform)
}

// failedToFetch reports whether an error comes from a file that is fetched by
// its digest.
func failedToFetch(err error) bool {
	var failed *errdefs.SolveError
	if err == nil || !errors.As(err, &failed) || failed.Op == nil {
		return false
	}
	_, ok := llb.RemoteOf(failed.Op)
	return ok
}

// refetch fetches the files of a graph, a few at a time.
func (b *build) refetch(ctx context.Context, def *bk.Definition, platform ocispecs.Platform) error {
	remotes, err := llb.Remotes(def)
	if err != nil {
		return err
	}
	eg, ctx := newGroup(ctx)
	eg.SetLimit(patient)
	for _, r := range remotes {
		eg.Go(func() error {
			return b.patience.once(ctx, r, func() (*bk.Definition, error) { return b.fetchOne(ctx, r, platform) })
		})
	}
	return eg.Wait()
}

// fetchOne fetches a file, and where BuildKit cannot, by a step, whose graph it
// gives.
func (b *build) fetchOne(ctx context.Context, r llb.Remote, platform ocispecs.Platform) (*bk.Definition, error) {
	def, err := b.marshal(ctx, r.State(), platform)
	if err != nil {
		return nil, err
	}
	if _, err := b.request(ctx, def, true); !failedToFetch(err) {
		return nil, err
	}
	return b.download(ctx, r)
}

// download fetches a file by a step and gives its graph.
func (b *build) download(ctx context.Context, r llb.Remote) (*bk.Definition, error) {
	host := b.host()
	w := llb.World{
		Target: host, Build: host, Locate: b.locate, ClientOptions: b.clientOptions(), Can: abilities(b.gateway.BuildOpts()),
	}
	var err error
	if w.Tools, w.ToolsDir, err = b.tools.state(ctx, b, host); err != nil {
		return nil, err
	}
	def, err := b.marshal(ctx, llb.Patient(r, w), host)
	if err != nil {
		return nil, err
	}
	b.patience.step.Lock()
	defer b.patience.step.Unlock()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if _, err = b.request(ctx, def, true); err == nil {
		return def, nil
	}
	step, _ := b.vertices.failed(err)
	output, ok := b.output(ctx, step)
	if !ok {
		return nil, err
	}
	why := strings.TrimPrefix(lastLine(output), "moult-build: ")
	why = strings.TrimPrefix(why, "downloading "+r.Filename+": ")
	return nil, &fetchError{Remote: r, why: why, temporary: exitCode(err) == protocol.ExitTemporary}
}

// exitCode is the exit code of a step that failed; 0 for other errors.
func exitCode(err error) int {
	var exit *gwpb.ExitError
	if errors.As(err, &exit) {
		return int(exit.ExitCode)
	}
	return 0
}
