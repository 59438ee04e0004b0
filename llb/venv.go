package llb

import (
	"path"
	"slices"

	bk "github.com/moby/buildkit/client/llb"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/step/protocol"
)

// skeleton is an empty virtual environment. It depends only on the
// interpreter's path, so that a new base image does not change it.
func (g *graph) skeleton(l plan.Layer) bk.State {
	python := g.plan.Environment.Python
	return g.exec(bk.Scratch().Platform(g.Build), step{
		target: TargetVenv,
		name:   l.Name,
		command: protocol.CreateVenv{
			Prefix: protocol.Venv, Python: python.Name(), Interpreter: python.Interpreter, Output: protocol.Output, Epoch: epoch(),
		},
	}).AddMount(protocol.Output, bk.Scratch())
}

// install installs the wheels of one layer in one step, because a container
// costs as much as installing several small wheels. With bytecode it runs on
// the base image, whose interpreter compiles; without bytecode it runs on
// scratch.
func (g *graph) install(l plan.Layer) bk.State {
	p := g.plan
	c := protocol.InstallWheels{
		Prefix: protocol.Venv, Python: p.Environment.Python.Name(), Output: protocol.Output, Epoch: epoch(),
	}
	root := bk.Scratch().Platform(g.Build)
	options := []bk.RunOption{bk.User("0:0"), bk.Dir("/"), g.installing}
	if p.Bytecode {
		var mount []bk.RunOption
		root, c.Interpreter, mount = g.python(p.Environment.Python.Interpreter)
		options = append(options, mount...)
	}
	wheels := g.wheels()
	for _, name := range l.Packages {
		pkg := g.packageNamed(name)
		dest, mount := wheelMount(pkg)
		if pkg.DirectURL != "" {
			c.DirectURLs = append(c.DirectURLs, protocol.DirectURL{Wheel: dest, Content: pkg.DirectURL})
		}
		if pkg.Large {
			c.Large = append(c.Large, dest)
		}
		c.Identities = append(c.Identities, protocol.Identity{Wheel: dest, Name: pkg.Name, Version: g.lockedVersion(pkg), SHA256: lockedHash(pkg)})
		options = append(options, bk.AddMount(dest, wheels(pkg), mount...), g.Locate(pkg.Pos))
		c.Wheels = append(c.Wheels, dest)
	}
	return g.exec(root, step{
		target:  TargetVenv,
		name:    l.Name,
		command: c,
		options: options,
	}).AddMount(protocol.Output, bk.Scratch())
}

// lockedVersion is the version that a package's wheel must have; empty where a
// tree of the user's own says it when it is built.
func (g *graph) lockedVersion(pkg plan.Package) string {
	switch pkg.Origin.(type) {
	case *plan.Download, *plan.Git:
		return pkg.Version
	case plan.Built:
		for _, s := range g.plan.Building.Sources {
			git := s.Git()
			if s.Name == pkg.Name && (s.Download() != nil || git != nil && git.File != "") {
				return pkg.Version
			}
		}
	}
	return ""
}

// lockedHash is the digest of a package's wheel that the step has to check: that
// of a file which is not fetched by it.
func lockedHash(pkg plan.Package) string {
	switch o := pkg.Origin.(type) {
	case plan.ContextFile:
		return o.SHA256
	case *plan.Git:
		return o.SHA256
	default:
		return ""
	}
}

// packageNamed is a package of the environment.
func (g *graph) packageNamed(name string) plan.Package {
	for _, pkg := range g.plan.Packages {
		if pkg.Name == name {
			return pkg
		}
	}
	return plan.Package{Name: name}
}

// inFolder is the path of a package's wheel in a state with several wheels;
// empty if the state holds only this wheel.
func inFolder(pkg plan.Package) string {
	switch o := pkg.Origin.(type) {
	case plan.Resolved:
		return o.Filename
	case plan.ContextFile:
		return o.Path
	case *plan.Git:
		return o.File
	default:
		return ""
	}
}

// wheelMount is the mount of a package's wheel: its folder, or only the file
// if the folder has other wheels.
func wheelMount(pkg plan.Package) (dest string, options []bk.MountOption) {
	dest, options = protocol.Wheel(pkg.Name), []bk.MountOption{bk.Readonly}
	if file := inFolder(pkg); file != "" {
		dest = path.Join(dest, path.Base(file))
		options = append(options, bk.SourcePath("/"+file))
	}
	return dest, options
}

// library compiles the standard library of a base image without its
// bytecode.
func (g *graph) library(l plan.Layer) bk.State {
	python := g.plan.Environment.Python
	c := protocol.Compile{
		Interpreter: python.Interpreter, Source: python.Library, Path: python.Library, Exclude: g.plan.LibraryBytecode.Exclude,
	}
	var options []bk.RunOption
	if g.Interpreter != nil { // the step's root is not the image
		c.Source = protocol.Source
		options = append(options, bk.AddMount(c.Source, g.Compiler, bk.Readonly, bk.SourcePath(python.Library)))
	}
	return g.compile(l, TargetVenv, c, options...).AddMount(protocol.Output, bk.Scratch())
}

// appBytecode makes bytecode for the application's modules and opens its
// folders without modules. The files are replaced in a running container
// (docker cp, Compose's watch, a mounted file), so Python has to look at them.
func (g *graph) appBytecode(l plan.Layer) bk.State {
	a := g.plan.App
	c := protocol.Compile{Source: protocol.Source, Path: a.Dir, Checked: g.plan.Bytecode, Open: a.Open}
	if g.plan.Bytecode {
		c.Interpreter, c.Report = g.plan.Environment.Python.Interpreter, protocol.Report
	}
	for _, p := range a.Parents {
		c.Parents = append(c.Parents, protocol.Parent{Path: p.Path, Mode: p.Mode, UID: p.UID, GID: p.GID})
	}
	exec := g.compile(l, TargetRuntime, c, bk.AddMount(protocol.Source, g.application(), bk.Readonly, bk.SourcePath(a.Dir)))
	layer := exec.AddMount(protocol.Output, bk.Scratch())
	if c.Report != "" {
		// The step has this mount whether or not somebody reads it, because it is
		// part of the cache key.
		report := exec.AddMount(protocol.Report, bk.Scratch())
		g.compiled = &report
	}
	return layer
}

// filesBytecode makes bytecode for the modules among files that do not belong to
// the application. It is checked, because these files, too, are replaced in a
// running container.
func (g *graph) filesBytecode(l plan.Layer) bk.State {
	files := g.layer(g.layerOfFiles(l.Index))
	exec := g.compile(l, TargetRuntime, protocol.Compile{
		Interpreter: g.plan.Environment.Python.Interpreter, Source: protocol.Source, Path: "/", Checked: true, Alike: true, Report: protocol.Report,
	}, bk.AddMount(protocol.Source, files, bk.Readonly))
	layer := exec.AddMount(protocol.Output, bk.Scratch())
	g.filesCompiled[l.Index] = exec.AddMount(protocol.Report, bk.Scratch())
	return layer
}

// layerOfFiles is the layer of one of the plan's files.
func (g *graph) layerOfFiles(index int) plan.Layer {
	n := slices.IndexFunc(g.plan.Layers, func(l plan.Layer) bool { return l.Kind == plan.LayerFiles && l.Index == index })
	return g.plan.Layers[n]
}

// python is how a step compiles bytecode: its root file system, its interpreter and
// its mounts. An interpreter that was taken out of its image is mounted by its
// content, and the step depends on nothing else of the image.
func (g *graph) python(inImage string) (root bk.State, interpreter string, mounts []bk.RunOption) {
	if g.Interpreter == nil {
		return g.Compiler, inImage, nil
	}
	return bk.Scratch().Platform(g.Build), protocol.Python,
		[]bk.RunOption{bk.AddMount(protocol.Python, *g.Interpreter, bk.Readonly, bk.SourcePath(protocol.TakenPython))}
}

// compile makes bytecode for the modules of a folder, by the interpreter of the
// image if there is one to run.
func (g *graph) compile(l plan.Layer, target string, c protocol.Compile, options ...bk.RunOption) bk.ExecState {
	root := bk.Scratch().Platform(g.Build)
	if c.Interpreter != "" {
		var mount []bk.RunOption
		root, c.Interpreter, mount = g.python(c.Interpreter)
		options = append(options, mount...)
	}
	c.Output, c.Epoch = protocol.Output, epoch()
	return g.exec(root, step{
		target:  target,
		name:    l.Name,
		command: c,
		options: append(options, bk.User("0:0"), bk.Dir("/")),
	})
}

// wheels returns a function from a package to the state with its wheel: at
// the root, or for a resolved package in the resolver's folder.
func (g *graph) wheels() func(plan.Package) bk.State {
	p := g.plan
	built := g.built(p)
	var resolved bk.State
	if p.Building != nil && p.Building.Resolve != nil {
		resolved = g.resolve(p.Building, p.Environment.Python, built)
	}
	return func(pkg plan.Package) bk.State {
		if pkg.Resolved() != "" {
			return resolved
		}
		return g.wheel(pkg, built)
	}
}

// wheel is the state with the wheel of a package that does not come from the
// resolver.
func (g *graph) wheel(pkg plan.Package, built func(string) bk.State) bk.State {
	switch o := pkg.Origin.(type) {
	case *plan.Download:
		return g.fetch(o, pkg.Pos)
	case plan.ContextFile:
		return g.file(o.Path)
	case *plan.Git:
		return g.git(pkg.Name, o, pkg.Pos)
	default:
		return built(pkg.BuiltFrom())
	}
}

// built returns the wheels of the source trees by name. A package that another
// one's build sees is built before it; the plan has checked that such an order
// exists.
func (g *graph) built(p *plan.Plan) func(name string) bk.State {
	packages := map[string]plan.Package{}
	for _, pkg := range p.Packages {
		packages[pkg.Name] = pkg
	}
	done := map[string]bk.State{}
	var built func(name string) bk.State
	mount := func(name string) bk.RunOption {
		pkg := packages[name]
		dest, options := wheelMount(pkg)
		return bk.AddMount(dest, g.wheel(pkg, built), options...)
	}
	built = func(name string) bk.State {
		if st, ok := done[name]; ok {
			return st
		}
		for _, s := range p.Building.Sources {
			if s.Name == name {
				done[name] = g.build(p.Building, p.Environment.Python, s, mount)
			}
		}
		return done[name]
	}
	return built
}
