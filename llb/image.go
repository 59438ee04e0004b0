package llb

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	bk "github.com/moby/buildkit/client/llb"

	"github.com/moult-build/moult/internal/plan"
)

// Encoded is a build target as a graph.
type Encoded struct {
	State bk.State
	// History says of each layer above the base, in order, how it came
	// about.
	History []string
	// Checks are steps that leave nothing in the result. Nothing leads to
	// them: they have to be solved beside it.
	Checks []bk.State
}

// Encode gives the graph of one build target.
func Encode(p *plan.Plan, w World, target string) (Encoded, error) {
	g := newGraph(p, w)
	switch target {
	case TargetRuntime, "":
		encoded := g.image(p)
		return encoded, g.err
	case TargetVenv:
		layers := g.layers(p)
		return Encoded{State: g.merge(bk.Scratch(), layers), History: names(layers), Checks: g.checks}, nil
	case TargetWheels:
		return Encoded{State: g.collect(p), History: []string{"collect the wheels"}, Checks: g.checks}, nil
	case TargetBuilder:
		if p.Building == nil {
			return Encoded{State: w.Builder}, nil
		}
		return Encoded{State: g.builder(p.Building), Checks: g.checks}, nil
	default:
		return Encoded{}, fmt.Errorf("there is no target %q; the targets are %s", target, strings.Join(Targets, ", "))
	}
}

// layer is a state that becomes one layer of the image.
type layer struct {
	state bk.State
	// name is what the image's history says of it.
	name string
}

func names(layers []layer) []string {
	all := make([]string, len(layers))
	for n, l := range layers {
		all[n] = l.name
	}
	return all
}

// Resolved gives the folder of wheels that pip's resolver leaves, so that the
// frontend can look into it before it plans the rest. The plan needs no more
// than its environment and its building.
func Resolved(p *plan.Plan, w World) bk.State {
	g := newGraph(p, w)
	return g.resolve(p.Building, p.Environment.Python, g.built(p))
}

// image merges the base, the virtual environment and the application.
func (g *graph) image(p *plan.Plan) Encoded {
	base, history := g.base(p)
	s := scene{plan: p, base: base}
	files, last := g.files(p), g.last(p, base)
	s.still = func(without []string) []layer {
		// The last ones are those that say who owns which folder.
		return slices.Concat(g.beside(p, base), g.environment(p, without), files, last)
	}
	layers := slices.Concat(g.beside(p, base), g.layers(p), files)
	if p.App != nil {
		app := g.app(p.App)
		s.app = &app
		layers = append(layers, app)
		if p.Bytecode {
			layers = append(layers, g.compile(p.Environment.Python, TargetRuntime, "compile the application", p.App.Dir, &app.state))
		}
	}
	s.all = parts{base, append(layers, last...)}
	history = append(history, names(s.all.layers)...)
	history = append(history, g.steps(&s)...)
	return Encoded{State: g.whole(s.all), History: history, Checks: g.checks}
}

// app is the application, owned by root and readable by everyone: the user it
// runs as must not be able to change it.
func (g *graph) app(a *plan.App) layer {
	from := g.Context(Selection{Hint: "app", Dir: a.From, Include: a.Include, Exclude: a.Exclude})
	info := &bk.CopyInfo{
		CopyDirContentsOnly: true,
		CreateDestPath:      true,
		IncludePatterns:     a.Include,
		ExcludePatterns:     a.Exclude,
		ChownOpt:            &bk.ChownOpt{User: &bk.UserOpt{UID: 0}, Group: &bk.UserOpt{UID: 0}},
	}
	if g.Can.CopyMode {
		// A checkout's umask must neither lock the user out nor change the
		// layer.
		info.Mode = &bk.ChmodOpt{ModeStr: "u=rwX,go=rX"}
	}
	when := g.appTime()
	name := appLayer(a)
	copyAll := func(all *bk.FileAction) *bk.FileAction {
		if all == nil {
			return bk.Copy(from, path.Join("/", a.From), a.Dir+"/", info, bk.WithCreatedTime(when))
		}
		return all.Copy(from, path.Join("/", a.From), a.Dir+"/", info, bk.WithCreatedTime(when))
	}
	all := copyAll(folderAction(nil, a.Parents))
	if len(a.Executable) > 0 {
		all = g.executable(all, a, from, *info, when)
	}
	all = settle(all, a.Parents)
	st := bk.Scratch().File(all, bk.WithCustomName("[runtime] "+name))
	return layer{g.add(st, a.Dir, TargetRuntime, a.Added), name}
}

// appLayer is the name of the layer that holds the application.
func appLayer(a *plan.App) string { return "copy the application to " + a.Dir }

// executable copies files of the application once more, with another mode.
func (g *graph) executable(all *bk.FileAction, a *plan.App, from bk.State, info bk.CopyInfo, when time.Time) *bk.FileAction {
	root := path.Join("/", a.From)
	if len(a.Include) > 0 {
		// Patterns cannot be joined: what both lists name is what the second
		// names of the first's result.
		from = bk.Scratch().File(bk.Copy(from, root, "/", &bk.CopyInfo{
			CopyDirContentsOnly: true, IncludePatterns: info.IncludePatterns, ExcludePatterns: info.ExcludePatterns,
		}, bk.WithCreatedTime(when)), bk.WithCustomName("[runtime] choose what is made executable"))
		root = "/"
	}
	info.IncludePatterns = a.Executable
	mode := bk.ChmodOpt{Mode: 0o755}
	info.Mode = &mode
	return all.Copy(from, root, a.Dir+"/", &info, bk.WithCreatedTime(when))
}

// appTime is the time of the application's files.
func (g *graph) appTime() time.Time {
	if g.Epoch != nil {
		return *g.Epoch
	}
	return fixedTime
}

// merge puts layers on a base. Where the daemon cannot merge, each is copied,
// which gives the same files.
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
		if a := g.plan.App; a != nil && l.name == appLayer(a) {
			when = g.appTime()
		}
		base = base.File(
			bk.Copy(l.state, "/", "/", &bk.CopyInfo{CopyDirContentsOnly: true}, bk.WithCreatedTime(when)),
			bk.WithCustomName("[runtime] add: "+l.name))
	}
	return base
}

// collect is a folder of all wheels, by their own names.
func (g *graph) collect(p *plan.Plan) bk.State {
	wheels := g.wheels(p)
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
		if file := cmp.Or(pkg.Resolved, pkg.File); file != "" {
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
