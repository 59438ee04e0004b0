package frontend

import (
	"context"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/gateway/client"

	"github.com/moult-build/moult/internal/check"
	"github.com/moult-build/moult/internal/check/compiled"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/llb"
)

// reports asks for the report on the packages and for that on what was compiled,
// each when it is first needed. A build that needs both asks for them in one graph.
func (b *build) reports(ctx context.Context, d *decided) (packages, compiled func() (client.Reference, error)) {
	ask := func(report func() bk.State) func() (client.Reference, error) {
		return sync.OnceValues(func() (client.Reference, error) { return b.evaluate(ctx, report(), d.world.Target) })
	}
	counts := b.countsCompiled(d.plan)
	if counts && b.inspects(d.plan) {
		both := ask(d.graph.InspectionAndCompiled)
		return both, both
	}
	if counts {
		compiled = ask(d.graph.Compiled)
	}
	return ask(d.graph.Inspection), compiled
}

// readsSteps reports whether a rule reads what the steps of the image have said or
// written. A check runs none, and a builder that imports a cache may have a step's
// layer and nothing else of it.
func (b *build) readsSteps(rule *check.Rule) bool {
	return b.target() == llb.TargetRuntime && !b.findings.asked && len(b.CacheImports) == 0 && !b.skips(rule)
}

// countsCompiled reports whether the report on what was compiled of the
// application is read.
func (b *build) countsCompiled(p *plan.Plan) bool {
	return p.App != nil && p.Bytecode && b.readsSteps(check.InvalidSyntax)
}

// inspectCompiled reports files of the application that the image's Python cannot
// compile, and counts those that it has compiled. The step that makes the layer
// says both; report is nil if nobody asks.
func (b *build) inspectCompiled(ctx context.Context, d *decided, sent func() (*selection, error), report func() (client.Reference, error)) error {
	a := d.plan.App
	if report == nil {
		return nil
	}
	application, err := sent()
	if err != nil || application != nil && !slices.ContainsFunc(application.found, sentFile.isModule) {
		return err
	}
	ref, err := report()
	if err != nil {
		return err
	}
	answer, err := answerOf(ctx, ref, compiled.AnswerFile, compiled.Parse)
	if err != nil {
		return err
	}
	d.compiled = &answer
	return b.tell(ctx, check.Compiled{
		Answer: answer, Python: d.plan.Environment.Python.Name(), Application: b.applicationAt(),
		File: func(at string) *source.File {
			rel, ok := strings.CutPrefix(at, a.Dir+"/")
			if !ok {
				return nil
			}
			return b.applicationFile(ctx, d, path.Join(a.From, rel))
		},
	}.Check())
}

// inspectFilesCompiled does the same for files that do not belong to the
// application.
func (b *build) inspectFilesCompiled(ctx context.Context, d *decided) error {
	if !b.readsSteps(check.InvalidSyntax) {
		return nil
	}
	st, indexes := d.graph.FilesCompiled()
	if len(indexes) == 0 {
		return nil
	}
	ref, err := b.evaluate(ctx, st, d.world.Target)
	if err != nil {
		return err
	}
	var found []check.Finding
	for _, n := range indexes {
		f := d.plan.Files[n]
		answer, err := answerOf(ctx, ref, path.Join(llb.FolderOf(n), compiled.AnswerFile), compiled.Parse)
		if err != nil {
			return err
		}
		d.filesCompiled.Compiled += answer.Compiled
		d.filesCompiled.Failed += answer.Failed
		found = append(found, check.Compiled{
			Answer: answer, Python: d.plan.Environment.Python.Name(), Application: f.Pos, Files: true,
			File: func(at string) *source.File {
				rel, ok := strings.CutPrefix(at, strings.TrimSuffix(f.To, "/")+"/")
				if !ok || !f.OfContext() {
					return nil
				}
				name := path.Join(f.From, rel)
				content, err := b.files.ReadFile(name)
				if err != nil {
					return nil // the finding has its path then
				}
				return &source.File{Name: name, Data: content}
			},
		}.Check()...)
	}
	return b.tell(ctx, found)
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
