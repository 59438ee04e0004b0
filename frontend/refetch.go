package frontend

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/containerd/platforms"
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

// patience are the files that steps have downloaded, as graphs.
type patience struct {
	mu    sync.Mutex
	files map[llb.Remote]*bk.Definition
}

func (p *patience) add(r llb.Remote, def *bk.Definition) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.files == nil {
		p.files = map[llb.Remote]*bk.Definition{}
	}
	p.files[r] = def
}

// in returns a graph with these files.
func (p *patience) in(def *bk.Definition) (*bk.Definition, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return llb.Substitute(def, p.files)
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
	ref, err := b.request(ctx, def, true)
	if !failedToFetch(err) {
		return ref, err
	}
	if err := b.refetch(ctx, def, platform); err != nil {
		return nil, err
	}
	return b.request(ctx, def, true)
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
		eg.Go(func() error { return b.fetchOne(ctx, r, platform) })
	}
	return eg.Wait()
}

func (b *build) fetchOne(ctx context.Context, r llb.Remote, platform ocispecs.Platform) error {
	def, err := b.marshal(ctx, r.State(), platform)
	if err != nil {
		return err
	}
	if _, err := b.request(ctx, def, true); !failedToFetch(err) {
		return err
	}
	host := platforms.Normalize(b.BuildPlatforms[0])
	w := llb.World{
		Target: host, Build: host, Locate: b.locate, Network: b.NetworkMode, Exec: b.execOptions(), Proxy: proxy(b.BuildArgs),
		CacheNamespace: b.CacheIDNamespace, NoCache: b.IsNoCache, Can: abilities(b.gateway.BuildOpts()),
	}
	if w.Tools, w.ToolsDir, err = b.tools.state(ctx, b, host); err != nil {
		return err
	}
	if def, err = b.marshal(ctx, llb.Patient(r, w), host); err != nil {
		return err
	}
	if _, err = b.request(ctx, def, true); err == nil {
		b.patience.add(r, def)
		return nil
	}
	step, _ := failed(err)
	output, ok := b.output(ctx, step)
	if !ok {
		return err
	}
	why := strings.TrimPrefix(lastLine(output), "moult-build: ")
	why = strings.TrimPrefix(why, "downloading "+r.Filename+": ")
	return &fetchError{Remote: r, why: why, temporary: exitCode(err) == protocol.ExitTemporary}
}

// exitCode is the exit code of a step that failed; 0 for other errors.
func exitCode(err error) int {
	var exit *gwpb.ExitError
	if errors.As(err, &exit) {
		return int(exit.ExitCode)
	}
	return 0
}
