package llb

import (
	"path"

	bk "github.com/moby/buildkit/client/llb"

	"github.com/moult-build/moult/internal/plan"
)

// application is the layer of the application's files.
func (g *graph) application() bk.State {
	l, ok := g.plan.Layer(plan.LayerApp)
	if !ok {
		return bk.Scratch()
	}
	return g.layer(l)
}

// HintApp is the hint of the application's files in the context.
const HintApp = "app"

// SelectApp selects the application's files.
func SelectApp(a *plan.App) Selection {
	return Selection{Hint: HintApp, Dir: a.From, Include: a.Include, Exclude: a.Exclude}
}

// HintSource is the hint of the files from which a package is built.
func HintSource(name string) string { return "source-" + name }

// app is the application, owned by root and readable by everyone: the user it
// runs as must not be able to change it.
func (g *graph) app(l plan.Layer) bk.State {
	a := g.plan.App
	files, dir := g.Context(SelectApp(a)), path.Join("/", a.From)
	info := &bk.CopyInfo{
		CopyDirContentsOnly: true,
		CreateDestPath:      true,
		ChownOpt:            &bk.ChownOpt{User: &bk.UserOpt{UID: 0}, Group: &bk.UserOpt{UID: 0}},
		Mode:                g.mode(0),
	}
	if g.Can.CopyMode && !lazy(a.Include, a.Exclude) && len(a.Executable)+len(a.Added) == 0 {
		info.ExcludePatterns = a.Exclude
	} else {
		files, dir = g.assembled(files, dir, l), assembly
	}
	when := bk.WithCreatedTime(g.appTime())
	all := g.folderAction(nil, a.Parents).Copy(files, dir, a.Dir+"/", info, when)
	return bk.Scratch().File(g.resetTimes(all, a.Parents), bk.WithCustomName("[runtime] "+l.Name))
}

// assembly is the folder in which an application is put together.
const assembly = "/app"

// assembled puts an application together that is not one copy of a folder. The
// times of its folders are not fixed yet: every file that comes into a folder
// changes the folder's.
func (g *graph) assembled(context bk.State, dir string, l plan.Layer) bk.State {
	a := g.plan.App
	tree := bk.Scratch().File(
		bk.Mkdir(assembly, 0o755, bk.WithCreatedTime(fixedTime)).
			Copy(context, dir, assembly+"/", &bk.CopyInfo{
				CopyDirContentsOnly: true, CreateDestPath: true, IncludePatterns: a.Include, ExcludePatterns: a.Exclude,
			}, bk.WithCreatedTime(fixedTime)),
		bk.WithCustomName("[internal] select the files of the application"))
	if len(a.Executable) > 0 {
		mode := bk.ChmodOpt{Mode: 0o755}
		tree = tree.File(
			bk.Copy(tree, assembly, assembly+"/", &bk.CopyInfo{
				CopyDirContentsOnly: true, IncludePatterns: a.Executable, Mode: &mode,
			}, bk.WithCreatedTime(fixedTime)),
			bk.WithCustomName("[runtime] make files of the application executable"))
	}
	tree = g.add(tree, assembly, TargetRuntime, a.Added)
	if !g.Can.CopyMode {
		tree = g.setModes(tree, TargetRuntime, plan.AsTheyAre, "the application", l.Pos)
	}
	return tree
}
