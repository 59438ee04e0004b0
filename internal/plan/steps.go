package plan

import (
	"cmp"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/source"
)

// Step is a user's command.
type Step struct {
	// Name is what the progress shows, or empty.
	Name    string     `json:"name,omitempty"`
	Run     []string   `json:"run"`
	Env     []Variable `json:"env,omitempty"`
	Secrets []Secret   `json:"secrets,omitempty"`
	Caches  []Cache    `json:"caches,omitempty"`
	SSH     bool       `json:"ssh,omitempty"`
	Network bool       `json:"network,omitempty"`
	// Narrow is true where the step sees no more than Inputs of the files
	// that would otherwise be there: those of the application, or those of a
	// stage's folder. They are .dockerignore patterns.
	Narrow bool     `json:"narrow,omitempty"`
	Inputs []string `json:"inputs,omitempty"`
	// Without are packages of the virtual environment that the step does not
	// see, because they are built from the files it has nothing to do with.
	Without []string `json:"without,omitempty"`
	// Listed is true where no more than Outputs is kept of what the step
	// writes. They are absolute, sorted, and none lies in another.
	Listed  bool   `json:"listed,omitempty"`
	Outputs []Kept `json:"outputs,omitempty"`
	// Root is what a step of the image runs on; empty for one of a stage.
	Root Root       `json:"root,omitempty"`
	Pos  source.Pos `json:"-"`
}

// What says in a few words what the step is.
func (s Step) What() string { return cmp.Or(s.Name, strings.Join(s.Run, " ")) }

// KeepsNothing reports whether nothing of what the step writes is in the image:
// it is run for its success alone.
func (s Step) KeepsNothing() bool { return s.Listed && len(s.Outputs) == 0 }

// Kept is a folder or a file that a step leaves.
type Kept struct {
	Path string `json:"path"`
	// Parents are the folders it lies in, as the image has them.
	Parents []Way `json:"parents,omitempty"`
}

// steps are the commands that run once everything is in place.
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
		if step.Narrow && len(step.Inputs) > 0 && plan.App == nil {
			return nil, source.Errorf(s.Inputs[0].Pos, "the step reads files of the application, and no application is copied: the project is a package").
				WithHint("name the files in include of [tool.moult.app], or write inputs = []")
		}
		if step.Narrow && len(step.Inputs) == 0 {
			step.Without = ofContext(plan.Packages, plan.Building)
		}
		step.Root = rootOf(s)
		if step.Root == RootBuilder && !step.Listed {
			return nil, source.Errorf(s.Pos, "the step runs in the builder and does not say what it leaves").
				WithHint("add outputs, the list of what is kept: outputs = [\"/app/static\"]")
		}
		for n := range step.Outputs {
			if step.Outputs[n].Path, step.Outputs[n].Parents, err = in.place(step.Outputs[n].Path, s.Outputs[n].Pos); err != nil {
				return nil, err
			}
		}
		step.Outputs = outermost(step.Outputs)
		all = append(all, step)
	}
	return all, nil
}

// step is what steps of the image and of stages have in common.
// image and base are the environment that its own adds to.
func (in Input) step(s project.Step, image []Variable, base []string) (Step, error) {
	step := Step{
		Name: s.Name, Run: s.Run.Strings(), SSH: s.SSH, Network: s.Network, Pos: s.Pos,
		Narrow: s.Inputs != nil, Listed: s.Outputs != nil,
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
			// Two projects that cache the same folder have different
			// things in it.
			id = pep503.Normalize(in.Project.Name.V) + c.Path
		}
		step.Caches = append(step.Caches, Cache{Path: c.Path, ID: id})
	}
	for _, i := range s.Inputs {
		step.Inputs = append(step.Inputs, i.V)
	}
	for _, o := range s.Outputs {
		step.Outputs = append(step.Outputs, Kept{Path: o.V})
	}
	return step, nil
}

// expand gives the variables of a step or a stage their final values.
func expand(own []project.Variable, image []Variable, base []string) ([]project.Variable, error) {
	return project.ExpandEnv(own, func(name string) (string, bool) {
		for n := len(image) - 1; n >= 0; n-- {
			if image[n].Name == name {
				return image[n].Value, true
			}
		}
		if value, ok := lookup(base, name); ok || name != "PATH" {
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
		folder[s.Name] = s.Dir != ""
	}
	var names []string
	for _, pkg := range packages {
		if pkg.Built != "" && folder[pkg.Built] {
			names = append(names, pkg.Name)
		}
	}
	return names
}

// outermost sorts outputs and drops what lies in another one.
func outermost(all []Kept) []Kept {
	slices.SortFunc(all, func(a, b Kept) int { return compare(a.Path, b.Path) })
	var kept []Kept
	for _, k := range all {
		if n := len(kept); n == 0 || k.Path != kept[n-1].Path && !below(kept[n-1].Path, k.Path) {
			kept = append(kept, k)
		}
	}
	return kept
}
