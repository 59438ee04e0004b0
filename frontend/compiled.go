package frontend

import (
	"context"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/gateway/client"

	"github.com/moult-build/moult/internal/check"
	"github.com/moult-build/moult/internal/check/compiled"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/llb"
)

// inspectCompiled reports files of the application that the image's Python cannot
// compile, and counts those that it has compiled. The step that makes the layer
// says both. A check compiles nothing, and a builder that imports a cache may have
// the layer without what the step said.
func (b *build) inspectCompiled(ctx context.Context, d *decided, sent func() (*selection, error)) error {
	a := d.plan.App
	if a == nil || b.target() != llb.TargetRuntime || b.findings.asked || b.skips(check.InvalidSyntax) || len(b.CacheImports) > 0 {
		return nil
	}
	application, err := sent()
	if err != nil || application != nil && !slices.ContainsFunc(application.found, sentFile.isModule) {
		return err
	}
	report, ok := d.graph.Compiled()
	if !ok {
		return nil
	}
	ref, err := b.evaluate(ctx, report, d.world.Target)
	if err != nil {
		return err
	}
	answer, err := answerOf(ctx, ref, compiled.AnswerFile, compiled.Parse)
	if err != nil {
		return err
	}
	d.compiled = &answer
	return b.tell(ctx, check.Compiled{
		Answer: answer, Python: d.plan.Environment.Python.Version(), Application: b.applicationAt(),
		File: func(at string) *source.File {
			rel, ok := strings.CutPrefix(at, a.Dir+"/")
			if !ok {
				return nil
			}
			return b.applicationFile(ctx, d, path.Join(a.From, rel))
		},
	}.Check())
}

// applicationFile is a file of the context that is part of the application; nil
// if it cannot be read, or if it may come from a stage instead.
func (b *build) applicationFile(ctx context.Context, d *decided, name string) *source.File {
	if len(d.plan.App.Added) > 0 {
		return nil
	}
	content, err := b.readApplication(ctx, name)
	if err != nil {
		return nil // the finding has its path then
	}
	return &source.File{Name: name, Data: content}
}

func (b *build) readApplication(ctx context.Context, name string) ([]byte, error) {
	sent, ok := b.sent.of(llb.HintApp)
	if !ok {
		return b.files.ReadFile(name) // of a git repository or an archive
	}
	if sent.ref == nil {
		return nil, fs.ErrNotExist
	}
	return sent.ref.ReadFile(ctx, client.ReadRequest{Filename: name})
}

// isModule reports whether Python may compile a file.
func (f sentFile) isModule() bool { return !f.dir && strings.HasSuffix(f.name, ".py") }
