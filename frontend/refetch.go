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

// BuildKit asks for a file once, all files at a time, and does not look at the
// status of an answer whose content it checks: a server that is busy looks as
// if it had exchanged the file. It keeps the failure for as long as the build
// lasts. So where a file could not be fetched, all are fetched a few at a time,
// and those that fail are downloaded by a step, which waits for the server and
// says what is wrong; its result then takes the file's place in the graph.

// patient is how many files are fetched at once after a failure. Servers that
// limit connections allow 20 or more.
const patient = 8

// patience are the files that were downloaded by steps, as graphs.
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

// in gives a graph with these files.
func (p *patience) in(def *bk.Definition) (*bk.Definition, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return llb.Substitute(def, p.files)
}

// fetchError is a file that cannot be fetched.
type fetchError struct {
	llb.Remote
	// why is what its server says.
	why string
	// temporary reports whether it may be fetched later.
	temporary bool
}

func (e *fetchError) Error() string {
	return fmt.Sprintf("%s cannot be fetched: %s", e.Filename, e.why)
}

// solveNow solves a graph at once. Files that could not be fetched are fetched
// again.
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

// failedToFetch reports whether an error is that of a file that is fetched by
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

// exitCode is that of a step that failed; 0 for other errors.
func exitCode(err error) int {
	var exit *gwpb.ExitError
	if errors.As(err, &exit) {
		return int(exit.ExitCode)
	}
	return 0
}
