package frontend

import (
	"context"
	"fmt"
	"strings"
	"time"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/solver/pb"

	"github.com/moult-build/moult/internal/pipeline"
	"github.com/moult-build/moult/internal/report"
	"github.com/moult-build/moult/internal/source"
)

// lockRequest is the subrequest for a lock.
const lockRequest = "frontend.lock"

// locking reports whether the client asks for a lock. An existing lock is
// ignored then, because the shell has already truncated the file for the
// answer.
func (b *build) locking() bool { return b.gateway.BuildOpts().Opts[requestOption] == lockRequest }

// answerLock resolves the project and writes the result as a lock.
func (b *build) answerLock(ctx context.Context) (report.Printer, error) {
	if l := b.asked.Lock(); l != nil {
		return nil, source.Errorf(source.Pos{File: l.File}, "the project is locked by %s already", l.File.Name).
			WithHint("renew that lock with its own tool: %s", l.Refresh())
	}
	all, err := b.decideAll(ctx)
	if err != nil {
		return nil, err
	}
	decisions := make([]*pipeline.Decision, len(all))
	worlds := make([]pipeline.World, len(all))
	for n, d := range all {
		decisions[n], worlds[n] = d.Decision, d.world
	}
	l, err := b.asked.Relock(ctx, decisions, worlds, sources{b})
	if err != nil {
		return nil, err
	}
	return report.NewLockFile(l, b.source.Filename)
}

// sources resolves addresses to their current content.
type sources struct{ b *build }

// Commit implements pipeline.Sources.
func (s sources) Commit(ctx context.Context, url, ref string) (string, error) {
	meta, err := s.b.sourceMetadata(ctx, bk.Git(url, "", bk.GitRef(ref)))
	if err != nil || meta.Git == nil {
		return "", err
	}
	// An annotated tag is an object with its own id.
	if meta.Git.CommitChecksum != "" {
		return meta.Git.CommitChecksum, nil
	}
	return meta.Git.Checksum, nil
}

// digestWaits are the times between requests for a file, which BuildKit sends
// once.
var digestWaits = []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second}

// mayPass reports whether a server's answer, by BuildKit's words, is that of one
// which is busy. No answer at all is one, too.
func mayPass(err error) bool {
	_, status, answered := strings.Cut(err.Error(), "invalid response status ")
	return !answered || strings.HasPrefix(status, "5") || strings.HasPrefix(status, "429")
}

// Digest implements pipeline.Sources.
func (s sources) Digest(ctx context.Context, url string) (algorithm, digest string, err error) {
	meta, err := s.b.sourceMetadata(ctx, bk.HTTP(url))
	for _, wait := range digestWaits {
		if err == nil || !mayPass(err) {
			break
		}
		select {
		case <-ctx.Done():
			return "", "", context.Cause(ctx)
		case <-time.After(wait):
		}
		meta, err = s.b.sourceMetadata(ctx, bk.HTTP(url))
	}
	if err != nil || meta.HTTP == nil {
		return "", "", err
	}
	return string(meta.HTTP.Digest.Algorithm()), meta.HTTP.Digest.Encoded(), nil
}

// sourceMetadata asks the daemon for the current content of a source.
func (b *build) sourceMetadata(ctx context.Context, st bk.State) (*sourceresolver.MetaResponse, error) {
	def, err := st.Marshal(ctx, bk.WithCaps(b.gateway.BuildOpts().LLBCaps))
	if err != nil {
		return nil, err
	}
	for _, dt := range def.Def {
		var op pb.Op
		if err := op.UnmarshalVT(dt); err != nil {
			return nil, err
		}
		if s := op.GetSource(); s != nil {
			return b.gateway.ResolveSourceMetadata(ctx, s, sourceresolver.Opt{})
		}
	}
	return nil, fmt.Errorf("a source is none") // never: the state is one
}
