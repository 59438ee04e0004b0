package llb

import (
	"encoding/json"
	"strconv"

	bk "github.com/moby/buildkit/client/llb"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/step/build"
	"github.com/moult-build/moult/internal/step/protocol"
)

// base is the image that everything stands on: the user's base with the
// packages of its distribution.
func (g *graph) base(p *plan.Plan) (st bk.State, history []string) {
	if p.System != nil {
		history = append(history, packagesName(p.System))
	}
	return g.packages(g.Base, TargetRuntime, p.System), history
}

// beside gives the layers that are added to the base for it to be fit for
// Python. base is the result of the function of that name.
func (g *graph) beside(p *plan.Plan, base bk.State) []layer {
	var layers []layer
	if p.PythonFrom != nil {
		layers = append(layers, g.addPython(p, base))
	}
	if p.LibraryBytecode {
		layers = append(layers, g.library(p.Environment.Python))
	}
	return layers
}

// last gives the layers that come after the application: who runs it, and
// what that user may write.
func (g *graph) last(p *plan.Plan, base bk.State) []layer {
	var layers []layer
	if p.Init != nil {
		layers = append(layers, g.init(p.Init))
	}
	if p.User != nil || len(p.Folders) > 0 {
		layers = append(layers, g.accounts(p, base))
	}
	return layers
}

// see mounts an image to be looked at by one of Moult's programs, which need
// not run in it: the image may have no shell, or be for another platform. It
// is known by how it is made and not by its content, which would have to be
// read for that; a daemon that does not know the difference reads it.
func (g *graph) see(dir string, image bk.State) bk.RunOption {
	options := []bk.MountOption{bk.Readonly}
	if g.Can.ContentCacheOff {
		options = append(options, bk.ContentCache(bk.MountContentCacheOff))
	}
	return bk.AddMount(dir, image, options...)
}

// addPython is the Python of another image, for a base without one.
func (g *graph) addPython(p *plan.Plan, base bk.State) layer {
	python := p.Environment.Python
	name := "add Python " + python.Version() + " from " + p.PythonFrom.Image
	return layer{g.exec(bk.Scratch().Platform(g.Build), step{
		target: TargetRuntime, pos: p.PythonFrom.Pos,
		name: name,
		args: []string{protocol.BuildTool, "python", "-from", protocol.From, "-base", protocol.Base, "-out", protocol.Out,
			"-interpreter", python.Interpreter, "-library", python.Library, "-epoch", epoch()},
		options: []bk.RunOption{g.see(protocol.Base, base), g.see(protocol.From, g.Python)},
	}).AddMount(protocol.Out, bk.Scratch()), name}
}

// accounts is the user of the image and the folders that it needs.
func (g *graph) accounts(p *plan.Plan, base bk.State) layer {
	args := []string{protocol.BuildTool, "user", "-base", protocol.Base, "-out", protocol.Out, "-epoch", epoch()}
	name, pos := "", p.Image.Pos
	if u := p.User; u != nil {
		name, pos = "add the user "+u.Name, u.Pos
		args = append(args, "-name", u.Name, "-uid", strconv.Itoa(u.UID), "-gid", strconv.Itoa(u.GID), "-home", u.Home)
		if u.Optional {
			args = append(args, "-optional")
		}
	}
	owned := false
	for n, f := range p.Folders {
		// Strings and numbers always encode.
		text, _ := json.Marshal(build.Folder{Path: f.Path, Mode: f.Mode, Owned: f.Owned})
		args = append(args, "-folder", string(text))
		owned = owned || f.Owned
		switch {
		case name == "":
			name = "make " + f.Path
		case n == 0:
			name += ", make " + f.Path
		default:
			name += " " + f.Path
		}
		if !pos.IsValid() {
			pos = f.Pos
		}
	}
	// Only where it matters, so that another user does not make the others'
	// folders anew.
	if owned {
		args = append(args, "-owner", p.Image.User)
	}
	return layer{g.exec(bk.Scratch().Platform(g.Build), step{
		target: TargetRuntime, pos: pos, name: name, args: args,
		options: []bk.RunOption{g.see(protocol.Base, base)},
	}).AddMount(protocol.Out, bk.Scratch()), name}
}

// init is a statically linked init process out of another image's package.
func (g *graph) init(i *plan.Init) layer {
	name := "add the init process " + i.To
	return layer{bk.Scratch().File(
		bk.Copy(g.packages(g.Init, TargetRuntime, i.System), i.From, i.To,
			&bk.CopyInfo{CreateDestPath: true, FollowSymlinks: true}, bk.WithCreatedTime(fixedTime)),
		bk.WithCustomName("[runtime] "+name)), name}
}
