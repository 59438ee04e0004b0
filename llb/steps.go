package llb

import (
	"cmp"
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

func (g *graph) whole(p parts) bk.State {
	if len(p.layers) == 0 {
		return p.base
	}
	return g.merge(p.base, p.layers)
}

// scene is what steps find in place.
type scene struct {
	plan *plan.Plan
	// all is the file system so far.
	all parts
	// base is the image with its packages, still those layers that have nothing
	// to do with the application, env the packages of the environment.
	base  bk.State
	still func(without []string) []layer
	app   *layer
	// kept is what earlier steps left, each as a layer; whole is the last of
	// those that left all they wrote where no difference can be made of it,
	// nil where there is none.
	kept  []layer
	whole *plan.Step
}

// steps runs the project's steps, one after another, and gives the history of
// those that leave something.
func (g *graph) steps(s *scene) (history []string) {
	for _, step := range s.plan.Steps {
		if step.Builder && s.whole != nil && g.err == nil {
			g.err = source.Errorf(step.Pos, "the step runs in the builder and may need what the step %q before it wrote, "+
				"which cannot be taken out of the image with this BuildKit", stepName(*s.whole)).
				WithHint("say what that one leaves by outputs = [...], or build with BuildKit v0.10 or later, for instance in a builder of its own (docker buildx create --use)")
		}
		root := g.root(s, step)
		after := g.userStep(root, TargetRuntime, s.plan.Image.WorkingDir, Env(g.env(step), s.plan.Image), step)
		name := "run " + stepName(step)
		switch {
		case step.Listed && len(step.Outputs) == 0:
			g.checks = append(g.checks, after)
			continue
		case step.Listed:
			s.keep(layer{state: g.keep(after, step), name: name})
		case g.narrow(s, step):
			// It ran on a root of its own, of which only the difference
			// counts.
			s.keep(layer{state: g.diff(root, after, step), name: name})
		default:
			if g.canDiff() {
				s.kept = append(s.kept, layer{state: g.diff(root, after, step), name: name})
			} else {
				s.whole = &step
			}
			s.all = parts{base: after}
		}
		history = append(history, name)
	}
	return history
}

// keep adds what a step left.
func (s *scene) keep(l layer) {
	s.kept = append(s.kept, l)
	s.all.layers = append(s.all.layers, l)
}

// env is the environment of the image that a step runs in.
func (g *graph) env(s plan.Step) []string {
	if s.Builder {
		return g.BuilderEnv
	}
	return g.BaseEnv
}

func (g *graph) canDiff() bool { return g.Can.Merge && g.Can.Diff }

// narrow reports whether a step gets a root of its own, without what it does
// not need.
func (g *graph) narrow(s *scene, step plan.Step) bool {
	return step.Narrow && s.whole == nil && (step.Listed || g.canDiff())
}

// root is the file system that a step runs on.
func (g *graph) root(s *scene, step plan.Step) bk.State {
	if step.Builder {
		return g.inBuilder(s, step)
	}
	if !g.narrow(s, step) {
		st := g.whole(s.all)
		s.all = parts{base: st}
		return st
	}
	// The environment first, by itself: it is put together once for all steps.
	root := g.withInputs(g.merge(s.base, s.still(step.Without)), s, step)
	return g.whole(parts{root, s.kept})
}

// withInputs adds the files of the application that a step reads. They are a
// copy of their own, keyed by its content: what else changes in the application
// does not matter.
func (g *graph) withInputs(root bk.State, s *scene, step plan.Step) bk.State {
	if s.app == nil || step.Narrow && len(step.Inputs) == 0 {
		return root
	}
	dir := s.plan.App.Dir
	return root.File(
		bk.Copy(s.app.state, dir, dir+"/", &bk.CopyInfo{
			CopyDirContentsOnly: true, CreateDestPath: true, IncludePatterns: step.Inputs,
		}, bk.WithCreatedTime(g.appTime())),
		bk.WithCustomName("[internal] select the inputs of "+stepName(step)))
}

// inBuilder is the builder with the environment and the application at their
// places.
func (g *graph) inBuilder(s *scene, step plan.Step) bk.State {
	base := g.builder(s.plan.Building)
	if s.plan.Building.AddPython {
		base = g.merge(base, []layer{g.bringPython(base, TargetBuilder, step.Pos)})
	}
	if !step.Narrow {
		layers := s.still(nil)
		if s.app != nil {
			layers = append(layers, *s.app)
		}
		return g.merge(base, append(layers, s.kept...))
	}
	root := g.withInputs(g.merge(base, s.still(step.Without)), s, step)
	return g.whole(parts{root, s.kept})
}

// environment is the virtual environment without some packages. One that shares
// a layer is left out of it, too: a stage may make what it is built from.
func (g *graph) environment(p *plan.Plan, without []string) []layer {
	some := *p
	some.Layers = nil
	for _, l := range p.Layers {
		l.Packages = slices.DeleteFunc(slices.Clone(l.Packages), func(name string) bool { return slices.Contains(without, name) })
		if len(l.Packages) > 0 {
			some.Layers = append(some.Layers, l)
		}
	}
	return g.layers(&some)
}

// diff is what a step has changed.
func (g *graph) diff(before, after bk.State, s plan.Step) bk.State {
	return bk.Diff(before, after, bk.WithCustomName("[internal] take what "+stepName(s)+" wrote"), g.Locate(s.Pos))
}

// keep takes the outputs out of what a step leaves. Copies are keyed by their
// content: who sees them does not run again because the step did.
func (g *graph) keep(after bk.State, s plan.Step) bk.State {
	var action *bk.FileAction
	made := map[string]bool{}
	var folders []plan.Way
	for _, o := range s.Outputs {
		parents := slices.DeleteFunc(slices.Clone(o.Parents), func(f plan.Way) bool {
			seen := made[f.Path]
			made[f.Path] = true
			return seen || f.Path == o.Path
		})
		folders = append(folders, parents...)
		action = folderAction(action, parents)
		action = g.take(action, after, o.Path, o.Path)
	}
	return bk.Scratch().File(settle(action, folders), bk.WithCustomName("[internal] keep the outputs of "+stepName(s)), g.Locate(s.Pos))
}

// take copies a folder or a file with its owner and mode to the same place.
func (g *graph) take(action *bk.FileAction, st bk.State, name, to string) *bk.FileAction {
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
	args := []string{protocol.BuildTool, "run"}
	if !s.Listed && target == TargetRuntime {
		// What is copied gets its time from the copy.
		args = append(args, "-epoch", epoch())
	}
	for _, o := range s.Outputs {
		args = append(args, "-leaves", o.Path)
	}
	return g.exec(root, step{
		target: target, pos: s.Pos, network: s.Network,
		name:    stepName(s),
		args:    append(append(args, "--"), s.Run...),
		options: options,
	}).Root()
}

func stepName(s plan.Step) string { return cmp.Or(s.Name, strings.Join(s.Run, " ")) }
