package plan

import (
	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/lock"
	"github.com/moult-build/moult/internal/project"
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
	// ParentDirectories are those that the base image has of the project's
	// Destinations, by the path that was looked for.
	ParentDirectories map[string]ParentDirectory
	// ImageEnv is the environment ("NAME=value") of the images of stages that
	// StageImages names, by their references.
	ImageEnv map[string][]string

	// Resolution says which packages there are: Locked or Unlocked; nil means
	// none.
	Resolution Resolution
}

// Resolution says which packages the virtual environment holds and what has to
// be built for them. There are two: what a lock says, and what pip has found.
type Resolution interface {
	packages(in Input) ([]Package, *Building, error)
}

// Locked is the resolution of a project with a lock.
type Locked struct {
	Lock *lock.Lock
	// Chosen is what the lock means for the environment, every file with its
	// URL.
	Chosen []lock.Chosen
	// BuildSystems are those of folders of the context; a folder without an
	// entry tells by itself.
	BuildSystems map[string]*project.BuildSystem
}

// Unlocked is the resolution of a project without a lock.
type Unlocked struct {
	// Building is the work in the builder, as Builds decided it; nil where
	// there is none.
	Building *Building
	// Wheels are what the resolver left.
	Wheels []Wheel
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
	if in.Resolution == nil {
		in.Resolution = Unlocked{}
	}
	packages, building, err := in.Resolution.packages(in)
	if err != nil {
		return nil, err
	}
	for n := range packages {
		said, _ := p.PackageBuild(packages[n].Name)
		packages[n].Large = said.Large
	}
	bytecode := s.Bytecode == nil || s.Bytecode.V
	plan := &Plan{
		Project:         p.Name.V,
		Environment:     in.Environment,
		PythonReason:    in.Python.Reason,
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
	if python.Full != "" && python.Why == project.PythonByKey {
		return DefaultBase(python.Full)
	}
	return DefaultBase(python.Minor)
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
