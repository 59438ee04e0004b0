// Package frontend is Moult's conversation with BuildKit. It reads the build
// context, has the project read, the environment found and the plan made,
// and solves the graph that package llb makes of it: one plan for each
// platform. It knows the gateway's protocol and nothing of Python.
package frontend

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/moult-build/moult/internal/check"
	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/pipeline"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/llb"
)

// Build is the frontend's entry point in the sense of the gateway: it is
// called once for each build, with the options and the session of a client.
func Build(ctx context.Context, c client.Client) (*client.Result, error) {
	return New(FromSource{}).Build(ctx, c)
}

// Frontend is the frontend with a place to take its own programs from.
type Frontend struct {
	tools Tools
}

// New makes a frontend that mounts moult-install and moult-build from tools.
func New(tools Tools) Frontend { return Frontend{tools: tools} }

// Build runs one build. Every error about a user's file carries the snippet
// of that file; a panic is turned into an error, because a frontend's own
// standard error is seen by nobody.
func (f Frontend) Build(ctx context.Context, c client.Client) (_ *client.Result, err error) {
	defer recovered(&err)
	c = withResolveCache(c)
	if err := checkDaemon(c.BuildOpts()); err != nil {
		return nil, err
	}
	if err := checkRequired(c.BuildOpts().Opts["frontend.caps"]); err != nil {
		return nil, err
	}
	bc, err := dockerui.NewClient(c)
	if err != nil {
		return nil, err
	}
	b := &build{Client: bc, gateway: c, tools: f.tools}
	if err := b.readEntrypoint(ctx); err != nil {
		return nil, err
	}
	defer func() { err = b.withSource(err) }()

	if err := b.readOptions(); err != nil {
		return nil, err
	}
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

// read reads what a project says beside its build file, and asks early for what
// every build asks for while the lock is being read.
func (b *build) read(ctx context.Context) (err error) {
	b.asked, err = pipeline.Read(b.project, b.files, pipeline.Options{
		Target: b.target(), Locking: b.locking(), Checking: b.findings.asked, Platform: b.firstPlatform(), Tolerate: b.tolerate,
	})
	if err != nil {
		return err
	}
	if b.asked.ChosenByLock() {
		return b.asked.ReadLock()
	}
	eg, ctx := newGroup(ctx)
	eg.Go(func() error { _ = b.anticipate(ctx); return nil })
	eg.Go(b.asked.ReadLock)
	return eg.Wait()
}

// firstPlatform is the platform by which a release of Python is chosen.
func (b *build) firstPlatform() environment.Platform {
	target := b.BuildPlatforms[0]
	if len(b.TargetPlatforms) > 0 {
		target = b.TargetPlatforms[0]
	}
	target = platforms.Normalize(target)
	return environment.Platform{OS: target.OS, Arch: target.Architecture, Variant: target.Variant}
}

// tolerate makes a finding of the error of a lock that does not match its
// project, which a user may want to skip.
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

// build is one build: what was read of it so far.
type build struct {
	*dockerui.Client
	gateway client.Client
	tools   Tools

	source *dockerui.Source
	// local is whether the context is a folder of the client; ignored are the
	// patterns of what does not belong to it.
	local   bool
	ignored []string
	files   *files
	project *project.Project
	// asked is the project with what its own files say beside the build file.
	asked *pipeline.Project

	patience patience

	// finished are the platforms that were built.
	finished finished

	// looked are the images that were looked into.
	looked looked

	// findings are what the rules say.
	findings *findings
}

// platform builds for one platform; nil means the daemon's own.
func (b *build) platform(ctx context.Context, platform *ocispecs.Platform) (*dockerui.BuildResult, error) {
	d, err := b.decide(ctx, platform)
	if err != nil {
		return nil, err
	}
	if err := b.checkPlan(ctx, d); err != nil {
		return nil, err
	}
	encoded, err := llb.Encode(d.plan, d.world.World, b.target())
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

// target is the build target asked for; a target of the build file is the image
// of another variant of the project.
func (b *build) target() string {
	if !slices.Contains(llb.Targets, b.Target) {
		return llb.TargetRuntime
	}
	return b.Target
}

// options are what the build says beside its files.
func (b *build) options() project.Options {
	_, own := b.question()
	o := project.Options{Args: b.BuildArgs, Describe: !own && b.BuildOpts().Opts[requestOption] != ""}
	if !slices.Contains(llb.Targets, b.Target) {
		o.Target = b.Target
	}
	return o
}
