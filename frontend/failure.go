package frontend

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/gateway/client"
	gwpb "github.com/moby/buildkit/frontend/gateway/pb"
	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/solver/pb"

	"github.com/moult-build/moult/internal/check"
	"github.com/moult-build/moult/internal/diagnose"
	"github.com/moult-build/moult/internal/pipeline"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/step/protocol"
)

// failedStep is the vertex whose failure an error describes.
type failedStep struct {
	// id is its id; "" if Moult gave it none.
	id protocol.ID
	// command is the step's command; nil if it is not a command of Moult's
	// programs.
	command protocol.Command
	// mounts are BuildKit's ids of the step's mounts, by the mount's index.
	mounts map[string]string
}

// vertexIDs are the ids of the vertices of all graphs that were solved.
type vertexIDs struct{ of sync.Map }

// add remembers the ids of a graph.
func (v *vertexIDs) add(def *bk.Definition) {
	for digest, metadata := range def.Metadata {
		if id := metadata.Description[protocol.Description]; id != "" {
			v.of.Store(digest.String(), protocol.ID(id))
		}
	}
}

// failed returns the vertex whose failure an error describes.
func (v *vertexIDs) failed(err error) (step failedStep, ok bool) {
	step.mounts = map[string]string{}
	// Before BuildKit v0.15 an error has no description, but the vertex's digest.
	var vertex *errdefs.VertexError
	if errors.As(err, &vertex) && vertex.Vertex != nil {
		if id, found := v.of.Load(vertex.Digest); found {
			step.id, _ = id.(protocol.ID)
		}
	}
	var solve *errdefs.SolveError
	if !errors.As(err, &solve) || solve.Solve == nil {
		return step, step.id != ""
	}
	if id := solve.Description[protocol.Description]; id != "" {
		step.id = protocol.ID(id)
	}
	if exec := solve.Op.GetExec(); exec != nil {
		// Not every step is one of Moult's programs.
		step.command, _ = protocol.Parse(exec.GetMeta().GetArgs())
		for n, m := range exec.Mounts {
			if n < len(solve.MountIDs) {
				step.mounts[m.Dest] = solve.MountIDs[n]
			}
		}
	}
	return step, true
}

// output returns the end of the output of a failed step. Frontends see no
// logs. But BuildKit preserves the mounts of a step that failed, and
// moult-build writes the text into the mount of the step's result.
func (b *build) output(ctx context.Context, step failedStep) (output string, ok bool) {
	if step.command == nil {
		return "", false
	}
	mount := step.mounts[step.command.Result()]
	if mount == "" {
		return "", false
	}
	read, caps := b.readFailure, b.gateway.BuildOpts().Caps
	if caps.Supports(gwpb.CapGatewayExecFilesystem) != nil {
		read = b.printFailure
	}
	output, err := read(ctx, mount)
	return output, err == nil
}

// readFailure reads what a failed step has left in a mount.
func (b *build) readFailure(ctx context.Context, mount string) (string, error) {
	ctr, err := b.gateway.NewContainer(ctx, client.NewContainerRequest{
		Mounts: []client.Mount{{Dest: "/", MountType: pb.MountType_BIND, ResultID: mount, Readonly: true}},
	})
	if err != nil {
		return "", err
	}
	defer func() { _ = ctr.Release(context.WithoutCancel(ctx)) }()
	content, err := ctr.ReadFile(ctx, client.ReadContainerRequest{
		ReadRequest: client.ReadRequest{Filename: path.Join("/", protocol.Failure)},
	})
	return string(content), err
}

// explain turns the failure of the resolver into an error at the line of the
// requirement or the index that caused it.
func (b *build) explain(ctx context.Context, err error, in pipeline.ResolveRequest) error {
	if told := b.missingSecret(err); told != nil {
		return told
	}
	step, _ := b.vertices.failed(err)
	output, ok := b.output(ctx, step)
	if !ok {
		return err
	}
	if told := notChosen(step, output, in.Building); told != nil {
		return told
	}
	d, ok := diagnose.Resolver(output)
	if !ok {
		return b.explainBuild(ctx, err, in.Building)
	}
	d = d.For(in.Environment.Tags()).On(plan.BuilderManager(b.project, in.Building.Image))
	return &source.Error{Pos: b.blame(d, in), Msg: d.Msg, Hint: d.Hint}
}

// missingSecret is the error of an index whose secret the build was not given;
// nil for another error.
func (b *build) missingSecret(err error) error {
	if err == nil {
		return nil
	}
	for _, i := range b.project.Indexes {
		if id := i.Secret.V; id != "" && strings.Contains(err.Error(), "secret "+id+": not found") {
			return source.Errorf(i.Secret.Pos, "the build was not given the secret %q of the index", id).
				WithHint("build with --secret id=%s,env=VARIABLE or --secret id=%s,src=FILE", id, id)
		}
	}
	return nil
}

// explainUnpack turns the refusal of an archive into an error at the line that
// asks for it. It does not change other errors.
func (b *build) explainUnpack(ctx context.Context, err error, p *plan.Plan) error {
	step, ok := b.vertices.failed(err)
	if _, unpacks := step.command.(protocol.Unpack); !ok || !unpacks {
		return err
	}
	output, ok := b.output(ctx, step)
	if !ok {
		return err
	}
	for _, f := range p.AllFiles() {
		if f.Unpack && step.id == protocol.UnpackID(f.What()) {
			return source.Errorf(f.Pos, "%s: %s", f.Download.Filename, strings.TrimPrefix(lastLine(output), "moult-build: "))
		}
	}
	return err
}

// explainSteps turns the failure of a step of a plan into an error at the line
// that asked for it. It does not change other errors.
func (b *build) explainSteps(ctx context.Context, err error, p *plan.Plan) error {
	err = b.explainBase(ctx, b.explainFetch(ctx, b.explainFiles(err, p), p), p)
	if told := b.missingSecret(err); told != nil {
		return told
	}
	err = b.explainUnpack(ctx, b.explainGit(err, p), p)
	return b.explainInstall(ctx, b.explainBuild(ctx, err, p.Building), p)
}

// killed is the exit code of a step that SIGKILL has ended.
const killed = 128 + 9

// explainKilled says what the exit code of a killed step most often means.
func explainKilled(err error) error {
	// A failure that is met when a result is read has only the text.
	if exitCode(err) != killed && (err == nil || !strings.HasSuffix(err.Error(), "exit code: "+strconv.Itoa(killed))) {
		return err
	}
	return fmt.Errorf("a step was killed; most often the builder's machine, or the limit of the build, has too little memory: %w", err)
}

// full are the system's messages for a disk without space.
var full = []string{"no space left on device", "disk quota exceeded"}

// explainFull says whose disk is full: a daemon's error names a temporary folder
// of its own.
func explainFull(err error) error {
	if err == nil || !slices.ContainsFunc(full, func(message string) bool { return strings.Contains(err.Error(), message) }) {
		return err
	}
	return fmt.Errorf("the builder's disk is full; free space on it, for example by docker buildx prune: %w", err)
}

// explainFiles turns a copy that does not find its files into an error at its
// line. BuildKit's own text names a folder of the daemon, before v0.19.
func (b *build) explainFiles(err error, p *plan.Plan) error {
	step, ok := b.vertices.failed(err)
	if !ok || !strings.Contains(err.Error(), "no such file or directory") && !strings.HasSuffix(err.Error(), ": not found") {
		return err
	}
	for _, f := range p.AllFiles() {
		if step.id == protocol.FilesID(f.What()) {
			told := source.Errorf(f.Pos, "%s: there is no %s", f.What(), path.Join("/", f.From))
			if f.OfContext() {
				told = told.WithHint("check the name, and that .dockerignore does not leave it out")
			}
			return told
		}
	}
	return err
}

// explainInstall turns the refusal of a wheel into an error at the line of its
// package.
func (b *build) explainInstall(ctx context.Context, err error, p *plan.Plan) error {
	step, ok := b.vertices.failed(err)
	if _, installs := step.command.(protocol.InstallWheels); !ok || !installs {
		return err
	}
	output, ok := b.output(ctx, step)
	if !ok {
		return err
	}
	name, why, _ := strings.Cut(output, "\n")
	for _, pkg := range p.Packages {
		if pkg.Name == name {
			told := source.Errorf(b.requiredAt(pkg.Name, pkg.Pos), "%s cannot be installed: %s", pkg.Name, strings.TrimSpace(why))
			if strings.Contains(why, " bytes unpack to ") {
				told = told.WithHint("if this is wanted, write large = true in [tool.moult.package.%s]", pkg.Name)
			}
			return told
		}
	}
	return err
}

// requiredAt is the line of the project that asks for a package, else another.
func (b *build) requiredAt(name string, other source.Pos) source.Pos {
	if pos := check.RequiredAt(b.project, name); pos.IsValid() {
		return pos
	}
	return other
}

// explainBuild turns the failure to build a package into an error at the line
// that asks for it, with the dependency that the build lacks.
func (b *build) explainBuild(ctx context.Context, err error, building *plan.Building) error {
	step, ok := b.vertices.failed(err)
	if !ok || building == nil {
		return err
	}
	n := slices.IndexFunc(building.Sources, func(s plan.Source) bool {
		return slices.Contains([]protocol.ID{
			protocol.PrepareID(s.Name), protocol.AskID(s.Name), protocol.AskedID(s.Name), protocol.WheelID(s.Name),
		}, step.id)
	})
	if n < 0 {
		return err
	}
	src := building.Sources[n]
	output, ok := b.output(ctx, step)
	if !ok {
		return err
	}
	pos := b.requiredAt(src.Name, src.Pos)
	d, ok := diagnose.Build(src.Name, output)
	if !ok {
		if _, why, told := strings.Cut(lastLine(output), "moult-build: "); told {
			return source.Errorf(pos, "%s could not be built: %s", src.Name, why)
		}
		return err
	}
	d = d.On(plan.BuilderManager(b.project, building.Image))
	return &source.Error{Pos: pos, Msg: d.Msg, Hint: d.Hint}
}

// blame finds the line for a diagnosis.
func (b *build) blame(d diagnose.Diagnosis, in pipeline.ResolveRequest) source.Pos {
	if d.Index != "" {
		for _, i := range b.project.Indexes {
			if u, err := url.Parse(i.URL.V); err == nil && (u.Host == d.Index || u.Hostname() == d.Index) {
				return i.URL.Pos
			}
		}
	}
	for _, line := range in.Requested.Lines {
		if d.Package != "" && line.Name == d.Package {
			return line.Pos
		}
	}
	return in.Building.Resolve.Pos
}

// notChosen turns the failure to choose a package's file from its index into
// an error at the line that names the index; nil if something else has failed.
func notChosen(step failedStep, output string, building *plan.Building) error {
	if building == nil {
		return nil
	}
	for _, s := range building.Sources {
		if step.id != protocol.ChooseID(s.Name) {
			continue
		}
		if _, said, ok := strings.Cut(output, "moult-build: "); ok {
			return source.Errorf(s.Pos, "%s", strings.TrimSpace(said))
		}
	}
	return nil
}
