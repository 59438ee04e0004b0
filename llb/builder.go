package llb

import (
	"path"
	"slices"
	"strings"

	bk "github.com/moby/buildkit/client/llb"

	"github.com/moult-build/moult/internal/buildstep"
	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/inside"
	"github.com/moult-build/moult/internal/plan"
)

// builder is the compiler-enabled image with the project's build packages.
func (g *graph) builder(b *plan.Building) bk.State {
	return g.apt(g.Builder, TargetBuilder, b.Apt)
}

// apt adds Debian packages to an image. What apt downloads stays in cache
// mounts, which several builds may not use at once.
func (g *graph) apt(image bk.State, target string, a *plan.Apt) bk.State {
	if a == nil {
		return image
	}
	return g.exec(image, step{
		target: target, pos: a.Pos, network: true,
		name: aptName(a),
		args: append([]string{inside.BuildTool, "apt", "-epoch", epoch(), "--"}, a.Packages...),
		options: []bk.RunOption{
			bk.User("root"), bk.Dir("/"),
			g.cacheMount("/var/cache/apt", "apt-cache-"+g.Target.Architecture, bk.CacheMountLocked),
			g.cacheMount("/var/lib/apt", "apt-lists-"+g.Target.Architecture, bk.CacheMountLocked),
		},
	}).Root()
}

func aptName(a *plan.Apt) string { return "install Debian packages " + strings.Join(a.Packages, " ") }

// resolve runs pip's resolver and gives the folder of wheels it leaves.
func (g *graph) resolve(b *plan.Building, env environment.Python, built map[string]bk.State) bk.State {
	r := b.Resolve
	options, indexes := g.pip(b, r.SSH, r.Git)
	lines := append(slices.Clone(r.Options), r.Requirements...)
	// Sources that the resolver must see come as wheels in a folder, by
	// which it also finds them where another package needs them.
	for _, name := range r.Given {
		dir := inside.Wheel(name)
		options = append(options, bk.AddMount(dir, built[name], bk.Readonly))
		lines = append(lines, "--find-links "+dir, name)
	}
	for _, file := range r.Files {
		dest := inside.Root + "/files/" + path.Base(file)
		tree := g.Context(Selection{Hint: "file-" + path.Base(file), Dir: ".", Include: []string{file}})
		options = append(options, bk.AddMount(dest, tree, bk.Readonly, bk.SourcePath("/"+file)))
		lines = append(lines, dest)
	}
	args := []string{inside.BuildTool, "wheels", "-python", pipPython(env), "-out", inside.Out, "-epoch", epoch(),
		"-requirements", inside.Requirements}
	options = append(options, list(inside.Requirements, lines))
	if len(r.Constraints) > 0 {
		args = append(args, "-constraints", inside.Constraints)
		options = append(options, list(inside.Constraints, r.Constraints))
	}
	return g.exec(g.builder(b), step{
		target: TargetWheels, pos: r.Pos, network: true,
		name:    "resolve the requirements with pip",
		args:    append(args, indexes...),
		options: options,
	}).AddMount(inside.Out, bk.Scratch())
}

// list mounts a file of lines.
func list(dest string, lines []string) bk.RunOption {
	name := "/" + path.Base(dest)
	file := bk.Scratch().File(
		bk.Mkfile(name, 0o644, []byte(strings.Join(lines, "\n")+"\n"), bk.WithCreatedTime(fixedTime)),
		bk.WithCustomName("[wheels] write "+path.Base(dest)))
	return bk.AddMount(dest, file, bk.Readonly, bk.SourcePath(name))
}

// build turns a source tree into a folder with one wheel. The backend's
// requirements are a vertex of their own, so that a change of the source
// does not install them again.
func (g *graph) build(b *plan.Building, env environment.Python, s plan.Source) bk.State {
	tree := g.Context(Selection{Hint: "source-" + s.Name, Dir: s.Dir, Exclude: s.Exclude})
	options, indexes := g.pip(b, false, nil)

	prepare := append([]string{inside.BuildTool, "environment", "-python", pipPython(env), "-out", inside.Environment}, indexes...)
	environment := g.exec(g.builder(b), step{
		target: TargetWheels, pos: s.Pos, network: true,
		name:    "prepare to build " + s.Name + ": " + strings.Join(s.Requires, ", "),
		args:    append(append(prepare, "--"), s.Requires...),
		options: options,
	}).AddMount(inside.Environment, bk.Scratch())

	args := []string{inside.BuildTool, "wheel", "-python", pipPython(env),
		"-environment", inside.Environment, "-source", inside.Source, "-backend", s.Backend,
		"-out", inside.Out, "-epoch", epoch()}
	for _, p := range s.BackendPath {
		args = append(args, "-backend-path", p)
	}
	return g.exec(g.builder(b), step{
		target: TargetWheels, pos: s.Pos, network: true,
		name: "build " + s.Name,
		args: append(args, indexes...),
		options: append(options,
			g.scrap(inside.Environment, environment),
			g.scrap(inside.Source, tree, bk.SourcePath("/"+s.Dir))),
	}).AddMount(inside.Out, bk.Scratch())
}

// pip gives what every step with pip needs: its cache, the credentials of
// indexes and git hosts, and the flags that name the indexes.
func (g *graph) pip(b *plan.Building, ssh bool, git []string) (options []bk.RunOption, indexes []string) {
	options = []bk.RunOption{
		bk.User("root"), bk.Dir("/"), bk.AddEnv("HOME", "/root"),
		g.cacheMount("/root/.cache/pip", "pip", bk.CacheMountShared),
	}
	for _, index := range b.Indexes {
		arg := index.URL
		if index.Secret != "" {
			file := inside.Secret("index/" + index.Secret)
			arg += " " + file
			options = append(options, bk.AddSecret(file, bk.SecretID(index.Secret)))
		}
		indexes = append(indexes, "-index", arg)
	}
	for _, host := range git {
		id := buildstep.GitTokenPrefix + host
		options = append(options, bk.AddSecret(inside.Secret(id), bk.SecretID(id), bk.SecretOptional))
	}
	if ssh {
		options = append(options, bk.AddSSHSocket())
	}
	return options, indexes
}

// pipPython is the builder's interpreter: the same path as the image's, as
// the official images have it.
func pipPython(p environment.Python) string { return "python" + p.Version() }
