package llb

import (
	"cmp"
	"fmt"
	"path"
	"strings"
	"time"

	bk "github.com/moby/buildkit/client/llb"

	"github.com/moult-build/moult/internal/inside"
	"github.com/moult-build/moult/internal/plan"
)

// Encoded is a build target as a graph.
type Encoded struct {
	State bk.State
	// History says of each layer above the base, in order, how it came
	// about.
	History []string
}

// Encode gives the graph of one build target.
func Encode(p *plan.Plan, w World, target string) (Encoded, error) {
	g := newGraph(p, w)
	switch target {
	case TargetRuntime, "":
		return g.image(p), nil
	case TargetVenv:
		layers := g.layers(p)
		return Encoded{g.merge(bk.Scratch(), layers), names(layers)}, nil
	case TargetWheels:
		return Encoded{g.collect(p), []string{"collect the wheels"}}, nil
	case TargetBuilder:
		if p.Building == nil {
			return Encoded{State: w.Builder}, nil
		}
		return Encoded{State: g.builder(p.Building)}, nil
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
	layers := g.beside(p, base)
	layers = append(layers, g.layers(p)...)
	if p.App != nil {
		app := g.app(p.App)
		layers = append(layers, app)
		if p.Bytecode {
			layers = append(layers, g.compile(p.Environment.Python, TargetRuntime, "compile the application", p.App.Dir, &app.state))
		}
	}
	layers = append(layers, g.last(p, base)...)
	st := g.merge(base, layers)
	history = append(history, names(layers)...)
	for _, s := range p.Steps {
		st = g.userStep(st, p, s)
		history = append(history, "run "+stepName(s))
	}
	return Encoded{st, history}
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
	when := fixedTime
	if g.Epoch != nil {
		when = *g.Epoch
	}
	name := "copy the application to " + a.Dir
	all := bk.Copy(from, path.Join("/", a.From), a.Dir+"/", info, bk.WithCreatedTime(when))
	if len(a.Executable) > 0 {
		all = g.executable(all, a, from, *info, when)
	}
	return layer{bk.Scratch().File(all, bk.WithCustomName("[runtime] "+name)), name}
}

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

// userStep runs a user's command on the finished file system.
func (g *graph) userStep(st bk.State, p *plan.Plan, s plan.Step) bk.State {
	options := []bk.RunOption{
		bk.User("0:0"), bk.Dir(p.Image.WorkingDir),
		// What a step imports must not leave bytecode with times in it.
		bk.AddEnv("PYTHONDONTWRITEBYTECODE", "1"),
		bk.AddMount("/tmp", bk.Scratch(), bk.Tmpfs()),
	}
	for _, kv := range Env(g.BaseEnv, p.Image) {
		name, value, _ := strings.Cut(kv, "=")
		options = append(options, bk.AddEnv(name, value))
	}
	for _, v := range s.Env {
		options = append(options, bk.AddEnv(v.Name, v.Value))
	}
	for _, secret := range s.Secrets {
		more := []bk.SecretOption{bk.SecretID(secret.ID)}
		if secret.Optional {
			more = append(more, bk.SecretOptional)
		}
		if secret.Env != "" {
			options = append(options, bk.AddSecret(secret.Env, append(more, bk.SecretAsEnv(true))...))
		} else {
			options = append(options, bk.AddSecret(secret.Target, more...))
		}
	}
	for _, c := range s.Caches {
		options = append(options, g.cacheMount(c.Path, "step-"+c.ID, bk.CacheMountShared))
	}
	if s.SSH {
		options = append(options, bk.AddSSHSocket())
	}
	if !s.Network {
		options = append(options, g.Exec...)
	}
	return g.exec(st, step{
		target: TargetRuntime, pos: s.Pos, network: s.Network,
		name:    stepName(s),
		args:    append([]string{inside.BuildTool, "run", "-epoch", epoch(), "--"}, s.Run...),
		options: options,
	}).Root()
}

func stepName(s plan.Step) string { return cmp.Or(s.Name, strings.Join(s.Run, " ")) }

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
		base = base.File(
			bk.Copy(l.state, "/", "/", &bk.CopyInfo{CopyDirContentsOnly: true}, bk.WithCreatedTime(fixedTime)),
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
