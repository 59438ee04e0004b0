package frontend

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/moby/buildkit/frontend/gateway/client"
	fstypes "github.com/tonistiigi/fsutil/types"

	"github.com/moult-build/moult/internal/check"
	"github.com/moult-build/moult/internal/check/conflict"
	"github.com/moult-build/moult/internal/check/libraries"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/llb"
)

// solveImage solves the result and, in parallel, the steps without outputs,
// and inspects the packages and files. The result is evaluated immediately, so
// that its failures can be reported at the user's lines; layers in a remote
// cache are not fetched.
func (b *build) solveImage(ctx context.Context, e llb.Encoded, d *decided) (ref client.Reference, err error) {
	eg, egctx := newGroup(ctx)
	eg.Go(func() (err error) { ref, err = b.evaluate(egctx, e.State, d.world.Target); return err })
	for _, check := range e.Checks {
		eg.Go(func() error { _, err := b.evaluate(egctx, check, d.world.Target); return err })
	}
	eg.Go(func() error { return b.inspect(egctx, d) })
	// This is a separate statement, because Go does not define whether it would
	// read ref before or after Wait.
	if err = eg.Wait(); err != nil {
		err = b.failures.why(ctx, err) // what reads a result has not asked yet
	}
	return ref, b.explainSteps(ctx, err, d.plan)
}

// inspect reads the packages' and the application's files and reports
// findings about them.
func (b *build) inspect(ctx context.Context, d *decided) error {
	eg, ctx := newGroup(ctx)
	packages, compiled := b.reports(ctx, d)
	if b.inspects(d.plan) {
		eg.Go(func() error { return b.inspectPackages(ctx, d, packages) })
	}
	eg.Go(func() error {
		if err := b.inspectContext(ctx, d); err != nil {
			return err
		}
		sent := sync.OnceValues(func() (*selection, error) { return b.sentApplication(d.plan.App) })
		eg.Go(func() error { return b.inspectFiles(ctx, d, sent) })
		eg.Go(func() error { return b.inspectModules(ctx, d, sent, packages) })
		eg.Go(func() error { return b.inspectPrograms(ctx, d, packages) })
		eg.Go(func() error { return b.inspectCompiled(ctx, d, sent, compiled) })
		return b.inspectPatterns(ctx, d, sent)
	})
	eg.Go(func() error { return b.inspectFilesCompiled(ctx, d) })
	eg.Go(func() error { return b.inspectOutputs(ctx, d) })
	eg.Go(func() error { return b.inspectHome(ctx, d) })
	return eg.Wait()
}

// skips reports whether all of several rules are skipped, so that their
// inspection is not needed.
func (b *build) skips(rules ...*check.Rule) bool {
	return !slices.ContainsFunc(rules, func(r *check.Rule) bool { return !b.findings.options.Skips(r) })
}

// inspects reports whether the packages' files are compared. The builder that
// made a cache that is imported has compared them.
func (b *build) inspects(p *plan.Plan) bool {
	return (len(p.Packages) > 1 || slices.ContainsFunc(p.Packages, plan.Package.MayBeCompiled)) && b.readsPackages(p) &&
		(b.target() == llb.TargetRuntime || b.target() == llb.TargetVenv) &&
		!b.skips(check.FileConflict, check.ModuleConflict, check.MissingLibrary)
}

// inspectPackages reports files that two packages have, and libraries that no
// package has.
func (b *build) inspectPackages(ctx context.Context, d *decided, packages func() (client.Reference, error)) error {
	ref, err := packages()
	if err != nil {
		return err
	}
	conflicts, err := answerOf(ctx, ref, conflict.AnswerFile, conflict.Parse)
	if err != nil {
		return err
	}
	needs, err := answerOf(ctx, ref, libraries.AnswerFile, libraries.Parse)
	if err != nil {
		return err
	}
	if err := b.tell(ctx, check.Conflicts(conflicts, d.positions(b))); err != nil {
		return err
	}
	return b.inspectLibraries(ctx, d, needs)
}

// positions are the lines that ask for packages, by their names.
func (d *decided) positions(b *build) map[string]source.Pos {
	all := map[string]source.Pos{}
	for _, pkg := range d.plan.Packages {
		all[pkg.Name] = b.requiredAt(pkg.Name, pkg.Pos)
	}
	return all
}

// inspectLibraries reports the libraries that packages need and that are
// neither in the base nor in the distribution's packages added to it.
func (b *build) inspectLibraries(ctx context.Context, d *decided, needs []libraries.Need) error {
	if len(needs) == 0 || b.skips(check.MissingLibrary) || check.BringsLibraries(d.plan) {
		return nil
	}
	files, err := b.filesOf(ctx, d.graph.Installed(), d.world.Target)
	if err != nil {
		return err
	}
	needs, err = check.Unmet(ctx, files, d.plan, needs)
	if err != nil {
		return err
	}
	return b.tell(ctx, check.Libraries(needs, d.plan.Environment, d.positions(b)))
}

// inspectFiles reports secrets and databases among the application's files.
func (b *build) inspectFiles(ctx context.Context, d *decided, application func() (*selection, error)) error {
	if d.plan.App == nil || b.target() != llb.TargetRuntime || b.skips(check.SecretFile) && b.skips(check.ReadOnlyDatabase) {
		return nil
	}
	found, err := b.suspects(ctx, d, application)
	if err != nil {
		return err
	}
	return b.tell(ctx, append(check.Files(found, b.applicationAt()), check.Databases(found, d.plan, b.applicationAt())...))
}

// suspects are the application's files whose names are those of secrets or
// of databases.
func (b *build) suspects(ctx context.Context, d *decided, application func() (*selection, error)) ([]check.File, error) {
	sent, err := application()
	if err != nil {
		return nil, err
	}
	if sent != nil {
		return sent.suspects(ctx)
	}
	ref, err := b.evaluate(ctx, d.graph.Suspects(check.FilePatterns()), d.world.Target)
	if err != nil {
		return nil, err
	}
	return collect(ctx, ref, ".")
}

// inspectPatterns reports patterns that select no file.
func (b *build) inspectPatterns(ctx context.Context, d *decided, application func() (*selection, error)) error {
	patterns := plan.ContextPatterns(b.project, d.plan)
	if len(patterns) == 0 || b.target() != llb.TargetRuntime || b.skips(check.EmptyPattern) {
		return nil
	}
	sent, err := application()
	if err != nil {
		return err
	}
	var empty, rest []plan.Pattern
	for _, p := range patterns {
		if sent == nil || p.Files != nil {
			rest = append(rest, p)
			continue
		}
		has, err := sent.has(p.Text)
		if err != nil {
			return err
		}
		if !has {
			empty = append(empty, p)
		}
	}
	more, err := b.emptyPatterns(ctx, d, rest)
	if err != nil {
		return err
	}
	return b.tell(ctx, check.EmptyPatterns(append(empty, more...)))
}

// emptyPatterns are the patterns that select no file, as a build step finds them.
func (b *build) emptyPatterns(ctx context.Context, d *decided, patterns []plan.Pattern) (empty []plan.Pattern, err error) {
	if len(patterns) == 0 {
		return nil, nil
	}
	ref, err := b.evaluate(ctx, d.graph.Matches(patterns), d.world.Target)
	if err != nil {
		return nil, err
	}
	for n, p := range patterns {
		entries, err := ref.ReadDir(ctx, client.ReadDirRequest{Path: llb.FolderOf(n)})
		if err != nil && !isNotExist(err) {
			return nil, fmt.Errorf("looking for files of %s: %w", p.Key, err)
		}
		if len(entries) == 0 {
			empty = append(empty, p)
		}
	}
	return empty, nil
}

// maxHead is the number of bytes that are read of a file to find its kind.
const maxHead = 4 << 10

// collect lists the files below a folder.
func collect(ctx context.Context, ref client.Reference, dir string) (all []check.File, err error) {
	err = walk(ctx, ref, dir, 0, func(name string, _ *fstypes.Stat) error {
		f, err := headed(ctx, ref, name)
		if err != nil {
			return err
		}
		all = append(all, f)
		return nil
	})
	return all, err
}
