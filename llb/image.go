package llb

import (
	"fmt"
	"strings"
	"time"

	bk "github.com/moby/buildkit/client/llb"

	"github.com/moult-build/moult/internal/plan"
)

// Encoded is a build target as a graph.
type Encoded struct {
	State bk.State
	// Checks are steps without outputs. The result does not depend on them, so
	// they have to be solved separately.
	Checks []bk.State
}

// Encode returns the graph of one build target.
func Encode(p *plan.Plan, w World, target string) (Encoded, error) {
	g := newGraph(p, w)
	switch target {
	case TargetRuntime, "":
		st := g.image()
		return Encoded{State: st, Checks: g.checks}, g.err
	case TargetVenv:
		return Encoded{State: g.merge(bk.Scratch(), g.layers(p.LayersOf(target))), Checks: g.checks}, nil
	case TargetWheels:
		return Encoded{State: g.collect(p), Checks: g.checks}, nil
	case TargetBuilder:
		if p.Building == nil {
			return Encoded{State: w.Builder}, nil
		}
		return Encoded{State: g.builder(p.Building), Checks: g.checks}, nil
	default:
		return Encoded{}, fmt.Errorf("there is no target %q; the targets are %s", target, strings.Join(Targets, ", "))
	}
}

// layer is a layer of the plan with the state that holds its files.
type layer struct {
	plan.Layer
	state bk.State
}

// layers returns the states of some layers.
func (g *graph) layers(of []plan.Layer) []layer {
	all := make([]layer, len(of))
	for n, l := range of {
		all[n] = layer{l, g.layer(l)}
	}
	return all
}

// layer returns the state that holds a layer's files.
func (g *graph) layer(l plan.Layer) bk.State {
	st, ok := g.states[l.ID]
	if !ok {
		st = g.encode(l)
		g.states[l.ID] = st
	}
	return st
}

// encode makes that state. System packages and steps have no such state,
// because they change a root file system.
func (g *graph) encode(l plan.Layer) bk.State {
	p := g.plan
	switch l.Kind {
	case plan.LayerPython:
		return g.addPython(l)
	case plan.LayerLibrary:
		return g.library(l)
	case plan.LayerSkeleton:
		return g.skeleton(l)
	case plan.LayerPackages:
		return g.install(l)
	case plan.LayerFiles:
		return g.files(p.Files[l.Index])
	case plan.LayerApp:
		return g.app(l)
	case plan.LayerAppBytecode:
		app := g.application()
		return g.compile(l, TargetRuntime, p.App.Dir, &app)
	case plan.LayerInit:
		return g.init(l)
	case plan.LayerAccounts:
		return g.accounts(l)
	default:
		return bk.Scratch()
	}
}

// Resolved returns the folder with the wheels of pip's resolver, so that the
// frontend can read it before it plans the rest. The plan needs only its
// environment and its building.
func Resolved(p *plan.Plan, w World) bk.State {
	g := newGraph(p, w)
	return g.resolve(p.Building, p.Environment.Python, g.built(p))
}

// image merges the layers onto the base and runs the steps.
func (g *graph) image() bk.State {
	var first []plan.Layer
	for _, l := range g.plan.Layers {
		if l.Kind != plan.LayerSystem && l.Kind != plan.LayerStep {
			first = append(first, l)
		}
	}
	im := image{all: parts{g.base(), g.layers(first)}}
	g.steps(&im)
	return g.rootFS(im.all)
}

// appTime is the time of the application's files.
func (g *graph) appTime() time.Time {
	if g.Epoch != nil {
		return *g.Epoch
	}
	return fixedTime
}

// merge merges layers onto a base. If the daemon cannot merge, each layer is
// copied, which gives the same files.
func (g *graph) merge(base bk.State, layers []layer) bk.State {
	if g.Can.Merge {
		all := []bk.State{base}
		for _, l := range layers {
			all = append(all, l.state)
		}
		return bk.Merge(all, bk.WithCustomName("[runtime] merge the layers"))
	}
	for _, l := range layers {
		when := fixedTime
		if l.Kind == plan.LayerApp {
			when = g.appTime()
		}
		base = base.File(
			bk.Copy(l.state, "/", "/", &bk.CopyInfo{CopyDirContentsOnly: true}, bk.WithCreatedTime(when)),
			bk.WithCustomName("[runtime] add: "+l.Name))
	}
	return base
}

// collect is a folder with all wheels under their own names.
func (g *graph) collect(p *plan.Plan) bk.State {
	wheels := g.wheels()
	var all *bk.FileAction
	add := func(from bk.State, pattern string) {
		info := &bk.CopyInfo{AllowWildcard: true}
		if all == nil {
			all = bk.Copy(from, pattern, "/", info, bk.WithCreatedTime(fixedTime))
		} else {
			all = all.Copy(from, pattern, "/", info, bk.WithCreatedTime(fixedTime))
		}
	}
	for _, pkg := range p.Packages {
		if file := inFolder(pkg); file != "" {
			add(wheels(pkg), "/"+file)
		} else {
			add(wheels(pkg), "/*.whl")
		}
	}
	if all == nil {
		return bk.Scratch()
	}
	return bk.Scratch().File(all, bk.WithCustomName("[wheels] collect the wheels"))
}
