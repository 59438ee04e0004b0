package llb

import (
	"path"

	bk "github.com/moby/buildkit/client/llb"

	"github.com/moult-build/moult/internal/inside"
	"github.com/moult-build/moult/internal/plan"
)

// Conflicts gives the state whose root holds the files that several packages
// of the virtual environment bring (package conflict). It stands beside the
// image and is no part of it. The step sees the packages' layers; they are
// keyed by how they are made and not by their content, which would have to be
// read for that.
func Conflicts(p *plan.Plan, w World) bk.State {
	g := newGraph(p, w)
	args := []string{inside.InstallTool, "conflicts",
		"--prefix", inside.Venv, "--out", inside.Out, "--python", p.Environment.Python.Version()}
	var options []bk.RunOption
	for n, l := range g.layers(p) {
		if n == 0 {
			continue // the skeleton
		}
		dir := path.Join(inside.Layers, p.Layers[n-1].Packages[0])
		args = append(args, dir)
		options = append(options, bk.AddMount(dir, l.state, bk.Readonly, bk.ContentCache(bk.MountContentCacheOff)))
	}
	return g.exec(bk.Scratch().Platform(g.Build), step{
		target: TargetVenv, name: "compare the packages' files", args: args, options: options,
	}).AddMount(inside.Out, bk.Scratch())
}
