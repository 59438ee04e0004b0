package frontend

import (
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"
	"golang.org/x/sync/errgroup"

	"github.com/moult-build/moult/internal/conflict"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/llb"
)

// solveImage solves the result and, at the same time, the steps that leave
// nothing in it, and compares the files of its packages. The result is evaluated at once, so that its failures can be
// told at the user's lines; layers that are elsewhere stay there.
func (b *build) solveImage(ctx context.Context, e llb.Encoded, p *plan.Plan, w llb.World) (ref client.Reference, err error) {
	eg, egctx := errgroup.WithContext(ctx)
	eg.Go(func() (err error) { ref, err = b.evaluate(egctx, e.State, w.Target); return err })
	for _, check := range e.Checks {
		eg.Go(func() error { _, err := b.evaluate(egctx, check, w.Target); return err })
	}
	if b.compares(p) {
		eg.Go(func() error { return b.conflicts(egctx, p, w) })
	}
	return ref, b.explainFetch(ctx, eg.Wait(), p)
}

// compares reports whether the packages' files are compared. They are read
// from the packages' layers. A builder that imports a cache may not have these
// layers and need not fetch them for the image: there nothing is compared. The
// builder that made the layers did.
func (b *build) compares(p *plan.Plan) bool {
	caps := b.gateway.BuildOpts().LLBCaps
	return len(p.Packages) > 1 && len(b.CacheImports) == 0 && caps.Supports(pb.CapExecMountContentCache) == nil &&
		(b.target() == llb.TargetRuntime || b.target() == llb.TargetVenv)
}

// conflicts warns of files that two packages bring with different bytes; a
// module that both would be imported from is an error.
func (b *build) conflicts(ctx context.Context, p *plan.Plan, w llb.World) error {
	ref, err := b.evaluate(ctx, llb.Conflicts(p, w), w.Target)
	if err != nil {
		return err
	}
	content, err := ref.ReadFile(ctx, client.ReadRequest{Filename: "/" + conflict.AnswerFile})
	if err != nil {
		return fmt.Errorf("reading the comparison of the packages' files: %w", err)
	}
	found, err := conflict.Parse(content)
	if err != nil {
		return err
	}
	positions := map[string]source.Pos{}
	for _, pkg := range p.Packages {
		positions[pkg.Name] = pkg.Pos
	}
	// Many files of the same two packages are told of once.
	type pair struct{ loser, winner string }
	files := map[pair][]string{}
	var pairs []pair
	for _, c := range found {
		at := pair{c.Loser, c.Winner}
		if c.Module {
			return source.Errorf(positions[c.Winner], "%s and %s both bring the module %s, with different content; one of them cannot work",
				c.Loser, c.Winner, c.Path).
				WithHint("keep one of the two packages, or a version of them that goes with the other")
		}
		if files[at] == nil {
			pairs = append(pairs, at)
		}
		files[at] = append(files[at], path.Join("/", c.Path)[1:])
	}
	for _, at := range pairs {
		list := files[at]
		more := ""
		if len(list) > 3 {
			more = fmt.Sprintf(" and %d more", len(list)-3)
			list = list[:3]
		}
		pos, where := positions[at.winner], ""
		if pos.IsValid() && pos.File.Name != b.source.Filename {
			where, pos = pos.String()+": ", source.Pos{}
		}
		b.warn(ctx, pos, where+fmt.Sprintf("%s and %s both bring %s%s, with different content; the image has those of %s",
			at.loser, at.winner, strings.Join(list, ", "), more, at.winner))
	}
	return nil
}
