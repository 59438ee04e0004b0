package plan

import (
	"fmt"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/lock"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/pypkg/tags"
)

// Input is what a plan follows from.
type Input struct {
	Project     *project.Project
	Python      project.Python
	Environment environment.Environment
	// BaseConfig is how the base is configured.
	BaseConfig Config
	Requested  *project.Requested
	// Command is what the image runs.
	Command project.Command
	// Ways are the folders of the base image on the way to the project's
	// Destinations, by the path that was looked for.
	Ways map[string]Way
	// ImageEnv is the environment ("NAME=value") of the images of stages that
	// StageImages names, by their references.
	ImageEnv map[string][]string

	// On the unlocked road Building is the work in the builder, as Builds
	// decided it, and Resolved are the wheels that the resolver left.
	Building *Building
	Resolved []Wheel

	// On the locked road Lock is the lock and Chosen what it means for this
	// environment, every file with its URL. BuildSystems are those of folders
	// of the context; a folder without an entry tells by itself.
	Lock         *lock.Lock
	Chosen       []lock.Chosen
	BuildSystems map[string]*project.BuildSystem
}

// Wheel is a wheel file in the resolver's result.
type Wheel struct {
	Filename string
	// Size in bytes; Unpacked that of its files, 0 where it was not asked.
	Size, Unpacked int64
}

// New makes the plan for one platform.
func New(in Input) (*Plan, error) {
	p := in.Project
	s := &p.Settings
	if err := CheckPackages(p, Base(p, in.Python), in.Environment); err != nil {
		return nil, err
	}
	packages, building, err := packages(in)
	if err != nil {
		return nil, err
	}
	bytecode := s.Bytecode == nil || s.Bytecode.V
	plan := &Plan{
		Project:         p.Name.V,
		Environment:     in.Environment,
		Base:            Base(p, in.Python),
		Building:        building,
		System:          RunPackages(p, in.Environment),
		Packages:        packages,
		Bytecode:        bytecode,
		LibraryBytecode: libraryBytecode(in.Environment.Python, bytecode),
		App:             app(p),
		User:            user(s),
		Init:            initFor(p, in.Python, in.Environment),
		PythonFrom:      pythonFrom(p),
		BaseConfig:      in.BaseConfig,
	}
	if plan.Image, err = image(in); err != nil {
		return nil, err
	}
	plan.Config = in.BaseConfig.With(plan.Image)
	plan.Folders = folders(s, plan.Image.WorkingDir, plan.App)
	if err := in.parts(plan); err != nil {
		return nil, err
	}
	if plan.App != nil {
		plan.App.Executable = executables(p, plan)
	}
	plan.Layers = Layers(plan, pack(packages))
	return plan, nil
}

// Base is the reference of the image the result stands on.
func Base(p *project.Project, python project.Python) string {
	if p.Settings.Base != nil {
		return p.Settings.Base.V
	}
	return DefaultBase(python.Minor)
}

// packages are all packages of the virtual environment, and the work in the
// builder that they need.
func packages(in Input) ([]Package, *Building, error) {
	if in.Lock == nil {
		all, err := fromResolver(in)
		return all, in.Building, err
	}
	all, sources, err := fromLock(in)
	if err != nil {
		return nil, nil, err
	}
	if s, ok := own(in.Project); ok {
		sources = append(sources, s)
		all = append(all, Package{Name: s.Name, Built: s.Name, Reason: ReasonOwn, Pos: s.Pos})
	}
	sortPackages(all)
	if len(sources) == 0 {
		return all, nil, nil
	}
	sortSources(sources)
	b := newBuilding(in.Project, in.Python, in.Environment, in.Requested)
	b.Sources = sources
	buildAs(in.Project, b, in.Environment.Platform.Arch)
	return all, b, nil
}

// fromResolver are the packages that the resolver found and those that are
// built from source.
func fromResolver(in Input) ([]Package, error) {
	var all []Package
	seen := map[string]bool{}
	for _, w := range in.Resolved {
		name, err := tags.ParseWheelFilename(w.Filename)
		if err != nil {
			return nil, fmt.Errorf("the resolver's result: %w", err)
		}
		if seen[name.Name] {
			return nil, fmt.Errorf("the resolver's result holds %s twice", name.Name)
		}
		seen[name.Name] = true
		if err := unasked(in, name); err != nil {
			return nil, err
		}
		all = append(all, Package{
			Name: name.Name, Version: name.Version.String(), Size: w.Size, Resolved: w.Filename,
			Reason: reasonOfResolved(in, name), Unpacked: w.Unpacked,
		})
	}
	if in.Building != nil {
		for _, s := range in.Building.Sources {
			// One that was given to the resolver came back from it.
			// One that was picked may not be needed at all.
			if !seen[s.Name] && s.Pick == nil {
				all = append(all, Package{Name: s.Name, Built: s.Name, Reason: reasonOfSource(in.Project, s), Pos: s.Pos})
			}
		}
	}
	sortPackages(all)
	return all, nil
}

// app decides what of the context is copied: everything for a project that is
// not a package, nothing for one that is, unless app.include says otherwise.
func app(p *project.Project) *App {
	if p.BuildSystem != nil && p.Settings.App.Include == nil {
		return nil
	}
	a := &App{Dir: AppDir(p), From: p.Dir}
	for _, i := range p.Settings.App.Include {
		a.Include = append(a.Include, i.V)
	}
	a.Exclude = ignoredInApp(p)
	return a
}
