package frontend

import (
	"context"

	"github.com/containerd/platforms"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/report"
	"github.com/moult-build/moult/llb"
)

// decided is what will be done for one platform, and what that stands on.
type decided struct {
	plan  *plan.Plan
	world llb.World
	base  image
	// requested is what the project asks for on this platform.
	requested *project.Requested
}

// decide makes the plan for one platform; nil means the daemon's own. Of an
// unlocked project the requirements are resolved for it.
func (b *build) decide(ctx context.Context, platform *ocispecs.Platform) (*decided, error) {
	target := b.BuildPlatforms[0]
	if platform != nil {
		target = *platform
	}
	target = platforms.Normalize(target)

	in := plan.Input{Project: b.project, Python: b.python, Command: b.command}
	builder := ""
	if plan.BuilderKnown(b.project) {
		needed, err := plan.Builds(b.project, b.python, in.Environment, b.requested)
		if b.target() == llb.TargetBuilder || b.lock == nil && (needed != nil || err != nil) {
			builder = plan.Builder(b.project, b.python, in.Environment)
		}
	}
	w, base, err := b.world(ctx, target, builder)
	if err != nil {
		return nil, err
	}
	if in.Environment, err = b.environment(ctx, &w, base); err != nil {
		return nil, err
	}
	in.Python, in.BaseConfig = b.pythonIn(in.Environment), llb.ConfigOf(base.config.Config)
	markers := in.Environment.Markers()
	if in.Requested, err = project.Requirements(b.project, b.selection(&markers)); err != nil {
		return nil, err
	}
	if err := b.ways(ctx, w, &in); err != nil {
		return nil, err
	}
	if b.lock == nil {
		if in.Building, err = plan.Builds(b.project, in.Python, in.Environment, in.Requested); err != nil {
			return nil, err
		}
	}
	if builder == "" && (in.Building != nil || b.target() == llb.TargetBuilder) {
		builder = plan.Builder(b.project, in.Python, in.Environment)
		if err := b.addBuilder(ctx, &w, builder); err != nil {
			return nil, err
		}
	}
	var stages []plan.Stage
	if in.Building != nil {
		if stages, err = in.Prepare(in.Building); err != nil {
			return nil, err
		}
	}
	switch {
	case b.lock != nil:
		in.Lock, in.BuildSystems = b.lock, b.buildSystems()
		in.Chosen, err = b.choose(ctx, w, in.Environment)
	case b.findings.asked: // a check does not wait for pip
	case in.Building != nil && in.Building.Resolve != nil && b.target() != llb.TargetBuilder:
		in.Resolved, err = b.resolve(ctx, &w, in, stages)
	}
	if err != nil {
		return nil, err
	}
	d := &decided{world: w, base: base, requested: in.Requested}
	if d.plan, err = plan.New(in); err != nil {
		return nil, err
	}
	if d.plan.Building != nil && builder == "" {
		if err := b.addBuilder(ctx, &d.world, d.plan.Building.Image); err != nil {
			return nil, err
		}
	}
	if i := d.plan.Init; i != nil {
		if err := b.addInit(ctx, &d.world, i.Image); err != nil {
			return nil, err
		}
	}
	return d, b.addParts(ctx, &d.world, d.plan)
}

// decideAll makes the plans for all platforms of the build, in their order.
func (b *build) decideAll(ctx context.Context) ([]*decided, error) {
	all := make([]*decided, max(len(b.TargetPlatforms), 1))
	eg, ctx := newGroup(ctx)
	for n := range all {
		eg.Go(func() (err error) {
			var platform *ocispecs.Platform
			if n < len(b.TargetPlatforms) {
				platform = &b.TargetPlatforms[n]
			}
			all[n], err = b.decide(ctx, platform)
			return err
		})
	}
	return all, eg.Wait()
}

// answerPlan says what the build will do.
func (b *build) answerPlan(ctx context.Context) (report.Printer, error) {
	all, err := b.decideAll(ctx)
	if err != nil {
		return nil, err
	}
	return report.Plan{Build: b.report(all)}, nil
}

// report gives plans in the form reports are made of.
func (b *build) report(all []*decided) report.Build {
	r := report.Build{Target: b.target()}
	if b.lock != nil {
		r.Lock = &report.Lock{File: b.lock.File.Name, Format: string(b.lock.Format), Tool: b.lock.Tool}
	}
	for _, d := range all {
		r.Platforms = append(r.Platforms, report.Platform{
			Platform: d.plan.Environment.Platform.String(),
			Base:     d.base.pinned,
			Plan:     d.plan,
			Layers:   d.plan.LayersOf(b.target()),
		})
	}
	return r
}
