package plan

import (
	"path"
	"slices"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
)

// Stage is another image in which something is built.
type Stage struct {
	Name string `json:"name"`
	// Image is its reference; empty for the builder with its packages.
	Image string `json:"image,omitempty"`
	// Dir is the folder of the context that it works on, without what Exclude
	// leaves out; its files come into Workdir.
	Dir     string     `json:"dir"`
	Exclude []string   `json:"exclude,omitempty"`
	Workdir string     `json:"workdir"`
	Env     []Variable `json:"env,omitempty"`
	// System are the distribution's packages added to the image.
	System *SystemPackages `json:"system,omitempty"`
	// Venv is true where the virtual environment is at its place, without the
	// packages Without, which are built from the context.
	Venv    bool     `json:"venv,omitempty"`
	Without []string `json:"without,omitempty"`
	Steps   []Step   `json:"steps,omitempty"`

	// Pos is the stage's table, ImagePos the line that names its image.
	Pos      source.Pos `json:"-"`
	ImagePos source.Pos `json:"-"`
}

// Added is a result of a stage that is put into the project's folder before it
// is built or copied.
type Added struct {
	Stage string `json:"stage"`
	// From is absolute in the stage, To relative to the project's folder.
	From string     `json:"from"`
	To   string     `json:"to"`
	Pos  source.Pos `json:"-"`
}

// added are the results of stages that the project's folder gets.
func added(p *project.Project) []Added {
	var all []Added
	for _, s := range p.Settings.Stages {
		for _, o := range s.Outputs {
			if !path.IsAbs(o.To) {
				all = append(all, Added{Stage: s.Name, From: o.From, To: path.Clean(o.To), Pos: o.Pos})
			}
		}
	}
	return all
}

// stages are those of which the plan uses a result, by name.
func (in Input) stages(used map[string]bool, packages []Package, building *Building) ([]Stage, error) {
	var all []Stage
	for _, s := range in.Project.Settings.Stages {
		if !used[s.Name] {
			continue
		}
		stage, err := in.stage(s)
		if err != nil {
			return nil, err
		}
		if stage.Venv {
			stage.Without = ofContext(packages, building)
		}
		all = append(all, stage)
	}
	slices.SortFunc(all, func(a, b Stage) int { return compare(a.Name, b.Name) })
	return all, nil
}

func (in Input) stage(s project.Stage) (Stage, error) {
	stage := Stage{
		Name: s.Name, Image: s.Image.V, Dir: s.Dir, Workdir: s.Workdir, Venv: s.Venv, Pos: s.Pos, ImagePos: s.Image.Pos,
		Exclude: ignoredInSource(), System: in.stagePackages(s),
	}
	for _, e := range s.Exclude {
		stage.Exclude = append(stage.Exclude, e.V)
	}
	env, err := expand(s.Env, nil, in.ImageEnv[s.Image.V])
	if err != nil {
		return stage, err
	}
	for _, v := range env {
		stage.Env = append(stage.Env, Variable{v.Name, v.Value.V})
	}
	for _, step := range s.Steps {
		if !in.counts(step.Condition) {
			continue
		}
		if step.InBuilder {
			return stage, source.Errorf(step.Pos, "a step of a stage runs in the stage's image").
				WithHint("leave out in, or leave out the stage's image: then it is the builder's")
		}
		st, err := in.step(step, stage.Env, in.ImageEnv[s.Image.V])
		if err != nil {
			return stage, err
		}
		st.Outputs = outermost(st.Outputs)
		stage.Steps = append(stage.Steps, st)
	}
	return stage, nil
}

// stagePackages are the distribution's packages of a stage. Which kind its
// image takes the lists tell; of several, Debian's.
func (in Input) stagePackages(s project.Stage) *SystemPackages {
	arch := in.Environment.Platform.Arch
	lists := []struct {
		manager string
		list    []project.SystemPackage
	}{{environment.Apt, s.Apt}, {environment.Apk, s.Apk}, {environment.Dnf, s.Dnf}}
	if s.Image.V == "" {
		manager := BuilderManager(in.Project, Builder(in.Project, in.Python, in.Environment))
		for _, l := range lists {
			if l.manager == manager {
				return Packages(in.Project, manager, l.list, arch)
			}
		}
	}
	for _, l := range lists {
		if len(l.list) > 0 {
			return Packages(in.Project, l.manager, l.list, arch)
		}
	}
	return nil
}
