package frontend

import (
	"context"
	"fmt"
	"sync"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"
	"github.com/opencontainers/go-digest"
)

// A client gets a warning with the digest of a vertex. buildx prints a list of
// all warnings at the end. buildctl prints a warning only with the next progress
// of its vertex, and the vertex of the build file has ended when it is read. So
// the warnings have a vertex of their own, which is a group of two: the first is
// solved before the first warning, and the second at the end of the build.

// warningsGroup is the name of the group in the progress.
const warningsGroup = "[internal] show warnings"

// warnings is the vertex of a build's warnings.
type warnings struct {
	once   sync.Once
	vertex digest.Digest
}

// send sends a warning to the client.
func (b *build) send(ctx context.Context, text string, opts client.WarnOpts) {
	b.warnings.once.Do(func() {
		b.warnings.vertex, _ = b.showWarnings(ctx, "first")
	})
	if b.warnings.vertex == "" {
		b.source.Warn(ctx, text, opts)
		return
	}
	if opts.SourceInfo == nil {
		s := b.source
		opts.SourceInfo = &pb.SourceInfo{Data: s.Data, Filename: s.Filename, Language: s.Language, Definition: s.Definition.ToPB()}
	}
	_ = b.gateway.Warn(ctx, b.warnings.vertex, text, opts)
}

// endWarnings makes clients print the warnings. The build has its result or its error
// then, so that this cannot fail.
func (b *build) endWarnings(ctx context.Context) {
	if b.warnings.vertex != "" {
		_, _ = b.showWarnings(ctx, "last")
	}
}

// showWarnings solves a vertex of the group.
func (b *build) showWarnings(ctx context.Context, name string) (digest.Digest, error) {
	st := bk.Scratch().File(bk.Mkdir("/"+name, 0o755),
		bk.WithCustomName(warningsGroup), bk.ProgressGroup("moult-warnings", warningsGroup, false))
	def, err := b.marshal(ctx, st, b.host())
	if err != nil {
		return "", err
	}
	head, err := def.Head()
	if err != nil {
		return "", err
	}
	if _, err := b.gateway.Solve(ctx, client.SolveRequest{Definition: def.ToPB(), Evaluate: true}); err != nil {
		return "", fmt.Errorf("showing warnings: %w", err)
	}
	return head, nil
}
