package frontend

import (
	"context"
	"errors"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/gateway/client"
	gwpb "github.com/moby/buildkit/frontend/gateway/pb"
	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/solver/pb"

	"github.com/moult-build/moult/internal/check"
	"github.com/moult-build/moult/internal/diagnose"
	"github.com/moult-build/moult/internal/pipeline"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/step/protocol"
)

// failure gives the end of what a failed step has printed. Frontends see no
// logs, but BuildKit keeps the mounts of a step that failed, and moult-build
// leaves the text in the one that would have held its result; a step that
// changes an image has the image's own root.
func (b *build) failure(ctx context.Context, err error) (output string, ok bool) {
	caps := b.gateway.BuildOpts().Caps
	if caps.Supports(gwpb.CapGatewayExecFilesystem) != nil {
		return "", false
	}
	var failed *errdefs.SolveError
	if !errors.As(err, &failed) || failed.Op.GetExec() == nil {
		return "", false
	}
	result := protocol.Out
	if packageManager(failed.Op.GetExec()) != "" {
		result = "/"
	}
	for n, m := range failed.Op.GetExec().Mounts {
		if m.Dest != result || n >= len(failed.MountIDs) || failed.MountIDs[n] == "" {
			continue
		}
		ctr, err := b.gateway.NewContainer(ctx, client.NewContainerRequest{
			Mounts: []client.Mount{{Dest: "/", MountType: pb.MountType_BIND, ResultID: failed.MountIDs[n], Readonly: true}},
		})
		if err != nil {
			return "", false
		}
		defer func() { _ = ctr.Release(context.WithoutCancel(ctx)) }()
		content, err := ctr.ReadFile(ctx, client.ReadContainerRequest{
			ReadRequest: client.ReadRequest{Filename: path.Join("/", protocol.Failure)},
		})
		return string(content), err == nil
	}
	return "", false
}

// explain turns the failure of the resolver into an error at the line of the
// requirement or the index that is to blame.
func (b *build) explain(ctx context.Context, err error, in pipeline.Resolving) error {
	for _, i := range b.project.Indexes {
		if id := i.Secret.V; id != "" && strings.Contains(err.Error(), "secret "+id+": not found") {
			return source.Errorf(i.Secret.Pos, "the build was not given the secret %q of the index", id).
				WithHint("build with --secret id=%s,env=VARIABLE or --secret id=%s,src=FILE", id, id)
		}
	}
	output, ok := b.failure(ctx, err)
	if !ok {
		return err
	}
	if picked := b.notPicked(err, output, in); picked != nil {
		return picked
	}
	d, ok := diagnose.Resolver(output)
	if !ok {
		return b.explainBuild(ctx, err, in.Building)
	}
	d = d.For(in.Environment.Tags()).On(plan.BuilderManager(b.project, in.Building.Image))
	return &source.Error{Pos: b.blame(d, in), Msg: d.Msg, Hint: d.Hint}
}

// explainSteps turns the failure of a step of a plan into an error at the line
// that asked for it; other errors are left alone.
func (b *build) explainSteps(ctx context.Context, err error, p *plan.Plan) error {
	return b.explainBuild(ctx, b.explainBase(ctx, b.explainFetch(ctx, err, p), p), p.Building)
}

// explainBuild turns the failure to build a package into an error at the line
// that asks for it, with what its build has missed.
func (b *build) explainBuild(ctx context.Context, err error, building *plan.Building) error {
	var failed *errdefs.SolveError
	if err == nil || building == nil || !errors.As(err, &failed) {
		return err
	}
	src := builtBy(building, failed.Op.GetExec())
	if src == nil {
		return err
	}
	output, ok := b.failure(ctx, err)
	if !ok {
		return err
	}
	d, ok := diagnose.Build(src.Name, output)
	if !ok {
		return err
	}
	d = d.On(plan.BuilderManager(b.project, building.Image))
	pos := check.RequiredAt(b.project, src.Name)
	if !pos.IsValid() {
		pos = src.Pos
	}
	return &source.Error{Pos: pos, Msg: d.Msg, Hint: d.Hint}
}

// builtBy finds the source that a step builds; nil where the step is another or
// does not tell.
func builtBy(building *plan.Building, exec *pb.ExecOp) *plan.Source {
	args := exec.GetMeta().GetArgs()
	if len(args) < 2 || args[0] != protocol.BuildTool || args[1] != "wheel" {
		return nil
	}
	var trees []*plan.Source
	for n := range building.Sources {
		s := &building.Sources[n]
		var file string
		switch o := s.Origin.(type) {
		case *plan.Download:
			file = o.Filename
		case plan.ContextFile:
			file = path.Base(o.Path)
		default:
			trees = append(trees, s)
			continue
		}
		if slices.Contains(args, path.Join(protocol.Archive, file)) {
			return s
		}
	}
	if slices.Contains(args, "-archive") || len(trees) != 1 {
		return nil
	}
	return trees[0]
}

// blame finds the line of a diagnosis.
func (b *build) blame(d diagnose.Diagnosis, in pipeline.Resolving) source.Pos {
	if d.Index != "" {
		for _, i := range b.project.Indexes {
			if u, err := url.Parse(i.URL.V); err == nil && (u.Host == d.Index || u.Hostname() == d.Index) {
				return i.URL.Pos
			}
		}
	}
	for _, line := range in.Requested.Lines {
		if d.Package != "" && line.Name == d.Package {
			return line.Pos
		}
	}
	return in.Building.Resolve.Pos
}

// notPicked turns the failure to choose a package's file at its index into an
// error at the line that binds it; nil where something else has failed.
func (b *build) notPicked(err error, output string, in pipeline.Resolving) error {
	var failed *errdefs.SolveError
	if !errors.As(err, &failed) || failed.Op.GetExec() == nil || in.Building == nil {
		return nil
	}
	args := failed.Op.GetExec().GetMeta().GetArgs()
	if len(args) < 2 || args[1] != "pick" {
		return nil
	}
	_, said, ok := strings.Cut(output, "moult-build: ")
	if !ok {
		return nil
	}
	for _, s := range in.Building.Sources {
		if p := s.Pick(); p != nil && slices.Contains(args, p.Requirement) {
			return source.Errorf(s.Pos, "%s", strings.TrimSpace(said))
		}
	}
	return nil
}
