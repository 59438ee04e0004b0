package llb

import (
	"path"

	bk "github.com/moby/buildkit/client/llb"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/step/protocol"
)

// stage returns the file system after the last step of a stage.
func (g *graph) stage(name string) bk.State {
	for _, s := range g.plan.Stages {
		if s.Name == name {
			return g.once(g.stages, name, func() bk.State { return g.runStage(s) })
		}
	}
	return bk.Scratch()
}

// runStage runs the steps of a stage one after another on its image. Each
// step gets the files that its inputs name, and later steps see them too.
func (g *graph) runStage(s plan.Stage) bk.State {
	var st bk.State
	env := g.BuilderEnv
	if s.Image != "" {
		env = g.Images[s.Image].Env
		st = g.packages(g.Images[s.Image].State, s.Name, protocol.StagePackagesID(s.Name), s.System)
	} else {
		st = g.packages(g.Builder, TargetBuilder, protocol.BuildPackagesID, g.plan.Building.System)
		st = g.packages(st, s.Name, protocol.StagePackagesID(s.Name), s.System)
	}
	if len(s.Stamped) > 0 {
		// Before the steps, because a change of the project's code runs these
		// again. What they write has the fixed time, and good bytecode, already.
		st = g.keepBytecode(st, s.Name, "files of the stage "+s.Name, s.Pos, s.Stamped...)
	}
	if s.Venv {
		layers := g.layers(g.plan.EnvironmentLayers(s.ExcludePackages))
		if s.AddPython {
			layers = append([]layer{g.pythonFor(st, s.Name, s.Pos)}, layers...)
		}
		st = g.merge(st, layers)
		env = plan.Environ(env, []plan.Variable{{Name: "VIRTUAL_ENV", Value: protocol.Venv}})
	}
	env = plan.WithVariables(env, s.Env)
	tree := g.Context(Selection{Hint: "stage-" + s.Name, Dir: s.Dir, Exclude: s.Exclude})
	var parents []plan.ParentDirectory
	for _, dir := range plan.Prefixes(s.Workdir) {
		parents = append(parents, plan.ParentDirectory{Path: dir, Mode: 0o755})
	}
	if len(parents) > 0 {
		st = st.File(g.folderAction(nil, parents),
			bk.WithCustomName("[internal] make "+s.Workdir), g.Locate(s.Pos))
	}
	for _, step := range s.Steps {
		before := g.copyInputs(st, tree, s, step)
		after := g.userStep(before, s.Name, s.Workdir, env, step, "").Root()
		st = g.afterStageStep(before, after, step)
	}
	if len(s.Steps) == 0 {
		st = g.copyInputs(st, tree, s, plan.Step{})
	}
	return st
}

// copyInputs copies the files of a stage's folder that a step has as inputs.
func (g *graph) copyInputs(st, tree bk.State, s plan.Stage, step plan.Step) bk.State {
	if step.Inputs.None() {
		return st
	}
	return st.File(
		bk.Copy(tree, path.Join("/", s.Dir), s.Workdir+"/", &bk.CopyInfo{
			CopyDirContentsOnly: true, CreateDestPath: true,
			IncludePatterns: step.Inputs.All(), ExcludePatterns: s.Exclude,
		}, bk.WithCreatedTime(fixedTime)),
		bk.WithCustomName("[internal] copy the inputs of "+step.What()), g.Locate(step.Pos))
}

// afterStageStep is the file system after a step of a stage.
func (g *graph) afterStageStep(before, after bk.State, step plan.Step) bk.State {
	switch {
	case step.Outputs == nil:
		return after
	case step.HasNoOutputs():
		g.checks = append(g.checks, &after)
		return before
	}
	var action *bk.FileAction
	for _, o := range step.Outputs.All() {
		action = copyPath(action, after, o.Path)
	}
	return before.File(action, bk.WithCustomName("[internal] keep the outputs of "+step.What()), g.Locate(step.Pos))
}

// pythonFor adds the image's Python to another image in which the virtual
// environment is used, if that image lacks it.
func (g *graph) pythonFor(to bk.State, target string, pos source.Pos) layer {
	// The Python of a base may come from its packages.
	python, image := g.plan.Environment.Python, g.base()
	if g.plan.PythonFrom != nil {
		image = g.Python
	}
	l := plan.Layer{Name: "add Python " + python.Name()}
	return layer{l, g.exec(bk.Scratch().Platform(g.Build), step{
		target: target, pos: pos, name: l.Name,
		command: addPython(python),
		options: []bk.RunOption{g.mountReadonly(protocol.Base, to), g.mountReadonly(protocol.Origin, image)},
	}).AddMount(protocol.Output, bk.Scratch())}
}
