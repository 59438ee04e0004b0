package plan

import (
	"slices"
	"strconv"
	"strings"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
)

// parts decides about everything except the virtual environment: the
// application, files, stages and steps.
func (in Input) parts(plan *Plan) error {
	var err error
	if a := plan.App; a != nil {
		if a.Dir, a.Parents, err = in.place(a.Dir, in.Project.Settings.App.To.Pos); err != nil {
			return err
		}
		if in.mayOpen(a.Dir) {
			in = in.open(a)
		}
		a.Added = added(in.Project)
	}
	if plan.Files, err = in.files(ownerOf(plan)); err != nil {
		return err
	}
	if plan.Steps, err = in.steps(plan); err != nil {
		return err
	}
	if plan.Building == nil && needsBuilder(in.Project, plan) {
		plan.Building = newBuilding(in.Project, in.Python, in.Environment, in.Requested)
	}
	if b := plan.Building; b != nil {
		// Without a lock, Prepare has already added them.
		if b.Files == nil {
			if b.Files, err = builderFiles(in.Project, in.Environment.Platform.Arch); err != nil {
				return err
			}
		}
		addToOwn(in.Project, b)
		lacks := in.lacksPython(b)
		for n := range plan.Steps {
			plan.Steps[n].AddPython = lacks && runsInBuilder(plan.Steps[n])
		}
	}
	plan.Stages, err = in.stages(plan.usedStages(), plan.Packages, plan.Building)
	if err != nil {
		return err
	}
	plan.Folders = in.folders(plan)
	return acyclic(plan)
}

// Prepare adds the files and stages that a builder needs to its work, and
// returns these stages. It is for callers that build something before the plan
// is made.
func (in Input) Prepare(b *Building) ([]Stage, error) {
	var err error
	if b.Files, err = builderFiles(in.Project, in.Environment.Platform.Arch); err != nil {
		return nil, err
	}
	addToOwn(in.Project, b)
	p := &Plan{Building: b}
	if p.Stages, err = in.stages(p.usedStages(), nil, b); err != nil {
		return nil, err
	}
	return p.Stages, acyclic(p)
}

// addToOwn adds outputs of stages to the source tree of the project's own
// wheel.
func addToOwn(p *project.Project, b *Building) {
	all := added(p)
	if len(all) == 0 {
		return
	}
	if s, ok := own(p); ok {
		for n := range b.Sources {
			if f := b.Sources[n].Folder(); f != nil && b.Sources[n].Name == s.Name && f.Dir == p.Dir {
				f.Added = all
			}
		}
	}
}

// needsBuilder reports whether something other than packages needs the
// builder.
func needsBuilder(p *project.Project, plan *Plan) bool {
	if slices.ContainsFunc(plan.Steps, runsInBuilder) {
		return true
	}
	used := plan.usedStages()
	return slices.ContainsFunc(p.Settings.Stages, func(s project.Stage) bool { return used[s.Name] && s.Image.V == "" })
}

func runsInBuilder(s Step) bool { return s.Root == RootBuilder }

// lacksPython reports whether the interpreter of the virtual environment may be
// missing in the builder. All official images have it at the same path.
func (in Input) lacksPython(b *Building) bool {
	python := in.Environment.Python
	official := strings.HasPrefix(b.Image, defaultBuilder) && python.Interpreter == "/usr/local/bin/python"+python.Version()
	return !official
}

// usedStages are the names of the stages whose outputs are used.
func (p *Plan) usedStages() map[string]bool {
	used := map[string]bool{}
	for _, f := range p.AllFiles() {
		if f.Stage != "" {
			used[f.Stage] = true
		}
	}
	if p.App != nil {
		for _, a := range p.App.Added {
			used[a.Stage] = true
		}
	}
	if p.Building != nil {
		for _, s := range p.Building.Sources {
			if f := s.Folder(); f != nil {
				for _, a := range f.Added {
					used[a.Stage] = true
				}
			}
		}
	}
	return used
}

// acyclic refuses a stage that depends on itself: a stage that needs the
// virtual environment, if the environment is built with the stage's outputs.
func acyclic(p *Plan) error {
	if p.Building == nil {
		return nil
	}
	cycle := func(name, what string) error {
		for _, s := range p.Stages {
			if s.Name == name && s.Venv {
				return source.Errorf(s.Pos, "the stage %s needs the virtual environment, and %s", name, what).
					WithHint("leave out venv, or move the steps that the environment needs into another stage")
			}
		}
		return nil
	}
	for _, f := range p.Building.Files {
		if f.Stage != "" {
			if err := cycle(f.Stage, "the environment is built with the stage's files"); err != nil {
				return err
			}
		}
	}
	if p.Building.Resolve != nil {
		for _, s := range p.Building.Sources {
			f := s.Folder()
			if f == nil || !slices.Contains(p.Building.Resolve.Dynamic, s.Name) {
				continue
			}
			for _, a := range f.Added {
				if err := cycle(a.Stage, "the requirements of "+s.Name+" are only known once it is built with the stage's files"); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// ownerOf is the image's user by its number.
func ownerOf(p *Plan) owner {
	if p.User != nil {
		return owner{UID: p.User.UID, GID: p.User.GID, Known: true}
	}
	u, g, _ := strings.Cut(p.Image.User, ":")
	uid, err := strconv.Atoi(u)
	if err != nil {
		return owner{}
	}
	if g == "" {
		return owner{UID: uid, GID: 0, Known: true}
	}
	gid, err := strconv.Atoi(g)
	return owner{UID: uid, GID: gid, Known: err == nil}
}

// Images are the references of the images of files and stages, and the names
// of the named contexts, with the line of each: those of the whole image, or
// only those that the environment needs.
func (p *Plan) Images(whole bool) (images, contexts map[string]source.Pos) {
	if !whole {
		p = &Plan{Building: p.Building, Stages: p.Stages}
	}
	images, contexts = map[string]source.Pos{}, map[string]source.Pos{}
	for _, f := range p.AllFiles() {
		if f.Image != "" {
			images[f.Image] = f.SourcePos
		}
		if f.Context != "" {
			contexts[f.Context] = f.SourcePos
		}
	}
	used := p.usedStages()
	for _, s := range p.Stages {
		if s.Image != "" && used[s.Name] {
			images[s.Image] = s.ImagePos
		}
	}
	return images, contexts
}
