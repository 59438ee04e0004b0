package llb

import (
	bk "github.com/moby/buildkit/client/llb"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/step/protocol"
)

// base is the user's base image with the packages of its distribution.
func (g *graph) base() bk.State {
	if g.baseWithPackages == nil {
		st := g.packages(g.Base, TargetRuntime, protocol.RunPackagesID, g.plan.System)
		g.baseWithPackages = &st
	}
	return *g.baseWithPackages
}

// mountReadonly mounts an image so that one of Moult's programs can read it. The
// program does not run in the image, which may have no shell, or be for another
// platform. The mount's key is the image's definition, not its content, because the
// daemon would have to read the whole image for that. A daemon without this ability
// uses the content.
func (g *graph) mountReadonly(dir string, image bk.State) bk.RunOption {
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
		name:    l.Name,
		id:      protocol.AddPythonID,
		command: addPython(python),
		options: []bk.RunOption{g.mountReadonly(protocol.Base, g.base()), g.mountReadonly(protocol.Origin, g.Python)},
	}).AddMount(protocol.Output, bk.Scratch())
}

// addPython adds the Python of the image at Origin to the one at Base.
func addPython(p environment.Python) protocol.AddPython {
	return protocol.AddPython{
		Base: protocol.Base, Origin: protocol.Origin, Interpreter: p.Interpreter, Library: p.Library,
		Output: protocol.Output, Epoch: epoch(),
	}
}

// withAccounts is the base with the copied files that may be its lists of users
// and groups. Otherwise the layer of the accounts, which comes after them, would
// replace them by the base's.
func (g *graph) withAccounts() bk.State {
	var over []plan.Layer
	for _, l := range g.plan.Layers {
		if l.Kind == plan.LayerFiles && g.plan.Files[l.Index].MayHoldAccounts() {
			over = append(over, l)
		}
	}
	if len(over) == 0 {
		return g.base()
	}
	return g.merge(g.base(), g.layers(over))
}

// accounts is the user of the image and the folders that it needs.
func (g *graph) accounts(l plan.Layer) bk.State {
	p := g.plan
	c := protocol.Accounts{Base: protocol.Base, Output: protocol.Output, Epoch: epoch()}
	if u := p.User; u != nil {
		c.User = &protocol.Account{Name: u.Name, UID: u.UID, GID: u.GID, Home: u.Home, Optional: u.Optional}
	}
	owned := false
	for _, f := range p.Folders {
		c.Folders = append(c.Folders, protocol.Folder{Path: f.Path, Mode: f.Mode, Owned: f.Owned, Open: f.Open})
		owned = owned || f.Owned
	}
	// Only if a folder belongs to the user, so that another user does not
	// rebuild the other folders.
	if owned {
		c.Owner = p.Image.User
	}
	return g.exec(bk.Scratch().Platform(g.Build), step{
		target: TargetRuntime, pos: l.Pos, name: l.Name, id: protocol.AccountsID, command: c,
		options: []bk.RunOption{g.mountReadonly(protocol.Base, g.withAccounts())},
	}).AddMount(protocol.Output, bk.Scratch())
}

// init is a statically linked init process from a package of another image.
func (g *graph) init(l plan.Layer) bk.State {
	i := g.plan.Init
	return bk.Scratch().File(
		bk.Copy(g.packages(g.Init, TargetRuntime, protocol.InitPackagesID, i.System), i.From, i.To,
			&bk.CopyInfo{CreateDestPath: true, FollowSymlinks: true}, bk.WithCreatedTime(fixedTime)),
		bk.WithCustomName("[runtime] "+l.Name))
}
