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

// parts is a file system in the making: layers that are put on a base once
// somebody looks at the whole.
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

// image is the image in the making, while its steps run.
type image struct {
	// all is the file system so far.
	all parts
	// outputs are what the steps so far left, each as a layer; unknown is the
	// last of those that left all they wrote where no difference can be made
	// of it, nil where there is none.
	outputs []layer
	unknown *plan.Step
}

// steps runs the project's steps, one after another.
func (g *graph) steps(im *image) {
	for n, step := range g.plan.Steps {
		if step.Root == plan.RootBuilder && im.unknown != nil && g.err == nil {
			g.err = source.Errorf(step.Pos, "the step runs in the builder and may need what the step %q before it wrote, "+
				"which cannot be taken out of the image with this BuildKit", im.unknown.What()).
				WithHint("say what that one leaves by outputs = [...], or build with BuildKit v0.10 or later, for instance in a builder of its own (docker buildx create --use)")
		}
		own := g.ownRoot(im, step)
		root := g.root(im, step, own)
		after := g.userStep(root, TargetRuntime, g.plan.Image.WorkingDir, g.env(step), step)
		l := layer{Layer: g.plan.LayerOfStep(n)}
		switch {
		case step.KeepsNothing():
			g.checks = append(g.checks, after)
		case step.Outputs != nil:
			l.state = g.copyOutputs(after, step)
			im.add(l)
		case own:
			// Only the difference counts of what ran on a root of its own.
			l.state = g.diff(root, after, step)
			im.add(l)
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

// add adds what a step left.
func (im *image) add(l layer) {
	im.outputs = append(im.outputs, l)
	im.all.layers = append(im.all.layers, l)
}

// env is the environment that a step of the image runs in.
func (g *graph) env(s plan.Step) []string {
	if s.Root == plan.RootBuilder {
		return plan.Environ(g.BuilderEnv, g.plan.Image.Env)
	}
	return g.plan.Config.Env
}

func (g *graph) canDiff() bool { return g.Can.Merge && g.Can.Diff }

// ownRoot reports whether a step gets a root of its own. Where a daemon cannot
// tell what a step has changed, it runs on all there is; so does one that
// comes after such a step.
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

// root is the file system that a step runs on.
func (g *graph) root(im *image, s plan.Step, own bool) bk.State {
	if !own {
		st := g.rootFS(im.all)
		im.all = parts{base: st}
		return st
	}
	base := g.base()
	if s.Root == plan.RootBuilder {
		base = g.builder(g.plan.Building)
		if g.plan.Building.AddPython {
			base = g.merge(base, []layer{g.pythonFor(base, TargetBuilder, s.Pos)})
		}
	}
	layers := g.layers(g.plan.RootLayers(s))
	if s.Inputs == nil {
		return g.merge(base, append(layers, im.outputs...))
	}
	// The environment first, by itself: it is put together once for all steps.
	root := g.withInputs(g.merge(base, layers), s)
	return g.rootFS(parts{root, im.outputs})
}

// withInputs adds the files of the application that a step reads. They are a
// copy of their own, keyed by its content: what else changes in the application
// does not matter.
func (g *graph) withInputs(root bk.State, s plan.Step) bk.State {
	if g.plan.App == nil || s.Inputs.None() {
		return root
	}
	dir := g.plan.App.Dir
	return root.File(
		bk.Copy(g.application(), dir, dir+"/", &bk.CopyInfo{
			CopyDirContentsOnly: true, CreateDestPath: true, IncludePatterns: s.Inputs.All(),
		}, bk.WithCreatedTime(g.appTime())),
		bk.WithCustomName("[internal] select the inputs of "+s.What()))
}

// diff is what a step has changed.
func (g *graph) diff(before, after bk.State, s plan.Step) bk.State {
	return bk.Diff(before, after, bk.WithCustomName("[internal] take what "+s.What()+" wrote"), g.Locate(s.Pos))
}

// copyOutputs takes the outputs out of what a step leaves. Copies are keyed by their
// content: who sees them does not run again because the step did.
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
		action = folderAction(action, parents)
		action = g.copyPath(action, after, o.Path, o.Path)
	}
	return bk.Scratch().File(resetTimes(action, folders), bk.WithCustomName("[internal] keep the outputs of "+s.What()), g.Locate(s.Pos))
}

// copyPath copies a folder or a file with its owner and mode to the same place.
func (g *graph) copyPath(action *bk.FileAction, st bk.State, name, to string) *bk.FileAction {
	// Into the parent, which is there: so a folder comes with what it is,
	// and not its content alone.
	info := &bk.CopyInfo{CreateDestPath: true}
	dest := path.Dir(to) + "/"
	if action == nil {
		return bk.Copy(st, name, dest, info, bk.WithCreatedTime(fixedTime))
	}
	return action.Copy(st, name, dest, info, bk.WithCreatedTime(fixedTime))
}

// userStep runs a user's command.
func (g *graph) userStep(root bk.State, target, workdir string, env []string, s plan.Step) bk.State {
	options := []bk.RunOption{
		bk.User("0:0"), bk.Dir(workdir),
		// What a step imports must not leave bytecode with times in it.
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
	c := protocol.Run{Command: s.Run}
	if s.Outputs == nil && target == TargetRuntime {
		// What is copied gets its time from the copy.
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
	}).Root()
}
