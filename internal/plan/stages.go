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
	// Dir is the folder of the context whose files it gets, without those that
	// match Exclude; they are copied into Workdir.
	Dir     string     `json:"dir"`
	Exclude []string   `json:"exclude,omitempty"`
	Workdir string     `json:"workdir"`
	Env     []Variable `json:"env,omitempty"`
	// System are the distribution's packages added to the image.
	System *SystemPackages `json:"system,omitempty"`
	// Venv is true if the stage has the virtual environment, without the
	// packages ExcludePackages, which are built from the context.
	Venv            bool     `json:"venv,omitempty"`
	ExcludePackages []string `json:"excludePackages,omitempty"`
	// AddPython is true if the stage has the virtual environment and its image
	// may not have the base's Python at the same path.
	AddPython bool `json:"addPython,omitempty"`
	// Stamped are folders and files of its image that are copied out of it. Their
	// bytecode gets the time that a copy gives to its source.
	Stamped []string `json:"stamped,omitempty"`
	Steps   []Step   `json:"steps,omitempty"`

	// Pos is the stage's table, ImagePos the line that names its image.
	Pos      source.Pos `json:"-"`
	ImagePos source.Pos `json:"-"`
}

// Added is an output of a stage that is copied into the project's folder
// before the project is built or copied.
type Added struct {
	Stage string `json:"stage"`
	// From is absolute in the stage, To relative to the project's folder.
	From string     `json:"from"`
	To   string     `json:"to"`
	Pos  source.Pos `json:"-"`
}

// added are the outputs of stages for the project's folder.
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

// stages are the stages whose outputs the plan uses, by name.
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
			stage.ExcludePackages = ofContext(packages, building)
			stage.AddPython = stage.Image != "" || in.lacksPython(building)
		}
		all = append(all, stage)
	}
	slices.SortFunc(all, func(a, b Stage) int { return compare(a.Name, b.Name) })
	return all, nil
}

// StageImages are the images of stages whose environment variables a plan has
// to know, because a stage extends them, with the line of each: those that the
// whole image may need on an architecture, or only those that the environment
// and the builder need.
func StageImages(p *project.Project, arch string, whole bool) map[string]source.Pos {
	used := map[string]bool{}
	for _, set := range p.Settings.Files {
		if set.Stage.V != "" && holds(p, set.Condition, arch) && (set.InBuilder || whole && set.InImage) {
			used[set.Stage.V] = true
		}
	}
	_, builds := own(p)
	images := map[string]source.Pos{}
	for _, s := range p.Settings.Stages {
		for _, o := range s.Outputs {
			if whole || builds && !path.IsAbs(o.To) {
				used[s.Name] = true
			}
		}
		adds := func(step project.Step) bool { return len(step.Env) > 0 && holds(p, step.Condition, arch) }
		if s.Image.V != "" && used[s.Name] && (len(s.Env) > 0 || slices.ContainsFunc(s.Steps, adds)) {
			images[s.Image.V] = s.Image.Pos
		}
	}
	return images
}

// stamped are the paths that are copied out of a stage and may be of its image:
// its working directory, and what is neither there nor in the output of a step.
// They are the project's alone, because the stage must be the same in the plans
// that ask for less than the whole image. A path that the steps have in their
// keys already is better than one that is new: another output of a stage must
// not run its steps again.
func stamped(p *project.Project, s Stage) []string {
	var copied, all []string
	for _, set := range p.Settings.Files {
		if set.Stage.V == s.Name {
			dir, _ := splitPattern(set.From.V)
			copied = append(copied, path.Join("/", dir))
		}
	}
	for _, stage := range p.Settings.Stages {
		if stage.Name != s.Name {
			continue
		}
		for _, o := range stage.Outputs {
			copied = append(copied, path.Join("/", o.From))
		}
	}
	for _, name := range copied {
		switch {
		case slices.ContainsFunc(s.Steps, func(step Step) bool { return step.Outputs.mayHold(name) }):
		case within(name, s.Workdir):
			all = append(all, s.Workdir)
		default:
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (in Input) stage(s project.Stage) (Stage, error) {
	stage := Stage{
		Name: s.Name, Image: s.Image.V, Dir: s.Dir, Workdir: s.Workdir, Venv: s.Venv, Pos: s.Pos, ImagePos: s.Image.Pos,
		Exclude: ignoredInSource(), System: in.stagePackages(s),
	}
	for _, e := range s.Exclude {
		stage.Exclude = append(stage.Exclude, e.V)
	}
	of, known := in.ImageEnv[s.Image.V]
	if s.Image.V != "" && !known {
		s = withoutOpen(s)
	}
	env, err := expand(s.Env, nil, of)
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
		st, err := in.step(step, stage.Env, of)
		if err != nil {
			return stage, err
		}
		st.Outputs = st.Outputs.outermost()
		stage.Steps = append(stage.Steps, st)
	}
	stage.Stamped = stamped(in.Project, stage)
	return stage, nil
}

// withoutOpen is a stage without the variables whose values depend on an image
// that was not requested, because the target does not need the stage.
func withoutOpen(s project.Stage) project.Stage {
	open := func(v project.Variable) bool {
		_, err := expand([]project.Variable{v}, nil, nil)
		return err != nil
	}
	s.Env = slices.DeleteFunc(slices.Clone(s.Env), open)
	s.Steps = slices.Clone(s.Steps)
	for n := range s.Steps {
		s.Steps[n].Env = slices.DeleteFunc(slices.Clone(s.Steps[n].Env), open)
	}
	return s
}

// stagePackages are the distribution's packages of a stage. The table with
// packages says the image's package manager; if several have some, it is
// Debian's.
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
