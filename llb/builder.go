package llb

import (
	"path"
	"slices"
	"strings"

	bk "github.com/moby/buildkit/client/llb"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/step/build"
	"github.com/moult-build/moult/internal/step/protocol"
)

// builder is the compiler-enabled image with the project's build packages and
// files.
func (g *graph) builder(b *plan.Building) bk.State {
	return g.put(g.packages(g.Builder, TargetBuilder, b.System), TargetBuilder, b.Files)
}

// resolve runs pip's resolver and gives the folder of wheels it leaves.
func (g *graph) resolve(b *plan.Building, env environment.Python, built func(string) bk.State) bk.State {
	r := b.Resolve
	options, indexes := g.pip(b, r.SSH, r.Git)
	lines := append(slices.Clone(r.Options), r.Requirements...)
	// Sources that the resolver must see come as wheels in a folder, by
	// which it also finds them where another package needs them.
	for _, name := range r.Given {
		dir := protocol.Wheel(name)
		options = append(options, bk.AddMount(dir, built(name), bk.Readonly))
		lines = append(lines, "--find-links "+dir, name)
	}
	var picked []string
	for _, name := range r.Picked {
		dir := protocol.Wheel(name)
		options = append(options, bk.AddMount(dir, built(name), bk.Readonly))
		picked = append(picked, "-picked", dir)
	}
	for _, v := range r.Env {
		options = append(options, bk.AddEnv(v.Name, v.Value))
	}
	for _, file := range r.Files {
		dest := path.Join(protocol.Root, "files", file)
		options = append(options, bk.AddMount(dest, g.file(file), bk.Readonly, bk.SourcePath("/"+file)))
		lines = append(lines, dest)
	}
	args := []string{protocol.BuildTool, "wheels", "-python", pipPython(env), "-out", protocol.Out, "-epoch", epoch(),
		"-requirements", protocol.Requirements}
	options = append(options, list(protocol.Requirements, lines))
	if len(r.Constraints) > 0 {
		args = append(args, "-constraints", protocol.Constraints)
		options = append(options, list(protocol.Constraints, r.Constraints))
	}
	if len(r.BuildConstraints) > 0 {
		args = append(args, "-build-constraints", protocol.BuildConstraints)
		options = append(options, list(protocol.BuildConstraints, r.BuildConstraints))
	}
	args = append(args, picked...)
	return g.exec(g.builder(b), step{
		target: TargetWheels, pos: r.Pos, network: true,
		name:    "resolve the requirements with pip",
		args:    append(args, indexes...),
		options: options,
	}).AddMount(protocol.Out, bk.Scratch())
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
// does not install them again; only where nothing but the tree itself tells
// them does that vertex see it. wheel gives the wheel of a package that the
// build sees.
func (g *graph) build(b *plan.Building, env environment.Python, s plan.Source, wheel func(name string) bk.RunOption) bk.State {
	options, indexes := g.pip(b, false, nil)
	tree, flags := g.tree(s)
	builder := g.packages(g.builder(b), TargetBuilder, s.System)

	prepare := step{
		target: TargetWheels, pos: s.Pos, network: true,
		name: "prepare to build " + s.Name,
		args: append([]string{protocol.BuildTool, "environment",
			"-python", pipPython(env), "-out", protocol.Environment}, indexes...),
		options: slices.Clone(options),
	}
	var extra []string
	for _, r := range s.ExtraRequires {
		extra = append(extra, "-require", r)
	}
	if len(s.Constraints) > 0 {
		extra = append(extra, "-build-constraints", protocol.BuildConstraints)
		options = append(options, list(protocol.BuildConstraints, s.Constraints))
		prepare.options = append(prepare.options, list(protocol.BuildConstraints, s.Constraints))
	}
	prepare.args = append(prepare.args, extra...)
	for _, name := range s.Beside {
		prepare.args = append(prepare.args, "-beside", protocol.Wheel(name))
		prepare.options = append(prepare.options, wheel(name))
	}
	if s.Backend != "" {
		prepare.name += ": " + strings.Join(append(slices.Clone(s.Requires), s.ExtraRequires...), ", ")
		prepare.args = append(append(prepare.args, "--"), s.Requires...)
	} else {
		prepare.args = append(prepare.args, flags...)
		prepare.options = append(prepare.options, tree)
	}
	environment := g.exec(builder, prepare).AddMount(protocol.Environment, bk.Scratch())

	args := append([]string{protocol.BuildTool, "wheel", "-python", pipPython(env),
		"-environment", protocol.Environment, "-out", protocol.Out, "-epoch", epoch()}, flags...)
	if s.Backend != "" {
		args = append(args, "-backend", s.Backend)
		for _, p := range s.BackendPath {
			args = append(args, "-backend-path", p)
		}
	}
	for _, v := range s.Config {
		args = append(args, "-config", v.Name+"="+v.Value)
	}
	options = append(options, tree, g.scrap(protocol.Environment, environment))
	for _, v := range s.Env {
		options = append(options, bk.AddEnv(v.Name, v.Value))
	}
	return g.exec(builder, step{
		target: TargetWheels, pos: s.Pos, network: true,
		name:    "build " + s.Name,
		args:    append(append(args, extra...), indexes...),
		options: options,
	}).AddMount(protocol.Out, bk.Scratch())
}

// pick gives the folder with the one file that the indexes have for a package.
func (g *graph) pick(p *plan.Pick, pos source.Pos) bk.State {
	args := []string{protocol.BuildTool, "pick", "-out", protocol.Out, "-epoch", epoch(),
		"-requirement", p.Requirement, "-target", p.Target}
	if p.NoBinary {
		args = append(args, "-no-binary")
	}
	if p.Pre {
		args = append(args, "-pre")
	}
	indexes, secrets := indexFlags(p.Indexes)
	return g.exec(bk.Scratch().Platform(g.Build), step{
		target: TargetWheels, pos: pos, network: true,
		name:    "choose " + p.Requirement + " at " + p.Indexes[0].URL,
		args:    append(args, indexes...),
		options: secrets,
	}).AddMount(protocol.Out, bk.Scratch())
}

// tree mounts a source tree, or the archive that holds it, and gives the
// flags that say where the project is.
func (g *graph) tree(s plan.Source) (mount bk.RunOption, flags []string) {
	if s.Subdirectory != "" {
		flags = append(flags, "-subdirectory", s.Subdirectory)
	}
	switch o := s.Origin.(type) {
	case *plan.Pick:
		return bk.AddMount(protocol.Archive, g.pick(o, s.Pos), bk.Readonly), append(flags, "-archive", protocol.Archive)
	case *plan.Git:
		return g.scrap(protocol.Source, g.git(s.Name, o, s.Pos)), append(flags, "-source", protocol.Source)
	case *plan.Download:
		dest := path.Join(protocol.Archive, o.Filename)
		return bk.AddMount(dest, g.fetch(o, s.Pos), bk.Readonly, bk.SourcePath("/"+o.Filename)),
			append(flags, "-archive", dest)
	case plan.ContextFile:
		dest := path.Join(protocol.Archive, path.Base(o.Path))
		return bk.AddMount(dest, g.file(o.Path), bk.Readonly, bk.SourcePath("/"+o.Path)), append(flags, "-archive", dest)
	case *plan.ContextFolder:
		tree := g.Context(Selection{Hint: "source-" + s.Name, Dir: o.Dir, Exclude: o.Exclude})
		tree = g.add(tree, o.Dir, TargetWheels, o.Added)
		return g.scrap(protocol.Source, tree, bk.SourcePath("/"+o.Dir)), append(flags, "-source", protocol.Source)
	default:
		return g.scrap(protocol.Source, bk.Scratch()), append(flags, "-source", protocol.Source)
	}
}

// git is a commit, named in full so that no branch is looked up. BuildKit
// takes tokens from the build's secrets and keys from its SSH agent.
func (g *graph) git(name string, git *plan.Git, pos source.Pos) bk.State {
	return bk.Git(git.URL, "", bk.GitRef(git.Commit), bk.GitChecksum(git.Commit),
		bk.WithCustomName("[wheels] fetch "+name+" "+git.Commit[:min(len(git.Commit), 12)]), g.Locate(pos))
}

// file is one file of the context.
func (g *graph) file(name string) bk.State {
	return g.Context(Selection{Hint: "file-" + name, Dir: ".", Include: []string{name}})
}

// pip gives what every step with pip needs: its cache, the credentials of
// indexes and git hosts, and the flags that name the indexes.
func (g *graph) pip(b *plan.Building, ssh bool, git []string) (options []bk.RunOption, indexes []string) {
	options = []bk.RunOption{
		bk.User("0:0"), bk.Dir("/"), bk.AddEnv("HOME", "/root"),
		g.cacheMount("/root/.cache/pip", "pip", bk.CacheMountShared),
	}
	indexes, secrets := indexFlags(b.Indexes)
	options = append(options, secrets...)
	for _, host := range git {
		id := build.GitTokenPrefix + host
		options = append(options, bk.AddSecret(protocol.Secret(id), bk.SecretID(id), bk.SecretOptional))
	}
	if ssh {
		options = append(options, bk.AddSSHSocket())
	}
	return options, indexes
}

// indexFlags name indexes to a step, with the files that hold their
// credentials.
func indexFlags(list []plan.Index) (flags []string, secrets []bk.RunOption) {
	for _, index := range list {
		arg := index.URL
		if index.Secret != "" {
			file := protocol.IndexSecret(index.Secret)
			arg += " " + file
			secrets = append(secrets, bk.AddSecret(file, bk.SecretID(index.Secret)))
		}
		flags = append(flags, "-index", arg)
	}
	return flags, secrets
}

// pipPython is the builder's interpreter: the same path as the image's, as
// the official images have it.
func pipPython(p environment.Python) string { return "python" + p.Version() }
