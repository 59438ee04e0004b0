// Package pipeline makes the plan for one platform from a project and its
// files. The packages lock, environment and plan do the work; this package
// alone knows the order in which they are asked.
//
// It asks a World for everything that the project's files do not say. The
// frontend answers with BuildKit, tests answer with recorded images. The
// package does not know BuildKit.
package pipeline

import (
	"context"
	"fmt"
	"runtime/debug"

	"golang.org/x/sync/errgroup"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/lock"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/project/gitrefs"
	"github.com/moult-build/moult/internal/project/start"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/source"
)

// Options say for what purpose a project is read.
type Options struct {
	// Target is one of plan.Targets.
	Target string
	// Locking is true if a lock is to be written. An existing pylock.toml is
	// ignored then, because the shell has already truncated it for the answer.
	Locking bool
	// Checking is true for a check. Nothing is resolved then, because a check
	// does not wait for pip.
	Checking bool
	// Platform is the platform for which a lock chooses the release of Python.
	// All platforms of a build have the same release.
	Platform environment.Platform
	// Tolerate gets the error for a lock that does not match its project,
	// because users may skip this rule. If it returns an error, the decision
	// ends with it. A nil Tolerate returns every error.
	Tolerate func(context.Context, error) error
}

// Project is a project with the facts from its other files. It is the same
// for all platforms.
type Project struct {
	*project.Project
	Options Options
	// Chosen is the release of Python, as far as the project's files say it.
	Chosen project.Python
	// Requested are the project's requirements for all platforms.
	Requested *project.Requested
	// Command is the command of the image.
	Command project.Command
	// Locks is the result of the search for a lock; nil before ReadLock.
	Locks *lock.Found

	files Files
	// repositories are the git repositories of folders of the context, nil if
	// there is none.
	repositories map[string]*gitrefs.Repository
	// asked is the project in the form that is compared with locks; nil without
	// a lock.
	asked *lock.Project
}

// Files is the build context.
type Files interface {
	project.Files
	// Sources returns the Python files near a folder, and Existing those of several
	// files that exist, for the search for the image's command.
	Sources(folder string) ([]start.Source, error)
	Existing(names []string) ([]string, error)
	// List returns the names of the files in a folder that match Usual.
	List(folder string) ([]string, error)
	// Ignored reports whether .dockerignore leaves a file out of the context.
	// ReadFile and Exists know such files too, because the lock and the build
	// file may be among them.
	Ignored(name string) bool
	// Matching returns the names of the files that match a pattern without **,
	// also of those that .dockerignore leaves out.
	Matching(pattern string) ([]string, error)
}

// Read reads the project's other files: its Python, requirements and
// command. With an error it returns the part that it could read.
func Read(p *project.Project, files Files, o Options) (*Project, error) {
	read := &Project{Project: p, Options: o, files: files}
	var err error
	if read.Chosen, err = project.ChoosePython(p); err != nil {
		return read, err
	}
	// The requirements are read once before the environments are known, so that
	// their errors are reported before any image is resolved.
	if read.Requested, err = project.Requirements(p, Selection(p, nil)); err != nil {
		return read, err
	}
	unpackaged, err := start.Unpackaged(p, files)
	if err != nil {
		return read, err
	}
	if unpackaged {
		p.BuildSystem, p.Unpackaged = nil, p.BuildSystem
	}
	app := &application{Project: read}
	if p.BuildSystem != nil && p.NameError != nil {
		return read, p.NameError
	}
	if err := wrongBackend(p); err != nil {
		return read, err
	}
	if err := read.buildFiles(); err != nil {
		return read, err
	}
	if err := read.versions(); err != nil {
		return read, err
	}
	read.Command, err = start.Command(start.Input{
		Project: p, Files: files, Copied: app.has, Copyable: app.hasWhole, Has: start.Installed(read.Requested),
	})
	if app.err != nil {
		return read, app.err
	}
	if err == nil {
		err = read.addOptional(&read.Command)
	}
	if c := &read.Command; err == nil && app.reads(c) {
		c.NextToPackage = true
		c.Reason += ", and the project's files are copied beside its package for it"
	}
	if app.err != nil {
		return read, app.err
	}
	if read.Command.NextToPackage {
		p.Settings.App.Include = wholeApp
	}
	if o.Target != plan.TargetRuntime || o.Locking {
		return read, nil // nothing is run
	}
	if err != nil {
		return read, err
	}
	return read, read.readProgram()
}

// addOptional installs the extra, the group or the packages that a command needs.
func (p *Project) addOptional(c *project.Command) (err error) {
	switch at := p.Settings.Pos; {
	case c.Extra != "":
		p.Settings.Extras = append(p.Settings.Extras, source.At[string]{V: c.Extra, Pos: at})
	case c.Group != "":
		p.Settings.Groups = append(p.Settings.Groups, source.At[string]{V: c.Group, Pos: at})
	case len(c.Packages) > 0:
		for _, text := range c.Packages {
			parsed, err := pep508.ParseRequirement(text.V)
			if err != nil {
				return source.Errorf(text.Pos, "%q is not a valid requirement: %w", text.V, err)
			}
			p.Dependencies = append(p.Dependencies, project.Requirement{Requirement: parsed, Pos: text.Pos})
		}
	default:
		return nil
	}
	p.Requested, err = project.Requirements(p.Project, Selection(p.Project, nil))
	return err
}

// Lock is the project's lock; nil if it has none.
func (p *Project) Lock() *lock.Lock {
	if p.Locks == nil {
		return nil
	}
	return p.Locks.Used
}

// Selection selects the part of a project that the image needs; env, if
// known, decides the sources of packages.
func Selection(p *project.Project, env *pep508.Environment) project.Selection {
	return project.Selection{Extras: p.Settings.Extras, Groups: p.Settings.Groups, Environment: env}
}

// Decision is the decision for one platform.
type Decision struct {
	Plan *plan.Plan
	// Python is the release that the image has.
	Python project.Python
	// PythonOfPackages is true if the base has no Python and the distribution's
	// packages that are added to it contain one.
	PythonOfPackages bool
	// Requested are the project's requirements on this platform.
	Requested *project.Requested
	// Absent are programs that the image starts and that only a package may have.
	Absent []plan.AbsentProgram
	// OtherEnvironments are paths in the scripts that the image starts.
	OtherEnvironments []plan.OtherEnvironment
}

// Decide makes the plan for the platform of a world.
func Decide(ctx context.Context, p *Project, w World) (*Decision, error) {
	d := &deciding{Project: p, world: w}
	if err := d.images(ctx); err != nil {
		return nil, err
	}
	env, err := d.environment(ctx)
	if err != nil {
		return nil, err
	}
	d.input = plan.Input{
		Project: p.Project, Python: p.pythonIn(env), Environment: env, BaseConfig: d.base.Config(), Command: p.Command,
		Homeless: d.homeless,
	}
	markers := env.Markers()
	if d.input.Requested, err = project.Requirements(p.Project, Selection(p.Project, &markers)); err != nil {
		return nil, err
	}
	if err := d.places(ctx); err != nil {
		return nil, err
	}
	if d.input.Resolution, err = d.resolution().resolve(ctx, d); err != nil {
		return nil, err
	}
	made, err := plan.New(d.input)
	if err != nil {
		return nil, err
	}
	if err := d.named(made); err != nil {
		return nil, err
	}
	if err := d.started(ctx, made); err != nil {
		return nil, err
	}
	if made.Building != nil || p.Options.Target == plan.TargetBuilder {
		if err := d.builder(ctx, plan.Builder(p.Project, d.input.Python, env)); err != nil {
			return nil, err
		}
	}
	if i := made.Init; i != nil {
		if _, err := w.Image(ctx, Question{Init, i.Image, p.lineOf(i.Image)}); err != nil {
			return nil, err
		}
	}
	decision := &Decision{Plan: made, Python: d.input.Python, PythonOfPackages: d.ofPackages, Requested: d.input.Requested}
	if err := d.parts(ctx, made); err != nil {
		return decision, err
	}
	if decision.Absent, err = d.absent(ctx, made); err != nil {
		return decision, err
	}
	decision.OtherEnvironments = d.otherEnvironments
	return decision, d.modules(ctx, made)
}

// Prefetch asks early for the images and the base's Python, which every
// decision needs first. Decide asks again for everything that fails here,
// and reports the failure.
func Prefetch(ctx context.Context, p *Project, w World) error {
	d := &deciding{Project: p, world: w, early: true}
	if err := d.images(ctx); err != nil {
		return err
	}
	_, err := d.detect(ctx)
	return err
}

// PrefetchBuilder asks early for the builder's image if the project needs it. It is called after ReadLock.
func PrefetchBuilder(ctx context.Context, p *Project, w World) error {
	d := &deciding{Project: p, world: w}
	if !d.needsBuilder() {
		return nil
	}
	return d.builder(ctx, plan.Builder(p.Project, p.Chosen, environment.Environment{}))
}

// deciding is the state of Decide.
type deciding struct {
	*Project
	world World
	// early is true if only questions are asked that every build asks.
	early bool
	// base is the image that the result is built on. python is the image that
	// its Python comes from; nil if the base has one.
	base, python Image
	// withPackages is the base with the distribution's packages; nil before the
	// first request for it.
	withPackages Image
	// built is true after the builder's image was requested.
	built bool
	// ofPackages is true if the base's packages contain its Python.
	ofPackages bool
	// homeless is true if the image's user is a number that the base does not know.
	homeless bool
	// interpreters are those that the first lines of started files look for in the
	// search path.
	interpreters []plan.StartedProgram
	// otherEnvironments are what the scripts that the image starts name of them.
	otherEnvironments []plan.OtherEnvironment
	input             plan.Input
}

// images asks for the images that are known at the beginning: all in
// parallel, because each costs a request to a registry.
func (d *deciding) images(ctx context.Context) error {
	group, ctx := newGroup(ctx)
	group.Go(func() (err error) {
		base := plan.Base(d.Project.Project, d.Chosen)
		d.base, err = d.world.Image(ctx, Question{Base, base, d.lineOf(base)})
		return d.taken(base, err)
	})
	if from := d.Settings.PythonFrom; from != nil {
		group.Go(func() (err error) {
			d.python, err = d.world.Image(ctx, Question{Python, from.V, from.Pos})
			return err
		})
	}
	if d.needsBuilder() {
		group.Go(func() error {
			return d.builder(ctx, plan.Builder(d.Project.Project, d.Chosen, environment.Environment{}))
		})
	}
	return group.Wait()
}

// needsBuilder reports whether it is known before the plan that the build needs the
// builder's image, and which one it is. The lock may not be read yet if it is early.
func (d *deciding) needsBuilder() bool {
	p := d.Project.Project
	if !plan.BuilderKnown(p) {
		return false
	}
	return d.Options.Target == plan.TargetBuilder || plan.BuildsFolders(p, d.Requested) || !d.early && d.Lock() == nil && plan.MayBuild(p, d.Requested)
}

// builder asks for the builder's image, once.
func (d *deciding) builder(ctx context.Context, ref string) error {
	if d.built {
		return nil
	}
	d.built = true
	_, err := d.world.Image(ctx, Question{Builder, ref, d.lineOf(ref)})
	return d.taken(ref, err)
}

// group is an errgroup.Group whose functions' panics become errors: nobody else
// could recover from them.
type group struct{ *errgroup.Group }

func newGroup(ctx context.Context) (group, context.Context) {
	eg, ctx := errgroup.WithContext(ctx)
	return group{eg}, ctx
}

// Go runs a function in a goroutine of its own.
func (g group) Go(f func() error) {
	g.Group.Go(func() (err error) {
		defer func() {
			if r := recover(); r != nil {
				err = fmt.Errorf("moult failed; this is a mistake in moult, please report it: %v\n%s", r, debug.Stack())
			}
		}()
		return f()
	})
}
