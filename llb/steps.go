package llb

import (
	"path"
	"slices"
	"strings"

	bk "github.com/moby/buildkit/client/llb"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/step/protocol"
)

// parts is a file system as a base and layers, which are merged only if the
// whole is needed.
type parts struct {
	base   bk.State
	layers []layer
}

func (g *graph) rootFS(p parts) bk.State {
	if len(p.layers) == 0 {
		return p.base
	}
	return g.merge(p.base, p.layers)
}

// image is the image while its steps are encoded.
type image struct {
	// all is the current file system.
	all parts
	// outputs are the results of the steps so far, each as a layer. unknown is
	// the last step whose result is not known as a layer, because it has no
	// outputs and the daemon cannot make a difference; nil if there is none.
	outputs []layer
	unknown *plan.Step
}

// steps runs the project's steps, one after another.
func (g *graph) steps(im *image) {
	g.outputs, g.homeFiles = nil, nil
	for n, step := range g.plan.Steps {
		if step.Root == plan.RootBuilder && im.unknown != nil && g.err == nil {
			g.err = source.Errorf(step.Pos, "the step runs in the builder and may need what the step %q before it wrote, "+
				"which cannot be taken out of the image with this BuildKit", im.unknown.What()).
				WithHint("say what that one leaves by outputs = [...], or build where BuildKit can tell differences: with the containerd image store of Docker, or in a builder of its own (docker buildx create --use)")
		}
		own := g.ownRoot(im, step)
		root := g.root(im, step, own)
		run := g.userStep(root, TargetRuntime, g.plan.Image.WorkingDir, g.env(step), step, reportOf(step))
		after := run.Root()
		if reportOf(step) != "" {
			// The step has this mount whether or not somebody reads it, because it is
			// part of the cache key.
			g.homeFiles = append(g.homeFiles, stepReport{step, run.AddMount(protocol.Report, bk.Scratch())})
		}
		l := layer{Layer: g.plan.LayerOfStep(n)}
		switch {
		case step.HasNoOutputs():
			g.checks = append(g.checks, &after)
		case step.Outputs != nil:
			l.state = g.copyOutputs(after, step)
			im.add(l)
			g.outputs = append(g.outputs, l)
		case own:
			// Of a step with its own root file system only the difference is part of the
			// image.
			l.state = g.diff(root, after, step)
			im.add(l)
			g.outputs = append(g.outputs, l)
		default:
			if g.canDiff() {
				l.state = g.diff(root, after, step)
				im.outputs = append(im.outputs, l)
			} else {
				im.unknown = &step
			}
			im.all = parts{base: after}
		}
	}
}

// add adds the result of a step.
func (im *image) add(l layer) {
	im.outputs = append(im.outputs, l)
	im.all.layers = append(im.all.layers, l)
}

// env are the environment variables of a step of the image.
func (g *graph) env(s plan.Step) []string {
	if s.Root == plan.RootBuilder {
		// The user's home folder is in the image, not in the builder.
		env := slices.DeleteFunc(slices.Clone(g.plan.Image.Env), func(v plan.Variable) bool {
			return v.Name == "HOME" && g.plan.User != nil && v.Value == g.plan.User.Home
		})
		return plan.Environ(g.BuilderEnv, env)
	}
	return g.plan.Config.Env
}

func (g *graph) canDiff() bool { return g.Can.Merge && g.Can.Diff }

// ownRoot reports whether a step gets its own root file system. If a daemon
// cannot make a difference, a step without outputs runs on the whole image so
// far, and so do all steps after it.
func (g *graph) ownRoot(im *image, s plan.Step) bool {
	switch s.Root {
	case plan.RootBuilder:
		return true
	case plan.RootBase:
		return im.unknown == nil && (s.Outputs != nil || g.canDiff())
	default:
		return false
	}
}

// root is the root file system of a step.
func (g *graph) root(im *image, s plan.Step, own bool) bk.State {
	if !own {
		st := g.rootFS(im.all)
		im.all = parts{base: st}
		return st
	}
	base := g.base()
	if s.Root == plan.RootBuilder {
		base = g.builder(g.plan.Building)
		if s.AddPython {
			base = g.merge(base, []layer{g.pythonFor(base, TargetBuilder, s.Pos)})
		}
	}
	layers := g.layers(g.plan.RootLayers(s))
	if s.Inputs == nil {
		return g.merge(base, append(layers, im.outputs...))
	}
	// The environment is merged first and separately, so that all steps share this
	// merge.
	root := g.withInputs(g.merge(base, layers), s)
	return g.rootFS(parts{root, im.outputs})
}

// withInputs adds the files of the application that a step reads. They are a
// separate copy whose key is its content, so that changes of other files do not
// run the step again.
func (g *graph) withInputs(root bk.State, s plan.Step) bk.State {
	if g.plan.App == nil || s.Inputs.None() {
		return root
	}
	dir := g.plan.App.Dir
	return root.File(
		g.folderAction(nil, g.plan.App.Parents).Copy(g.application(), dir, dir+"/", &bk.CopyInfo{
			CopyDirContentsOnly: true, CreateDestPath: true, IncludePatterns: s.Inputs.All(),
		}, bk.WithCreatedTime(g.appTime())),
		bk.WithCustomName("[internal] select the inputs of "+s.What()))
}

// diff are the changes of a step.
func (g *graph) diff(before, after bk.State, s plan.Step) bk.State {
	return bk.Diff(before, after, bk.WithCustomName("[internal] take what "+s.What()+" wrote"), g.Locate(s.Pos))
}

// copyOutputs copies the outputs from a step's result. A copy's key is its content:
// steps that use it do not run again because this step ran again.
func (g *graph) copyOutputs(after bk.State, s plan.Step) bk.State {
	var action *bk.FileAction
	made := map[string]bool{}
	var folders []plan.ParentDirectory
	for _, o := range s.Outputs.All() {
		parents := slices.DeleteFunc(slices.Clone(o.Parents), func(f plan.ParentDirectory) bool {
			repeated := made[f.Path]
			made[f.Path] = true
			return repeated || f.Path == o.Path
		})
		folders = append(folders, parents...)
		action = g.folderAction(action, parents)
		action = copyPath(action, after, o.Path)
	}
	return bk.Scratch().File(g.resetTimes(action, folders), bk.WithCustomName("[internal] keep the outputs of "+s.What()), g.Locate(s.Pos))
}

// copyPath copies a folder or a file with its owner and mode to the same path.
func copyPath(action *bk.FileAction, st bk.State, name string) *bk.FileAction {
	// The destination is the parent directory, which exists. So the folder
	// itself is copied, with its mode and owner, and not only its content.
	info := &bk.CopyInfo{CreateDestPath: true}
	return action.Copy(st, name, path.Dir(name)+"/", info, bk.WithCreatedTime(fixedTime))
}

// reportOf is the mount for what a step of the image says about the home folder;
// "" if the image gets nothing from the step.
func reportOf(s plan.Step) string {
	if s.HasNoOutputs() {
		return ""
	}
	return protocol.Report
}

// userStep runs a user's command.
func (g *graph) userStep(root bk.State, target, workdir string, env []string, s plan.Step, report string) bk.ExecState {
	options := []bk.RunOption{
		bk.User("0:0"), bk.Dir(workdir),
		// The step's imports must not write bytecode with times.
		bk.AddEnv("PYTHONDONTWRITEBYTECODE", "1"),
		bk.AddMount("/tmp", bk.Scratch(), bk.Tmpfs()),
	}
	for _, kv := range env {
		name, value, _ := strings.Cut(kv, "=")
		options = append(options, bk.AddEnv(name, value))
	}
	for _, v := range s.Env {
		options = append(options, bk.AddEnv(v.Name, v.Value))
	}
	for _, secret := range s.Secrets {
		more := []bk.SecretOption{bk.SecretID(secret.ID)}
		if secret.Optional {
			more = append(more, bk.SecretOptional)
		}
		if secret.Env != "" {
			options = append(options, bk.AddSecret(secret.Env, append(more, bk.SecretAsEnv(true))...))
		} else {
			options = append(options, bk.AddSecret(secret.Target, more...))
		}
	}
	for _, c := range s.Caches {
		options = append(options, g.cacheMount(c.Path, "step-"+c.ID, bk.CacheMountShared))
	}
	if s.SSH {
		options = append(options, bk.AddSSHSocket())
	}
	if !s.Network {
		options = append(options, g.Exec...)
	}
	c := protocol.Run{Report: report, Command: s.Run}
	if s.Outputs == nil || len(s.Outputs.All()) > 0 {
		// Copies have this time too, and bytecode must agree with its source.
		when := epoch()
		c.Epoch = &when
	}
	for _, o := range s.Outputs.All() {
		c.Outputs = append(c.Outputs, o.Path)
	}
	return g.exec(root, step{
		target: target, pos: s.Pos, network: s.Network,
		name:    s.What(),
		command: c,
		options: options,
	})
}
