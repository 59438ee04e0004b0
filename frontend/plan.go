package frontend

import (
	"context"

	"github.com/containerd/platforms"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/moult-build/moult/internal/check/compiled"
	"github.com/moult-build/moult/internal/pipeline"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/report"
	"github.com/moult-build/moult/llb"
)

// decided is the decision for one platform with its world.
type decided struct {
	*pipeline.Decision
	plan  *plan.Plan
	world *world
	// graph encodes the plan; all that is solved for it comes from there.
	graph *llb.Graph
	// compiled is what was compiled of the application; nil if it is not known.
	compiled *compiled.Answer
	// filesCompiled counts what was compiled of files beside the application.
	filesCompiled compiled.Answer
}

// decide makes the plan for one platform; nil means the daemon's own. For an
// unlocked project this resolves the requirements.
func (b *build) decide(ctx context.Context, platform *ocispecs.Platform) (*decided, error) {
	target := b.host()
	if platform != nil {
		target = platforms.Normalize(*platform)
	}
	w, err := b.world(ctx, target)
	if err != nil {
		return nil, err
	}
	d, err := pipeline.Decide(ctx, b.asked, w)
	if err != nil {
		return nil, err
	}
	if ok, err := w.taken.compiles(ctx, d.Plan.Environment.Python); err != nil {
		return nil, err
	} else if ok {
		w.Interpreter = &w.taken.state
	}
	if d.PythonOfPackages {
		w.Compiler = llb.Packages(w.Compiler, w.Build, d.Plan.System, w.World)
	}
	return &decided{Decision: d, plan: d.Plan, world: w, graph: llb.NewGraph(d.Plan, w.World)}, nil
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

// answerPlan answers the subrequest for the plan.
func (b *build) answerPlan(ctx context.Context) (report.Printer, error) {
	all, err := b.decideAll(ctx)
	if err != nil {
		return nil, err
	}
	return report.Plan{Build: b.report(all)}, nil
}

// report converts plans to the form of package report.
func (b *build) report(all []*decided) report.Build {
	r := report.Build{Target: b.target()}
	if l := b.asked.Lock(); l != nil {
		r.Lock = &report.Lock{File: l.Names(), Format: string(l.Format), Tool: l.Tool}
	}
	for _, d := range all {
		one := report.Platform{
			Platform: d.plan.Environment.Platform.String(),
			Base:     d.world.base.pinned,
			Plan:     d.plan,
			Layers:   d.plan.LayersOf(b.target()),
		}
		sum := d.filesCompiled
		if d.compiled != nil {
			sum.Compiled += d.compiled.Compiled
			sum.Failed += d.compiled.Failed
		}
		if d.compiled != nil || sum.Compiled+sum.Failed > 0 {
			one.Compiled = &report.Compiled{Files: sum.Compiled, Failed: sum.Failed}
		}
		r.Platforms = append(r.Platforms, one)
	}
	return r
}
