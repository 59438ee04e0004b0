package llb

import (
	"path"

	bk "github.com/moby/buildkit/client/llb"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/step/protocol"
)

// Inspection gives the state whose root holds what was found in the packages of
// the virtual environment: files that several of them bring (package conflict)
// and libraries that none of them does (package libraries). It stands beside
// the image and is no part of it. The step sees the packages' layers; they are
// keyed by how they are made and not by their content, which would have to be
// read for that.
func Inspection(p *plan.Plan, w World) bk.State {
	g := newGraph(p, w)
	c := protocol.Inspect{Prefix: protocol.Venv, Python: p.Environment.Python.Version(), Output: protocol.Output}
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

// Installed gives the base with the distribution's packages and the Python that
// is added to it, as they are in the image.
func Installed(p *plan.Plan, w World) bk.State {
	g := newGraph(p, w)
	if l, ok := p.Layer(plan.LayerPython); ok {
		return g.merge(g.base(), g.layers([]plan.Layer{l}))
	}
	return g.base()
}

// Secrets gives a folder with those of the application's files that may be
// secrets by their names, which patterns match. It is keyed by these files
// alone.
func Secrets(p *plan.Plan, w World, patterns []string) bk.State {
	g := newGraph(p, w)
	return bk.Scratch().File(
		bk.Copy(g.application(), p.App.Dir, "/", &bk.CopyInfo{
			CopyDirContentsOnly: true, IncludePatterns: patterns, AllowWildcard: true, AllowEmptyWildcard: true,
		}, bk.WithCreatedTime(fixedTime)),
		bk.WithCustomName("[internal] look for secrets in the application"))
}
