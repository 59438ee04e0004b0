// Package pipeline walks the way of the data: a project and its files go in,
// and the plan for one platform comes out. Lock, environment and plan are
// packages of their own; the order of the questions between them is here and
// nowhere else.
//
// What has to be asked outside is asked of a World: the frontend answers by
// BuildKit, tests by recorded images. The package knows nothing of BuildKit.
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
	"github.com/moult-build/moult/internal/project/start"
	"github.com/moult-build/moult/internal/pypkg/pep508"
)

// Options say what somebody wants to know of a project.
type Options struct {
	// Target is one of plan.Targets.
	Target string
	// Locking is true where a lock is to be written. A pylock.toml that is
	// there is ignored then: the shell that the answer is written by has emptied
	// it already.
	Locking bool
	// Checking is true where nothing is resolved, because a check does not wait
	// for pip.
	Checking bool
	// Platform is the one by which a lock chooses the release of Python, which
	// is the same for all platforms of a build.
	Platform environment.Platform
	// Tolerate is told of a lock that does not match its project, which users
	// may decide to ignore. The error that it gives ends the decision; nil
	// stands for a function that gives back what it is told.
	Tolerate func(context.Context, error) error
}

// Project is a project with what its own files say beside its build file. It
// is the same for all platforms.
type Project struct {
	*project.Project
	Options Options
	// Chosen is the release of Python that the project means, as far as its
	// files tell.
	Chosen project.Python
	// Requested is what the project asks for on any platform.
	Requested *project.Requested
	// Command is what the image runs.
	Command project.Command
	// Locks is what became of looking for a lock; nil before ReadLock.
	Locks *lock.Found

	files Files
	// asked is the project in the form that locks are compared with; nil
	// without a lock.
	asked *lock.Project
}

// Files is the build context.
type Files interface {
	project.Files
	// Sources gives the Python files near a folder, for the search for what
	// the image runs.
	Sources(folder string) ([]start.Source, error)
	// List gives the names of those files in a folder that Usual names.
	List(folder string) ([]string, error)
}

// Read reads what a project says beside its build file: which Python,
// requirements and command it means. What could be read comes with the error
// too.
func Read(p *project.Project, files Files, o Options) (*Project, error) {
	read := &Project{Project: p, Options: o, files: files}
	var err error
	if read.Chosen, err = project.ChoosePython(p); err != nil {
		return read, err
	}
	// Asked once before the environments are known, so that what is wrong
	// with the requirements is said before any image is looked for.
	if read.Requested, err = project.Requirements(p, Selection(p, nil)); err != nil {
		return read, err
	}
	read.Command, err = start.Command(start.Input{Project: p, Files: files, Copied: read.inApp, Has: start.Installed(read.Requested)})
	if o.Target != plan.TargetRuntime || o.Locking {
		err = nil // nothing is run
	}
	return read, err
}

// Lock is the project's lock; nil where it has none.
func (p *Project) Lock() *lock.Lock {
	if p.Locks == nil {
		return nil
	}
	return p.Locks.Used
}

// Selection is what of a project goes into the image; env, if known, decides
// where packages come from.
func Selection(p *project.Project, env *pep508.Environment) project.Selection {
	return project.Selection{Extras: p.Settings.Extras, Groups: p.Settings.Groups, Environment: env}
}

// Decision is what will be done for one platform.
type Decision struct {
	Plan *plan.Plan
	// Python is the release that the image has.
	Python project.Python
	// PythonOfPackages is true where the base has no Python of its own, and the
	// distribution's packages that are added to it bring one.
	PythonOfPackages bool
	// Requested is what the project asks for on this platform.
	Requested *project.Requested
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
	return decision, d.parts(ctx, made)
}

// Prefetch asks for what every decision asks for first, its images and the
// base's Python. What fails here is asked again, and told, by Decide.
func Prefetch(ctx context.Context, p *Project, w World) error {
	d := &deciding{Project: p, world: w, early: true}
	if err := d.images(ctx); err != nil {
		return err
	}
	_, err := environment.Detect(ctx, d.base, w.Platform(), d.base.Config().Env, p.wanted())
	return err
}

// deciding is a decision in the making.
type deciding struct {
	*Project
	world World
	// early is true where nothing is asked that not every build asks.
	early bool
	// base is the image that the result stands on, python the one that its
	// Python comes from; nil where it has its own.
	base, python Image
	// withPackages is the base with the distribution's packages; nil before it
	// is asked for.
	withPackages Image
	// built is true once the builder's image was asked for.
	built bool
	// ofPackages is true where the base's packages bring its Python.
	ofPackages bool
	input      plan.Input
}

// images asks for the images that are known before anything else is: all at
// once, because each costs a question to a registry.
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
	if !d.early && plan.BuilderKnown(d.Project.Project) && (d.Options.Target == plan.TargetBuilder || d.Lock() == nil && plan.MayBuild(d.Project.Project, d.Requested)) {
		group.Go(func() error {
			return d.builder(ctx, plan.Builder(d.Project.Project, d.Chosen, environment.Environment{}))
		})
	}
	return group.Wait()
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
