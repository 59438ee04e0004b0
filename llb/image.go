package llb

import (
	"time"

	bk "github.com/moby/buildkit/client/llb"

	"github.com/moult-build/moult/internal/plan"
)

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
	return g.once(g.states, l.ID, func() bk.State { return g.encode(l) })
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
	case plan.LayerFilesBytecode:
		return g.filesBytecode(l)
	case plan.LayerApp:
		return g.app(l)
	case plan.LayerAppBytecode:
		return g.appBytecode(l)
	case plan.LayerInit:
		return g.init(l)
	case plan.LayerAccounts:
		return g.accounts(l)
	default:
		return bk.Scratch()
	}
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
		all = all.Copy(from, pattern, "/", &bk.CopyInfo{AllowWildcard: true}, bk.WithCreatedTime(fixedTime))
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
