package llb

import (
	"path"
	"strconv"
	"strings"

	bk "github.com/moby/buildkit/client/llb"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/step/protocol"
)

// Inspection returns the state whose root holds the report on the packages of
// the virtual environment: files that several packages have (package conflict),
// libraries that no package has (package libraries) and the names of the modules
// (package modules). It is not part of the image. The step mounts the packages' layers; the key is their definition, not
// their content, because the daemon would have to read all layers for that.
func (of *Graph) Inspection() bk.State { return of.state((*graph).inspection) }

func (g *graph) inspection() bk.State {
	p := g.plan
	c := protocol.Inspect{Prefix: protocol.Venv, Python: p.Environment.Python.Name(), Output: protocol.Output}
	var options []bk.RunOption
	for _, l := range p.Layers {
		if l.Kind != plan.LayerPackages {
			continue
		}
		dir := path.Join(protocol.Layers, l.Packages[0])
		c.Layers = append(c.Layers, dir)
		options = append(options, g.mountReadonly(dir, g.layer(l)))
	}
	return g.exec(bk.Scratch().Platform(g.Build), step{
		target: TargetVenv, name: "compare the packages' files", command: c, options: options,
	}).AddMount(protocol.Output, bk.Scratch())
}

// Compiled returns the state whose root holds the report on what was compiled of
// the application (package compiled). It is a mount of the step that makes the
// layer. The plan must have an App and bytecode.
func (of *Graph) Compiled() bk.State { return of.state((*graph).compiledReport) }

func (g *graph) compiledReport() bk.State {
	if l, ok := g.plan.Layer(plan.LayerAppBytecode); ok {
		g.layer(l)
	}
	if g.compiled == nil {
		return bk.Scratch()
	}
	return *g.compiled
}

// FilesCompiled returns a state with the reports on what was compiled of files
// beside the application, each in FolderOf the index of the files.
func (of *Graph) FilesCompiled() (st bk.State, indexes []int) {
	of.mu.Lock()
	defer of.mu.Unlock()
	var all *bk.FileAction
	for _, l := range of.g.plan.Layers {
		if l.Kind != plan.LayerFilesBytecode {
			continue
		}
		of.g.layer(l)
		indexes = append(indexes, l.Index)
		all = copyReport(all, of.g.filesCompiled[l.Index], l.Index)
	}
	if all == nil {
		return bk.Scratch(), nil
	}
	return bk.Scratch().File(all, bk.WithCustomName("[internal] collect what was compiled")), indexes
}

// InspectionAndCompiled returns both reports in one state, because each graph
// costs a request.
func (of *Graph) InspectionAndCompiled() bk.State {
	return of.state(func(g *graph) bk.State {
		all := &bk.CopyInfo{CopyDirContentsOnly: true}
		return bk.Scratch().File(
			bk.Copy(g.inspection(), "/", "/", all, bk.WithCreatedTime(fixedTime)).
				Copy(g.compiledReport(), "/", "/", all, bk.WithCreatedTime(fixedTime)),
			bk.WithCustomName("[internal] collect the findings"))
	})
}

// stepReport is a step with the mount of what it says about the home folder.
type stepReport struct {
	step   plan.Step
	report bk.State
}

// HomeFiles returns what the steps of the image say about the home folder, in one state
// because each graph costs a request: the answer of the step with the number n
// (package homefiles) is in FolderOf(n). The image has to be encoded before.
func (of *Graph) HomeFiles() (reports bk.State, steps []plan.Step) {
	of.mu.Lock()
	defer of.mu.Unlock()
	var all *bk.FileAction
	for n, l := range of.g.homeFiles {
		all = copyReport(all, l.report, n)
		steps = append(steps, l.step)
	}
	if all == nil {
		return bk.Scratch(), nil
	}
	return bk.Scratch().File(all, bk.WithCustomName("[internal] collect what steps have left in the home folder")), steps
}

// copyReport adds the copy of a report into the folder of its number.
func copyReport(all *bk.FileAction, report bk.State, n int) *bk.FileAction {
	return all.Copy(report, "/", FolderOf(n)+"/", &bk.CopyInfo{CopyDirContentsOnly: true, CreateDestPath: true}, bk.WithCreatedTime(fixedTime))
}

// FolderOf is the folder with the number n of a state that has one for each of
// several reports, patterns or layers.
func FolderOf(n int) string { return "/" + strconv.Itoa(n) }

// Installed returns the base with the distribution's packages and the Python
// that is added to it.
func (of *Graph) Installed() bk.State {
	return of.state(func(g *graph) bk.State {
		if l, ok := g.plan.Layer(plan.LayerPython); ok {
			return g.merge(g.base(), g.layers([]plan.Layer{l}))
		}
		return g.base()
	})
}

// Application returns the application's files at their path in the image,
// for callers that read them. The plan must have an App.
func (of *Graph) Application() bk.State { return of.state((*graph).application) }

// Resolved returns the folder with the wheels of pip's resolver, so that the
// frontend can read it before it plans the rest. The plan needs only its
// environment and its building.
func (of *Graph) Resolved() bk.State {
	return of.state(func(g *graph) bk.State {
		return g.resolve(g.plan.Building, g.plan.Environment.Python, g.built(g.plan))
	})
}

// Suspects returns a folder with the application's files whose names match
// the patterns, because they may be secrets or databases. Its key is the content of
// these files only.
func (of *Graph) Suspects(patterns []string) bk.State {
	application := of.Application()
	return bk.Scratch().File(
		bk.Copy(application, of.g.plan.App.Dir, "/", &bk.CopyInfo{
			CopyDirContentsOnly: true, IncludePatterns: patterns, AllowWildcard: true, AllowEmptyWildcard: true,
		}, bk.WithCreatedTime(fixedTime)),
		bk.WithCustomName("[internal] look for secrets and databases in the application"))
}

// below makes patterns that are relative to a folder relative to its root.
func below(folder string, patterns []string) []string {
	var all []string
	for _, p := range patterns {
		rest, not := strings.CutPrefix(p, "!")
		rest = path.Join(folder, rest)
		if not {
			rest = "!" + rest
		}
		all = append(all, rest)
	}
	return all
}

// Matches returns a state that has FolderOf the number of each pattern, with the files that the pattern selects. A folder is empty or missing
// if there are none. Its key is the content of these files only.
func (of *Graph) Matches(patterns []plan.Pattern) bk.State {
	return of.state(func(g *graph) bk.State { return g.matches(patterns) })
}

func (g *graph) matches(patterns []plan.Pattern) bk.State {
	p := g.plan
	var all *bk.FileAction
	for n, pattern := range patterns {
		from, dir, info := g.application(), "", &bk.CopyInfo{
			CopyDirContentsOnly: true, CreateDestPath: true, IncludePatterns: []string{pattern.Text},
		}
		if p.App != nil {
			dir = p.App.Dir
		}
		if f := pattern.Files; f != nil {
			// The client sends the folder only if it sends a file in it.
			from, dir = g.source(*f, TargetRuntime).state, "/"
			info.IncludePatterns, info.ExcludePatterns = below(f.From, f.Include), below(f.From, f.Exclude)
		}
		all = all.Copy(from, dir, FolderOf(n)+"/", info, bk.WithCreatedTime(fixedTime))
	}
	return bk.Scratch().File(all, bk.WithCustomName("[internal] look for patterns that match no file"))
}

// Deletions returns a state with the files whose names have a prefix, of the
// layers that come from elsewhere than the build context and the packages. Those
// of the layer with the number n are in FolderOf(n). Its key is the content of
// these files only. The image has to be encoded before.
func (of *Graph) Deletions(prefix string) (bk.State, []plan.Layer) {
	of.mu.Lock()
	defer of.mu.Unlock()
	g := of.g
	var layers []layer
	for _, l := range g.plan.Layers {
		if l.Kind == plan.LayerFiles && !g.plan.Files[l.Index].OfContext() {
			layers = append(layers, layer{l, g.layer(l)})
		}
	}
	layers = append(layers, g.outputs...)
	var all *bk.FileAction
	var described []plan.Layer
	for n, l := range layers {
		all = all.Copy(l.state, "/", FolderOf(n)+"/", &bk.CopyInfo{
			CopyDirContentsOnly: true, CreateDestPath: true, IncludePatterns: []string{"**/" + prefix + "*"},
		}, bk.WithCreatedTime(fixedTime))
		described = append(described, l.Layer)
	}
	return bk.Scratch().File(all, bk.WithCustomName("[internal] look for names that delete files")), described
}
