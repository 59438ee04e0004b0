package frontend

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/moby/buildkit/frontend/gateway/client"
	fstypes "github.com/tonistiigi/fsutil/types"

	"github.com/moult-build/moult/internal/check"
	"github.com/moult-build/moult/internal/check/imports"
	"github.com/moult-build/moult/internal/check/modules"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/llb"
)

// inspectModules reports modules that the program imports at its start and that
// the image does not have. packages are those of the packages' files, which are
// asked for only if the packages' names do not explain all imports. They are
// not known where readsPackages is false.
func (b *build) inspectModules(ctx context.Context, d *decided, sent func() (*selection, error), packages func() (client.Reference, error)) error {
	atStart := []*check.Rule{check.MissingModule, check.MissingDisplay, check.MissingLocale, check.MissingEventLoop}
	if b.target() != llb.TargetRuntime || !slices.ContainsFunc(atStart, func(r *check.Rule) bool { return !b.skips(r) }) {
		return nil
	}
	if d.plan.Unresolved() {
		return nil // a check does not resolve the requirements
	}
	application, err := sent()
	if err == nil && application == nil && d.plan.App != nil {
		if len(d.plan.App.Added) > 0 {
			return nil // what a stage adds may have any module
		}
		application, err = b.ofLayer(ctx, d)
	}
	if err != nil {
		return err
	}
	tree := b.sources(ctx, d.plan, application)
	img, ok := check.Started(b.project, d.plan, tree)
	if !ok {
		return nil
	}
	var names []string
	for _, p := range d.plan.Packages {
		names = append(names, p.Name)
	}
	img.Modules = imports.Likely(names)
	found, err := imports.Search(img)
	if err != nil {
		return err
	}
	missing, file := found.Missing, b.importsIn(d.plan, tree, nil).File
	told := slices.Concat(check.Displays{Project: b.project, Toolkits: found.Toolkits, File: file}.Check(),
		check.Locales{Project: b.project, Plan: d.plan, Set: found.Locales, File: file}.Check(), check.EventLoops{Project: b.project, Loops: found.Loops, File: file}.Check())
	if err := b.tell(ctx, told); err != nil || len(missing) == 0 {
		return err
	}
	if len(names) > 0 {
		if !b.readsPackages(d.plan) {
			return nil
		}
		ref, err := packages()
		if err != nil {
			return err
		}
		if img.Modules, err = answerOf(ctx, ref, modules.AnswerFile, modules.Parse); err != nil {
			return err
		}
		if missing, err = imports.Find(img); err != nil {
			return err
		}
	}
	return b.tell(ctx, b.importsIn(d.plan, tree, missing).Check())
}

// importsIn is the input of the rule for modules that are missing. The files of
// the imports were read before.
func (b *build) importsIn(p *plan.Plan, tree *imports.Tree, missing []imports.Missing) check.Imports {
	in := check.Imports{
		Project: b.project, Missing: missing, Command: b.asked.Command.Pos,
		Locked: len(p.Packages) > 0 && (p.Building == nil || p.Building.Resolve == nil),
	}
	if !in.Command.IsValid() {
		in.Command = b.project.Settings.Pos
	}
	read := map[string]*source.File{}
	in.File = func(at string) *source.File {
		name := tree.Name(at)
		if read[name] == nil {
			content, _ := tree.Read(at)
			read[name] = &source.File{Name: name, Data: content}
		}
		return read[name]
	}
	for _, at := range tree.Requirements() {
		name := tree.Name(at)
		if slices.ContainsFunc(b.project.RequirementFiles, func(f project.RequirementFile) bool { return f.Name.V == name }) {
			continue
		}
		// A file that cannot be read is no hint.
		if content, err := tree.Read(at); err == nil {
			in.Requirements = append(in.Requirements, &source.File{Name: name, Data: content})
		}
	}
	return in
}

// ofLayer is the application as its layer has it, for a check and for an
// application that the client has not sent.
func (b *build) ofLayer(ctx context.Context, d *decided) (*selection, error) {
	ref, err := b.evaluate(ctx, d.graph.Application(), d.world.Target)
	if err != nil {
		return nil, err
	}
	s := &selection{dir: d.plan.App.Dir, ref: ref}
	var mu sync.Mutex
	err = each(ctx, &remote{ref: ref}, s.dir, func(name string, e *fstypes.Stat) {
		mu.Lock()
		defer mu.Unlock()
		if rel, ok := strings.CutPrefix(name, s.dir+"/"); ok {
			s.found = append(s.found, sentFile{rel, e.IsDir(), e.Size})
		}
	})
	return s, err
}

// largeSource is the size of a source that holds data rather than a program, and
// of which a daemon may refuse to send the content.
const largeSource = 1 << 20

// sources are the project's files that the client has sent: those of the
// application by their paths in the image, and those of packages that are built
// from folders of the context below check.PackageSources.
func (b *build) sources(ctx context.Context, p *plan.Plan, application *selection) *imports.Tree {
	refs := map[string]client.Reference{}
	paths := map[string]string{} // in refs
	var mu sync.Mutex
	read := map[string][]byte{}
	get := func(ctx context.Context, name string) ([]byte, error) {
		mu.Lock()
		content, ok := read[name]
		mu.Unlock()
		if ok || refs[name] == nil {
			return content, nil
		}
		content, err := refs[name].ReadFile(ctx, client.ReadRequest{Filename: paths[name]})
		if err != nil {
			// It may be a link to a file that the client has not sent, which is no reason to
			// fail.
			content = nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		mu.Lock()
		defer mu.Unlock()
		read[name] = content
		return content, nil
	}
	tree := imports.NewTree(func(name string) ([]byte, error) { return get(ctx, name) }, check.PackageSources)
	// A dozen concurrent requests cost hardly more than one.
	tree.Ready = func(names []string) error {
		eg, ctx := newGroup(ctx)
		eg.SetLimit(12)
		for _, name := range names {
			eg.Go(func() error { _, err := get(ctx, name); return err })
		}
		return eg.Wait()
	}
	add := func(s *selection, dir, at string) {
		for _, f := range s.found {
			if f.dir {
				tree.AddFolder(path.Join(at, f.name))
				continue
			}
			name := path.Join(dir, f.name)
			refs[name], paths[name] = s.ref, path.Join(s.dir, f.name)
			if f.size == 0 || f.size > largeSource {
				read[name] = nil // many a package has an empty __init__.py
			}
			tree.Add(path.Join(at, f.name), name)
		}
	}
	if application != nil {
		add(application, p.App.From, p.App.Dir)
	}
	if p.Building == nil {
		return tree
	}
	for _, s := range p.Building.Sources {
		if folder, ok := s.Origin.(*plan.ContextFolder); ok {
			if one, ok := b.sent.of(llb.HintSource(s.Name)); ok && one.ref != nil {
				add(&one, one.dir, path.Join(check.PackageSources, folder.Dir))
			}
		}
	}
	return tree
}

// readsPackages reports whether a step may read the packages' layers. A builder
// that imports a cache may not have these layers, and does not need to fetch
// them for the image. It reads them all the same if somebody has asked for the
// findings, or if one of them ends the build: then the answer must not depend on the
// cache. A check does not wait for a compiler.
func (b *build) readsPackages(p *plan.Plan) bool {
	asked := b.findings.asked
	return len(p.Packages) > 0 && (len(b.CacheImports) == 0 || asked || b.findings.options.Error) && (p.Building == nil || !asked)
}

// answerOf reads what a step says about the packages or the application, and
// parses it.
func answerOf[T any](ctx context.Context, ref client.Reference, name string, parse func([]byte) (T, error)) (T, error) {
	content, err := ref.ReadFile(ctx, client.ReadRequest{Filename: "/" + strings.TrimPrefix(name, "/")})
	if err != nil {
		var none T
		return none, fmt.Errorf("reading the findings in the packages: %w", err)
	}
	return parse(content)
}
