package frontend

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync/atomic"

	"github.com/containerd/platforms"
	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	fstypes "github.com/tonistiigi/fsutil/types"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/pipeline"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/step/indexfiles"
	"github.com/moult-build/moult/llb"
)

var _ pipeline.World = (*world)(nil)

// Platform implements pipeline.World.
func (w *world) Platform() environment.Platform { return platformOf(w.Target) }

func platformOf(p ocispecs.Platform) environment.Platform {
	return environment.Platform{OS: p.OS, Arch: p.Architecture, Variant: p.Variant}
}

// Image implements pipeline.World. With the base it loads the programs that
// every step runs, and the image whose interpreter compiles bytecode: the base
// for the build platform, or the image that its Python comes from.
func (w *world) Image(ctx context.Context, q pipeline.Question) (pipeline.Image, error) {
	if img, ok := w.stage(q); ok {
		return img, nil
	}
	var img, compiler image
	eg, egctx := newGroup(ctx)
	find := func(into *image, platform ocispecs.Platform) {
		eg.Go(func() (err error) {
			*into, err = w.b.imageAt(egctx, string(q.Role), q.Ref, q.Pos, platform)
			return err
		})
	}
	find(&img, w.Target)
	ownPython := w.b.project.Settings.PythonFrom == nil
	if q.Role == pipeline.Python || q.Role == pipeline.Base && ownPython {
		find(&compiler, w.Build)
	}
	if q.Role == pipeline.Base {
		eg.Go(func() (err error) {
			w.Tools, w.ToolsDir, err = w.b.tools.state(egctx, w.b, w.Build)
			return err
		})
	}
	if err := eg.Wait(); err != nil {
		return nil, err
	}
	env := img.config.Config.Env
	switch q.Role {
	case pipeline.Base:
		w.base, w.Base = img, img.state
		if ownPython {
			w.Compiler = compiler.state
		}
	case pipeline.Python:
		w.Python, w.PythonEnv, w.Compiler = img.state, env, compiler.state
	case pipeline.Builder:
		w.Builder, w.BuilderEnv = img.state, env
	case pipeline.Init:
		w.Init = img.state
	case pipeline.Stage:
		w.mu.Lock()
		defer w.mu.Unlock()
		w.Images[q.Ref] = llb.Image{State: img.state, Env: env}
	}
	open := &openImage{b: w.b, state: img.state, platform: w.Target, config: llb.ConfigOf(img.config.Config)}
	if q.Role == pipeline.Base && ownPython {
		w.taken = w.takeInterpreter(compiler)
		if platforms.OnlyStrict(w.Build).Match(w.Target) {
			open.taken = w.taken // the compiler is the base
		}
	}
	return open, nil
}

// stage is the image of a stage that was already requested.
func (w *world) stage(q pipeline.Question) (pipeline.Image, bool) {
	if q.Role != pipeline.Stage {
		return nil, false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	img, ok := w.Images[q.Ref]
	return &openImage{b: w.b, state: img.State, platform: w.Target, config: plan.Config{Env: img.Env}}, ok
}

// Context implements pipeline.World.
func (w *world) Context(ctx context.Context, name string, pos source.Pos) error {
	w.mu.Lock()
	_, known := w.Contexts[name]
	w.mu.Unlock()
	if known {
		return nil
	}
	nc, err := w.b.NamedContext(name, dockerui.ContextOpt{Platform: &w.Target, ResolveMode: w.b.ImageResolveMode.String()})
	if err != nil {
		return source.Errorf(pos, "the context %s: %v", name, err)
	}
	if nc == nil {
		return source.Errorf(pos, "the build was not given the context %q", name).
			WithHint("build with --build-context %s=FOLDER", name)
	}
	st, image, err := nc.Load(ctx)
	if err != nil {
		return source.Errorf(pos, "the context %s: %v", name, err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.Contexts[name] = *st
	if image != nil { // a folder has no configuration
		w.ImageContexts[name] = true
	}
	return nil
}

// HasModules implements pipeline.World. It looks at the selection that the copy
// has, so that the client sends nothing twice. A plan sends modules alone.
func (w *world) HasModules(ctx context.Context, f plan.Files) (bool, error) {
	var st bk.State
	switch selection := llb.FilesSelection(f); {
	case f.Context != "" && w.ImageContexts[f.Context]:
		return false, nil // an image's modules may have bytecode
	case f.Context != "":
		st = w.Contexts[f.Context]
	default:
		if _, asked := w.b.question(); asked && len(f.Include) == 0 {
			selection.Hint, selection.Include = "modules of "+selection.Hint, []string{"**/*.py"}
		}
		st = w.World.Context(selection)
	}
	ref, err := w.b.solve(ctx, st, w.Target)
	if err != nil {
		return false, err
	}
	var found atomic.Bool
	dir := path.Join("/", f.From)
	err = each(ctx, &remote{ref: ref}, dir, func(name string, e *fstypes.Stat) {
		rel := strings.TrimPrefix(strings.TrimPrefix(name, dir), "/")
		if fs.FileMode(e.Mode).IsRegular() && strings.HasSuffix(rel, ".py") && f.Selects(rel) {
			found.Store(true)
		}
	})
	return found.Load(), err
}

// Installed implements pipeline.World. The packages are installed immediately,
// because a failure that comes later would look like a missing file.
func (w *world) Installed(ctx context.Context, _ pipeline.Image, packages *plan.SystemPackages) (pipeline.Image, error) {
	st := llb.Packages(w.Base, w.Target, packages, w.World)
	if _, err := w.b.evaluate(ctx, st, w.Target); err != nil {
		return nil, err
	}
	return &openImage{b: w.b, state: st, platform: w.Target, config: llb.ConfigOf(w.base.config.Config)}, nil
}

// Resolve implements pipeline.World.
func (w *world) Resolve(ctx context.Context, r pipeline.ResolveRequest) ([]plan.Wheel, error) {
	p := &plan.Plan{Environment: r.Environment, Building: r.Building, Stages: r.Stages}
	ref, err := w.b.evaluate(ctx, llb.NewGraph(p, w.World).Resolved(), w.Target)
	if err != nil {
		return nil, w.b.explain(ctx, err, r)
	}
	entries, err := ref.ReadDir(ctx, client.ReadDirRequest{Path: "/"})
	if err != nil {
		return nil, fmt.Errorf("reading the resolver's result: %w", err)
	}
	wheels := make([]plan.Wheel, len(entries))
	for n, e := range entries {
		wheels[n] = plan.Wheel{Filename: e.Path, Size: e.Size}
	}
	return wheels, nil
}

// Locate implements pipeline.World.
func (w *world) Locate(ctx context.Context, r indexfiles.Request) (indexfiles.Answer, error) {
	st, err := llb.IndexAnswer(r, w.World)
	if err != nil {
		return nil, err
	}
	ref, err := w.b.evaluate(ctx, st, w.Target)
	if err != nil {
		step, _ := w.b.vertices.failed(err)
		if output, ok := w.b.output(ctx, step); ok {
			if problems, ok := indexfiles.ParseProblems(output); ok {
				return nil, indexfiles.Failure(problems)
			}
		}
		return nil, err
	}
	content, err := ref.ReadFile(ctx, client.ReadRequest{Filename: "/" + indexfiles.AnswerFile})
	if err != nil {
		return nil, fmt.Errorf("reading the answer of the index: %w", err)
	}
	var answer indexfiles.Answer
	if err := json.Unmarshal(content, &answer); err != nil {
		return nil, fmt.Errorf("reading the answer of the index: %w", err)
	}
	return answer, nil
}

// imageAt is image with the line that names it.
func (b *build) imageAt(ctx context.Context, role, ref string, pos source.Pos, platform ocispecs.Platform) (image, error) {
	img, err := b.image(ctx, role, ref, platform)
	if err != nil && pos.IsValid() {
		// The error is included as text, because across the gateway the message of a
		// wrapped status would replace ours.
		return img, source.Errorf(pos, "%v", err)
	}
	return img, err
}
