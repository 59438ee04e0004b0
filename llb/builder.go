package llb

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
	"slices"
	"strings"

	bk "github.com/moby/buildkit/client/llb"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/step/protocol"
)

// builder is the image with the compiler, the project's build packages and
// files.
func (g *graph) builder(b *plan.Building) bk.State {
	return g.put(g.packages(g.Builder, TargetBuilder, protocol.BuildPackagesID, b.System), TargetBuilder, b.Files)
}

// resolve runs pip's resolver and returns the folder with its wheels.
func (g *graph) resolve(b *plan.Building, env environment.Python, built func(string) bk.State) bk.State {
	r := b.Resolve
	options, indexes := g.pip(b, r.SSH, r.Git)
	lines := append(slices.Clone(r.Options), r.Requirements...)
	c := protocol.Resolve{
		Python: pipPython(env), Requirements: protocol.Requirements, Indexes: indexes, Output: protocol.Output, Epoch: epoch(),
	}
	// pip must take these wheels, never a package of an index that has the same name.
	for _, name := range r.Dynamic {
		dir := protocol.Wheel(name)
		options = append(options, bk.AddMount(dir, built(name), bk.Readonly))
		c.Own = append(c.Own, protocol.OwnWheel{Folder: dir, Extras: r.Extras[name]})
	}
	for _, name := range r.Pinned {
		dir := protocol.Wheel(name)
		options = append(options, bk.AddMount(dir, built(name), bk.Readonly))
		c.Wheels = append(c.Wheels, dir)
	}
	for _, v := range r.Env {
		options = append(options, bk.AddEnv(v.Name, v.Value))
	}
	for _, file := range r.Files {
		dest := path.Join(protocol.Root, "files", file)
		options = append(options, bk.AddMount(dest, g.file(file), bk.Readonly, bk.SourcePath("/"+file)))
		lines = append(lines, dest)
	}
	options = append(options, list(protocol.Requirements, lines))
	if len(r.Constraints) > 0 {
		c.Constraints = protocol.Constraints
		options = append(options, list(protocol.Constraints, r.Constraints))
	}
	if len(r.BuildConstraints) > 0 {
		c.BuildConstraints = protocol.BuildConstraints
		options = append(options, list(protocol.BuildConstraints, r.BuildConstraints))
	}
	return g.exec(g.builder(b), step{
		target: TargetWheels, pos: r.Pos, network: true,
		id:      protocol.ResolveID,
		name:    "resolve the requirements with pip",
		command: c,
		options: options,
	}).AddMount(protocol.Output, bk.Scratch())
}

// list mounts a file of lines.
func list(dest string, lines []string) bk.RunOption {
	name := "/" + path.Base(dest)
	file := bk.Scratch().File(
		bk.Mkfile(name, 0o644, []byte(strings.Join(lines, "\n")+"\n"), bk.WithCreatedTime(fixedTime)),
		bk.WithCustomName("[wheels] write "+path.Base(dest)))
	return bk.AddMount(dest, file, bk.Readonly, bk.SourcePath(name))
}

// build turns a source tree into a folder with one wheel, in steps that keep
// what is a stranger's from what is the user's. The backend's requirements are
// installed with a network and the passwords of the indexes; the backend, and
// with it all of the tree's code, runs without both. What it asks for beyond
// what the tree says is installed in between by a step of its own.
//
// A change of the source installs nothing again; only where nothing but the
// tree itself tells the requirements does the first vertex see it. wheel gives
// the wheel of a package that the build sees.
func (g *graph) build(b *plan.Building, env environment.Python, s plan.Source, wheel func(name string) bk.RunOption) bk.State {
	tree, at := g.tree(s)
	builder := g.packages(g.builder(b), TargetBuilder, protocol.WheelPackagesID(s.Name), s.System)
	indexes, secrets := indexMounts(b.Indexes)

	installing := append(asRoot(), secrets...)
	c := protocol.Prepare{Python: pipPython(env), Extra: s.ExtraRequires, Indexes: indexes, Output: protocol.Environment}
	if len(s.Constraints) > 0 {
		c.Constraints = protocol.BuildConstraints
		installing = append(installing, list(protocol.BuildConstraints, s.Constraints))
	}
	prepare := step{
		target: TargetWheels, pos: s.Pos, network: true,
		id:      protocol.PrepareID(s.Name),
		name:    "prepare to build " + s.Name,
		options: installing,
	}
	for _, name := range s.EnvironmentPackages {
		c.Wheels = append(c.Wheels, protocol.Wheel(name))
		prepare.options = append(prepare.options, wheel(name))
	}
	if s.Backend != "" {
		prepare.name += ": " + strings.Join(append(slices.Clone(s.Requires), s.ExtraRequires...), ", ")
		c.Requires = s.Requires
	} else {
		c.Tree = &at
		prepare.options = append(prepare.options, tree...)
	}
	prepare.command = c
	environment := g.exec(builder, prepare).AddMount(protocol.Environment, bk.Scratch())

	var config []string
	for _, v := range s.Config {
		config = append(config, v.Name+"="+v.Value)
	}
	running := append(asRoot(), tree...)
	for _, v := range s.Env {
		running = append(running, bk.AddEnv(v.Name, v.Value))
	}
	if !s.AsksNothing {
		asked := g.exec(builder, step{
			target: TargetWheels, pos: s.Pos, foreign: true,
			id:   protocol.AskID(s.Name),
			name: "ask what the build of " + s.Name + " requires",
			command: protocol.AskBackend{
				Python: c.Python, Environment: protocol.Environment, Tree: &at, Backend: s.Backend, BackendPath: s.BackendPath,
				Config: config, Extra: c.Extra, Output: protocol.Output, Epoch: epoch(),
			},
			options: append(slices.Clone(running), g.mountDiscarded(protocol.Environment, environment)),
		}).AddMount(protocol.Output, bk.Scratch())
		c.Asked = protocol.Asked
		environment = g.exec(builder, step{
			target: TargetWheels, pos: s.Pos, network: true,
			id:      protocol.AskedID(s.Name),
			name:    "install what the build of " + s.Name + " asks for",
			command: c,
			options: append(slices.Clone(prepare.options), bk.AddMount(protocol.Asked, asked, bk.Readonly, bk.SourcePath("/"+path.Base(protocol.Asked)))),
		}).AddMount(protocol.Environment, environment)
	}
	return g.exec(builder, step{
		target: TargetWheels, pos: s.Pos, network: s.Network, foreign: true,
		id:   protocol.WheelID(s.Name),
		name: "build " + s.Name,
		command: protocol.BuildWheel{
			Python: c.Python, Environment: protocol.Environment, Tree: &at, Backend: s.Backend, BackendPath: s.BackendPath,
			Config: config, Network: s.Network, Output: protocol.Output, Epoch: epoch(),
		},
		options: append(running, g.mountDiscarded(protocol.Environment, environment)),
	}).AddMount(protocol.Output, bk.Scratch())
}

// asRoot is what every step in the builder has.
func asRoot() []bk.RunOption {
	return []bk.RunOption{bk.User("0:0"), bk.Dir("/"), bk.AddEnv("HOME", "/root")}
}

// choose returns the folder with the file that was chosen for a package from
// the indexes.
func (g *graph) choose(name string, p *plan.Choice, pos source.Pos) bk.State {
	indexes, secrets := indexMounts(p.Indexes)
	return g.exec(bk.Scratch().Platform(g.Build), step{
		target: TargetWheels, pos: pos, network: true,
		id:   protocol.ChooseID(name),
		name: "choose " + p.Requirement + " at " + p.Indexes[0].URL,
		command: protocol.Choose{
			Requirement: p.Requirement, Target: p.Target, NoBinary: p.NoBinary, Prereleases: p.Pre,
			Indexes: indexes, Output: protocol.Output, Epoch: epoch(),
		},
		options: secrets,
	}).AddMount(protocol.Output, bk.Scratch())
}

// tree mounts a source tree, or its archive, and returns the project's path
// in it.
func (g *graph) tree(s plan.Source) (mounts []bk.RunOption, at protocol.Tree) {
	one := func(mount bk.RunOption) []bk.RunOption { return []bk.RunOption{mount} }
	folder := protocol.Tree{Source: protocol.Source, Subdirectory: s.Subdirectory}
	archive := func(dest string) protocol.Tree { return protocol.Tree{Archive: dest, Subdirectory: s.Subdirectory} }
	// file is an archive among other files of a state.
	file := func(st bk.State, name, sha256 string) ([]bk.RunOption, protocol.Tree) {
		tree := archive(path.Join(protocol.Archive, path.Base(name)))
		tree.SHA256 = sha256
		return one(bk.AddMount(tree.Archive, st, bk.Readonly, bk.SourcePath("/"+name))), tree
	}
	switch o := s.Origin.(type) {
	case *plan.Choice:
		return one(bk.AddMount(protocol.Archive, g.choose(s.Name, o, s.Pos), bk.Readonly)), archive(protocol.Archive)
	case *plan.Git:
		if o.File != "" {
			return file(g.git(s.Name, o, s.Pos), o.File, o.SHA256)
		}
		return one(g.mountDiscarded(protocol.Source, g.git(s.Name, o, s.Pos))), folder
	case *plan.Download:
		dest := path.Join(protocol.Archive, o.Filename)
		return one(bk.AddMount(dest, g.fetch(o, s.Pos), bk.Readonly, bk.SourcePath("/"+o.Filename))), archive(dest)
	case plan.ContextFile:
		return file(g.file(o.Path), o.Path, o.SHA256)
	case *plan.ContextFolder:
		selection := Selection{Hint: HintSource(s.Name), Dir: o.Dir, Exclude: o.Exclude}
		if o.Pyproject != "" {
			selection.Exclude = append(slices.Clone(o.Exclude), "pyproject.toml")
		}
		tree := g.add(g.Context(selection), o.Dir, TargetWheels, o.Added)
		mounts = one(g.mountDiscarded(protocol.Source, tree, bk.SourcePath("/"+o.Dir)))
		if o.Pyproject != "" {
			// A file of its own: one that is written into the files of the client is written anew in every build.
			folder.Pyproject = protocol.Pyproject
			mounts = append(mounts, list(protocol.Pyproject, []string{strings.TrimSuffix(o.Pyproject, "\n")}))
		}
		return mounts, folder
	default:
		return one(g.mountDiscarded(protocol.Source, bk.Scratch())), folder
	}
}

// git is a commit with its full id, so that no branch is resolved. BuildKit
// takes tokens from the build's secrets and keys from its SSH agent.
func (g *graph) git(name string, git *plan.Git, pos source.Pos) bk.State {
	options := []bk.GitOption{
		bk.GitRef(git.Commit),
		bk.WithCustomName("[wheels] fetch " + name + " " + git.Commit[:min(len(git.Commit), 12)]),
		identified(protocol.GitID(name)), g.Locate(pos),
	}
	if g.Can.GitChecksum {
		options = append(options, bk.GitChecksum(git.Commit))
	}
	return bk.Git(git.URL, "", options...)
}

// file is one file of the context.
func (g *graph) file(name string) bk.State {
	return g.Context(Selection{Hint: "file-" + name, Dir: ".", Include: []string{name}})
}

// pip gives what the resolver needs: its cache, the credentials of indexes and
// git hosts, and the indexes as the programs are told of them. It builds
// sdists, too, so the cache is the project's own: code of one project must not
// come into another's image by it.
func (g *graph) pip(b *plan.Building, ssh bool, git []string) (options []bk.RunOption, indexes []protocol.Index) {
	project := sha256.Sum256([]byte(g.plan.Project))
	options = append(asRoot(), g.cacheMount("/root/.cache/pip", "pip-"+hex.EncodeToString(project[:8]), bk.CacheMountShared))
	indexes, secrets := indexMounts(b.Indexes)
	options = append(options, secrets...)
	for _, host := range git {
		id := protocol.GitTokenSecret + host
		options = append(options, bk.AddSecret(protocol.Secret(id), bk.SecretID(id), bk.SecretOptional))
	}
	if ssh {
		options = append(options, bk.AddSSHSocket())
	}
	return options, indexes
}

// indexMounts are the indexes of a step, and the mounts of the files with
// their credentials.
func indexMounts(list []plan.Index) (indexes []protocol.Index, secrets []bk.RunOption) {
	for _, index := range list {
		i := protocol.Index{URL: index.URL}
		if index.Secret != "" {
			i.Secret = protocol.IndexSecret(index.Secret)
			secrets = append(secrets, bk.AddSecret(i.Secret, bk.SecretID(index.Secret)))
		}
		indexes = append(indexes, i)
	}
	return indexes, secrets
}

// pipPython is the builder's interpreter: the same path as the image's, as
// the official images have it.
func pipPython(p environment.Python) string { return "python" + p.Name() }
