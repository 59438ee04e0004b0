// Package frontend is the BuildKit frontend. It serves the build context to
// the packages that read the project, answers the pipeline's questions, and
// solves the graph that package llb makes of the plan, once for each
// platform. It knows the gateway's protocol and nothing about Python.
package frontend

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/moult-build/moult/internal/check"
	"github.com/moult-build/moult/internal/pipeline"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/llb"
)

// Build is the frontend's entry point for the gateway. It is called once for
// each build, with the options and the session of a client.
func Build(ctx context.Context, c client.Client) (*client.Result, error) {
	return New(FromSource{}).Build(ctx, c)
}

// Frontend is the frontend with the source of its own programs.
type Frontend struct {
	tools Tools
	// stallAfter is how long BuildKit's downloads are not looked at.
	stallAfter time.Duration
	// slots is how many containers install packages at a time.
	slots int
}

// New returns a frontend that mounts moult-install and moult-build from tools. It
// installs packages in two containers for each processor, because these also wait: for
// files, and for their own start.
func New(tools Tools) Frontend {
	return Frontend{tools: tools, stallAfter: stallAfter, slots: 2 * runtime.GOMAXPROCS(0)}
}

// Slots returns the frontend that installs packages in so many containers at a time.
func (f Frontend) Slots(n int) Frontend {
	f.slots = n
	return f
}

// StallAfter returns the frontend that looks after so much time whether downloads
// have stalled.
func (f Frontend) StallAfter(d time.Duration) Frontend {
	f.stallAfter = d
	return f
}

// Build runs one build. Every error about a user's file has the snippet of
// that file. A panic becomes an error, because nobody sees a frontend's
// standard error.
func (f Frontend) Build(ctx context.Context, c client.Client) (_ *client.Result, err error) {
	defer func() { err = withWords(err) }()
	defer recovered(&err)
	c = withResolveCache(c)
	if err := checkDaemon(c.BuildOpts()); err != nil {
		return nil, err
	}
	if err := checkRequired(c.BuildOpts().Opts["frontend.caps"]); err != nil {
		return nil, err
	}
	read := &ignoreFile{Client: c}
	bc, err := dockerui.NewClient(read)
	if err != nil {
		return nil, err
	}
	b := &build{conversation: conversation{Client: bc, gateway: c, tools: f.tools, ignoreFile: read}, stallAfter: f.stallAfter, pace: newPace(f.slots), failures: newFailures()}
	defer func() { err = b.withSource(explainFull(explainKilled(err))) }()
	if err := b.readEntrypoint(ctx); err != nil {
		return nil, err
	}
	if err := b.readOptions(); err != nil {
		return nil, err
	}
	defer b.endWarnings(ctx)
	b.project, err = project.Read(b.files, b.files.name, b.options())
	if b.asksForCheck() {
		return b.answerCheck(ctx, err)
	}
	if err != nil {
		return nil, err
	}
	if res, ok, err := b.subrequest(ctx); ok || err != nil {
		return res, err
	}
	if err := b.read(ctx); err != nil {
		return nil, err
	}
	if q, ok := b.question(); ok {
		return b.respond(ctx, q)
	}
	if err := b.checkProject(ctx); err != nil {
		return nil, err
	}
	rb, err := bc.Build(ctx, func(ctx context.Context, platform *ocispecs.Platform, _ int) (_ *dockerui.BuildResult, err error) {
		defer recovered(&err)
		return b.platform(ctx, platform)
	})
	if err != nil {
		return nil, err
	}
	res, err := rb.Finalize()
	if err != nil {
		return nil, err
	}
	if err := b.attest(ctx, res); err != nil {
		return nil, err
	}
	return res, b.summarize(res)
}

// read reads the project's other files. While it reads the lock, it already
// sends the requests that every build needs.
func (b *build) read(ctx context.Context) (err error) {
	b.asked, err = pipeline.Read(b.project, b.files, pipeline.Options{
		Target: b.target(), Locking: b.locking(), Checking: b.findings.asked, Platform: platformOf(b.firstTarget()), Tolerate: b.tolerate,
	})
	if err != nil {
		return err
	}
	b.sendAhead(ctx)
	if b.asked.ChosenByLock() {
		if err := b.asked.ReadLock(); err != nil {
			return err
		}
		return b.asked.ChoosePython(ctx, func(ctx context.Context) (pipeline.World, error) {
			w, err := b.firstWorld(ctx)
			if err != nil {
				return nil, err
			}
			w.Tools, w.ToolsDir, err = b.tools.state(ctx, b, w.Build)
			return w, err
		})
	}
	eg, ctx := newGroup(ctx)
	eg.Go(func() error { _ = b.prefetch(ctx); return nil })
	eg.Go(func() error {
		if err := b.asked.ReadLock(); err != nil {
			return err
		}
		_ = b.prefetchBuilder(ctx)
		return nil
	})
	return eg.Wait()
}

// tolerate turns the error for a lock that does not match its project into a
// finding, which a user may skip.
func (b *build) tolerate(ctx context.Context, err error) error {
	found, rest := check.Errors(err)
	if len(rest) > 0 {
		return err
	}
	return b.tell(ctx, found)
}

// recovered, when deferred, turns a panic into an error.
func recovered(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("moult failed; this is a mistake in moult, please report it: %v\n%s", r, debug.Stack())
	}
}

// build is the state of one build.
type build struct {
	conversation
	project *project.Project
	// asked is the project with the facts from its other files.
	asked *pipeline.Project

	// marshalling is held while a state is encoded.
	marshalling sync.Mutex

	patience patience
	failures *failures
	// stallAfter is how long downloads are not looked at.
	stallAfter time.Duration
	vertices   vertexIDs
	// pace is how many packages are installed at a time.
	pace *pace

	// sent are the parts of the client's folder that the build uses.
	sent selections

	// finished are the platforms that are built.
	finished finished

	// opened are the images whose files were read.
	opened imageCache

	// findings are the findings of the rules, and warnings is where those are shown
	// that are warnings.
	findings *findings
	warnings warnings
}

// conversation is with whom a build talks, and what was said first: the
// daemon, where Moult's programs come from, the build file and its context.
type conversation struct {
	*dockerui.Client
	gateway client.Client
	tools   Tools

	source *dockerui.Source
	// ignoreFile is the ignore file of the build file's own, as dockerui has read it.
	ignoreFile *ignoreFile
	// local is whether the context is a folder of the client; ignored are the
	// patterns of its ignore file.
	local   bool
	ignored []string
	files   *files
}

// platform builds for one platform; nil means the daemon's.
func (b *build) platform(ctx context.Context, platform *ocispecs.Platform) (*dockerui.BuildResult, error) {
	d, err := b.decide(ctx, platform)
	if err != nil {
		return nil, err
	}
	if err := b.checkPlan(ctx, d); err != nil {
		return nil, err
	}
	b.install(ctx, d)
	encoded, err := d.graph.Target(b.target())
	if err != nil {
		return nil, err
	}
	ref, err := b.solveImage(ctx, encoded, d)
	if err != nil {
		return nil, err
	}
	b.finished.add(d, ref)
	image := llb.Config(d.world.base.config, d.plan, d.world.World, b.target(), b.Labels)
	return &dockerui.BuildResult{Reference: ref, Image: &image, BaseImage: &d.world.base.config, Epoch: d.world.Epoch}, nil
}

// target is the requested build target; a target of the build file is the
// runtime image of another variant of the project.
func (b *build) target() string {
	if !slices.Contains(llb.Targets, b.Target) {
		return llb.TargetRuntime
	}
	return b.Target
}

// options are the options of the build.
func (b *build) options() project.Options {
	_, own := b.question()
	o := project.Options{Args: b.BuildArgs, Describe: !own && b.BuildOpts().Opts[requestOption] != ""}
	if !slices.Contains(llb.Targets, b.Target) {
		o.Target = b.Target
	}
	return o
}
