package llb

import (
	"path"

	bk "github.com/moby/buildkit/client/llb"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/step/protocol"
)

// Inspection returns the state whose root holds the report on the packages of
// the virtual environment: files that several packages have (package conflict)
// and libraries that no package has (package libraries). It is not part of the
// image. The step mounts the packages' layers; the key is their definition, not
// their content, because the daemon would have to read all layers for that.
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

// Installed returns the base with the distribution's packages and the Python
// that is added to it.
func Installed(p *plan.Plan, w World) bk.State {
	g := newGraph(p, w)
	if l, ok := p.Layer(plan.LayerPython); ok {
		return g.merge(g.base(), g.layers([]plan.Layer{l}))
	}
	return g.base()
}

// Secrets returns a folder with the application's files whose names match
// the patterns, because they may be secrets. Its key is the content of these
// files only.
func Secrets(p *plan.Plan, w World, patterns []string) bk.State {
	g := newGraph(p, w)
	return bk.Scratch().File(
		bk.Copy(g.application(), p.App.Dir, "/", &bk.CopyInfo{
			CopyDirContentsOnly: true, IncludePatterns: patterns, AllowWildcard: true, AllowEmptyWildcard: true,
		}, bk.WithCreatedTime(fixedTime)),
		bk.WithCustomName("[internal] look for secrets in the application"))
}
