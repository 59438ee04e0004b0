package plan

import (
	"cmp"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/source"
)

// Step is a user's command.
type Step struct {
	// Name is shown in the progress; it may be empty.
	Name    string     `json:"name,omitempty"`
	Run     []string   `json:"run"`
	Env     []Variable `json:"env,omitempty"`
	Secrets []Secret   `json:"secrets,omitempty"`
	Caches  []Cache    `json:"caches,omitempty"`
	SSH     bool       `json:"ssh,omitempty"`
	Network bool       `json:"network,omitempty"`
	// Inputs are the files that the step sees: files of the application, or of a
	// stage's folder. Nil means all.
	Inputs *Patterns `json:"inputs,omitempty"`
	// ExcludePackages are packages of the virtual environment that the step does not
	// see, because they are built from files that are not its inputs.
	ExcludePackages []string `json:"excludePackages,omitempty"`
	// Outputs are the paths that the image gets from the step. Nil means
	// everything that it writes.
	Outputs *Outputs `json:"outputs,omitempty"`
	// Root is the root file system of a step of the image; empty for a step of a
	// stage.
	Root Root `json:"root,omitempty"`
	// AddPython is true if the root file system is the builder, which may not
	// have the base's Python at the same path.
	AddPython bool       `json:"addPython,omitempty"`
	Pos       source.Pos `json:"-"`
}

// What describes the step in a few words.
func (s Step) What() string { return cmp.Or(s.Name, strings.Join(s.Run, " ")) }

// HasNoOutputs reports whether the image gets no file from the step: it runs
// only to check that it succeeds.
func (s Step) HasNoOutputs() bool { return s.Outputs != nil && len(*s.Outputs) == 0 }

// Patterns are .dockerignore patterns of files, or not set.
type Patterns []string

// All are the patterns; none if they are not set.
func (p *Patterns) All() []string {
	if p == nil {
		return nil
	}
	return *p
}

// None reports whether the list is set and empty.
func (p *Patterns) None() bool { return p != nil && len(*p) == 0 }

// Outputs are the outputs of a step, or not set. They are absolute, sorted, and
// none is inside another one.
type Outputs []Output

// All are the outputs; none if they are not set.
func (o *Outputs) All() []Output {
	if o == nil {
		return nil
	}
	return *o
}

// Output is a folder or a file that a step writes for the image.
type Output struct {
	Path string `json:"path"`
	// Parents are its parent directories, as the image has them.
	Parents []ParentDirectory `json:"parents,omitempty"`
}

// steps are the commands that run after everything else is in the image.
func (in Input) steps(plan *Plan) ([]Step, error) {
	var all []Step
	for _, s := range in.Project.Settings.Steps {
		if !in.counts(s.Condition) {
			continue
		}
		step, err := in.step(s, append([]Variable{{"PATH", Path(in.BaseConfig.Env)}}, plan.Image.Env...), in.BaseConfig.Env)
		if err != nil {
			return nil, err
		}
		if len(step.Inputs.All()) > 0 && plan.App == nil {
			return nil, source.Errorf(s.Inputs[0].Pos, "the step has inputs from the application, but the project is built as a package, so no application is copied").
				WithHint("name the files in include of [tool.moult.app], or write inputs = []")
		}
		if step.Inputs.None() {
			step.ExcludePackages = ofContext(plan.Packages, plan.Building)
		}
		step.Root = rootOf(s)
		if step.Root == RootBuilder && step.Outputs == nil {
			return nil, source.Errorf(s.Pos, "the step runs in the builder and names no outputs").
				WithHint("list the files and folders to copy into the image: outputs = [\"/app/static\"]")
		}
		outputs := step.Outputs.All()
		for n := range outputs {
			if outputs[n].Path, outputs[n].Parents, err = in.place(outputs[n].Path, s.Outputs[n].Pos); err != nil {
				return nil, err
			}
		}
		step.Outputs = step.Outputs.outermost()
		all = append(all, step)
	}
	return all, nil
}

// step makes the part of a step that steps of the image and of stages have
// in common. image and base are the environment variables that its own
// extend.
func (in Input) step(s project.Step, image []Variable, base []string) (Step, error) {
	step := Step{
		Name: s.Name, Run: s.Run.Strings(), SSH: s.SSH, Network: s.Network, Pos: s.Pos,
	}
	env, err := expand(s.Env, image, base)
	if err != nil {
		return step, err
	}
	for _, v := range env {
		step.Env = append(step.Env, Variable{v.Name, v.Value.V})
	}
	for _, secret := range s.Secrets {
		step.Secrets = append(step.Secrets, Secret{ID: secret.ID, Target: secret.File, Env: secret.Env, Optional: secret.Optional})
	}
	for _, c := range s.Caches {
		id := c.ID
		if id == "" {
			// Two projects that cache the same folder store different files in it.
			id = pep503.Normalize(in.Project.Name.V) + c.Path
		}
		step.Caches = append(step.Caches, Cache{Path: c.Path, ID: id})
	}
	if s.Inputs != nil {
		inputs := Patterns{}
		for _, i := range s.Inputs {
			inputs = append(inputs, i.V)
		}
		step.Inputs = &inputs
	}
	if s.Outputs != nil {
		outputs := Outputs{}
		for _, o := range s.Outputs {
			outputs = append(outputs, Output{Path: o.V})
		}
		step.Outputs = &outputs
	}
	return step, nil
}

// expand sets the final values of the variables of a step or a stage.
func expand(own []project.Variable, image []Variable, base []string) ([]project.Variable, error) {
	return project.ExpandEnv(own, func(name string) (string, bool) {
		for n := len(image) - 1; n >= 0; n-- {
			if image[n].Name == name {
				return image[n].Value, true
			}
		}
		if value, ok := environment.LookupEnv(base, name); ok || name != "PATH" {
			return value, ok
		}
		return defaultPath, true
	})
}

// ofContext are the packages that are built from folders of the context.
func ofContext(packages []Package, building *Building) []string {
	if building == nil {
		return nil
	}
	folder := map[string]bool{}
	for _, s := range building.Sources {
		folder[s.Name] = s.Folder() != nil
	}
	var names []string
	for _, pkg := range packages {
		if folder[pkg.BuiltFrom()] {
			names = append(names, pkg.Name)
		}
	}
	return names
}

// outermost sorts outputs and removes those that are inside another one.
func (o *Outputs) outermost() *Outputs {
	if o == nil {
		return nil
	}
	slices.SortFunc(*o, func(a, b Output) int { return compare(a.Path, b.Path) })
	out := Outputs{}
	for _, next := range *o {
		if n := len(out); n == 0 || next.Path != out[n-1].Path && !below(out[n-1].Path, next.Path) {
			out = append(out, next)
		}
	}
	return &out
}
