package plan

import (
	"cmp"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/lock"
	"github.com/moult-build/moult/internal/project"
)

// Input is the input of New.
type Input struct {
	Project     *project.Project
	Python      project.Python
	Environment environment.Environment
	// BaseConfig is the configuration of the base.
	BaseConfig Config
	Requested  *project.Requested
	// Command is the command of the image.
	Command project.Command
	// Homeless is true if the image's user is a number that the base's accounts do
	// not have, so that it has no home folder.
	Homeless bool
	// ParentDirectories are the parent directories of the project's Destinations
	// in the base image, by destination.
	ParentDirectories map[string]ParentDirectory
	// ImageEnv are the environment variables ("NAME=value") of the images of
	// stages that StageImages names, by their references.
	ImageEnv map[string][]string

	// Resolution says which packages the environment has: Locked or Unlocked;
	// nil means none.
	Resolution Resolution
}

// Resolution says which packages the virtual environment holds and what has to
// be built for them. There are two: one from a lock, and one from pip's
// resolver.
type Resolution interface {
	packages(in Input) ([]Package, *Building, error)
}

// Locked is the resolution of a project with a lock.
type Locked struct {
	Lock *lock.Lock
	// Chosen are the lock's packages for the environment, every file with its
	// URL.
	Chosen []lock.Chosen
	// BuildSystems are the build systems of folders of the context. If a folder
	// has no entry, its step reads it from the folder.
	BuildSystems map[string]*project.BuildSystem
}

// Unlocked is the resolution of a project without a lock.
type Unlocked struct {
	// Building is the work in the builder from Builds; nil if there is none.
	Building *Building
	// Wheels are the resolver's result.
	Wheels []Wheel
}

// Wheel is a wheel file in the resolver's result.
type Wheel struct {
	Filename string
	// Size is in bytes. Unpacked is the size of its files, 0 if it was not
	// determined.
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
	if packages, err = withoutOmitted(p, packages); err != nil {
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
		System:          withCompanions(in, RunPackages(p, in.Environment), packages),
		Packages:        packages,
		Bytecode:        bytecode,
		LibraryBytecode: libraryBytecode(in.Environment.Python, bytecode),
		App:             AppOf(p),
		User:            user(&s.ImageSettings),
		Init:            initFor(p, in.Python, in.Environment),
		PythonFrom:      pythonFrom(p),
		BaseConfig:      in.BaseConfig,
	}
	if plan.Image, err = image(in); err != nil {
		return nil, err
	}
	plan.Config = in.BaseConfig.With(plan.Image)
	if err := in.parts(plan); err != nil {
		return nil, err
	}
	makeExecutable(plan)
	if plan.App != nil {
		plan.App.Executable = executables(p, plan)
	}
	plan.Layers = Layers(plan, pack(packages, installOrder(p, in.Requested)))
	return plan, nil
}

// Base is the reference of the image that the result is built on.
func Base(p *project.Project, python project.Python) string {
	if p.Settings.Base != nil {
		return p.Settings.Base.V
	}
	return DefaultBase(cmp.Or(python.Exact(), python.Minor))
}

// AppOf decides which files of the context are copied: all for a project that is not a
// package, none for a package, unless app.include says otherwise. It is nil for none.
func AppOf(p *project.Project) *App {
	if p.BuildSystem != nil && p.Settings.App.Include == nil {
		return nil
	}
	a := &App{Dir: p.AppDir(), From: p.Dir}
	for _, i := range p.Settings.App.Include {
		a.Include = append(a.Include, i.V)
	}
	a.Exclude = ignoredInApp(p)
	return a
}
