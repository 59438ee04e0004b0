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
func (g *graph) base() bk.State {
	if g.withPackages == nil {
		st := g.packages(g.Base, TargetRuntime, g.plan.System)
		g.withPackages = &st
	}
	return *g.withPackages
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
func (g *graph) addPython(l plan.Layer) bk.State {
	python := g.plan.Environment.Python
	return g.exec(bk.Scratch().Platform(g.Build), step{
		target: TargetRuntime, pos: l.Pos,
		name: l.Name,
		args: []string{protocol.BuildTool, "python", "-from", protocol.From, "-base", protocol.Base, "-out", protocol.Out,
			"-interpreter", python.Interpreter, "-library", python.Library, "-epoch", epoch()},
		options: []bk.RunOption{g.see(protocol.Base, g.base()), g.see(protocol.From, g.Python)},
	}).AddMount(protocol.Out, bk.Scratch())
}

// accounts is the user of the image and the folders that it needs.
func (g *graph) accounts(l plan.Layer) bk.State {
	p := g.plan
	args := []string{protocol.BuildTool, "user", "-base", protocol.Base, "-out", protocol.Out, "-epoch", epoch()}
	if u := p.User; u != nil {
		args = append(args, "-name", u.Name, "-uid", strconv.Itoa(u.UID), "-gid", strconv.Itoa(u.GID), "-home", u.Home)
		if u.Optional {
			args = append(args, "-optional")
		}
	}
	owned := false
	for _, f := range p.Folders {
		// Strings and numbers always encode.
		text, _ := json.Marshal(build.Folder{Path: f.Path, Mode: f.Mode, Owned: f.Owned})
		args = append(args, "-folder", string(text))
		owned = owned || f.Owned
	}
	// Only where it matters, so that another user does not make the others'
	// folders anew.
	if owned {
		args = append(args, "-owner", p.Image.User)
	}
	return g.exec(bk.Scratch().Platform(g.Build), step{
		target: TargetRuntime, pos: l.Pos, name: l.Name, args: args,
		options: []bk.RunOption{g.see(protocol.Base, g.base())},
	}).AddMount(protocol.Out, bk.Scratch())
}

// init is a statically linked init process out of another image's package.
func (g *graph) init(l plan.Layer) bk.State {
	i := g.plan.Init
	return bk.Scratch().File(
		bk.Copy(g.packages(g.Init, TargetRuntime, i.System), i.From, i.To,
			&bk.CopyInfo{CreateDestPath: true, FollowSymlinks: true}, bk.WithCreatedTime(fixedTime)),
		bk.WithCustomName("[runtime] "+l.Name))
}
