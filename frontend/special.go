package frontend

import (
	"context"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/moby/buildkit/frontend/gateway/client"
	fstypes "github.com/tonistiigi/fsutil/types"

	"github.com/moult-build/moult/internal/check"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/step/homefiles"
	"github.com/moult-build/moult/internal/step/whiteout"
	"github.com/moult-build/moult/llb"
)

// inspectContext looks at the names and kinds of the files that the client has
// sent. A device or a pipe is an error: it would be one in the image, and what
// reads it in the build may wait for ever.
func (b *build) inspectContext(ctx context.Context, d *decided) error {
	var mu sync.Mutex
	var special []string
	byLine := map[source.Pos][]string{}
	eg, egctx := newGroup(ctx)
	for _, s := range b.sent.list() {
		eg.Go(func() error {
			ref, err := b.solve(egctx, s.state, d.world.Target)
			if err != nil {
				return err
			}
			var found []sentFile
			err = each(egctx, &remote{ref: ref}, s.dir, func(name string, e *fstypes.Stat) {
				mu.Lock()
				defer mu.Unlock()
				if rel, err := filepath.Rel(s.dir, name); err == nil {
					found = append(found, sentFile{filepath.ToSlash(rel), e.IsDir(), e.Size})
				}
				if fs.FileMode(e.Mode)&(fs.ModeDevice|fs.ModeNamedPipe) != 0 {
					special = append(special, name)
				}
				if strings.HasPrefix(path.Base(name), whiteout.Prefix) {
					pos := b.copiedAt(d.plan, name)
					byLine[pos] = append(byLine[pos], name)
				}
			})
			b.sent.walked(s, ref, found)
			return err
		})
	}
	if err := eg.Wait(); err != nil {
		return err
	}
	if len(special) > 0 {
		slices.Sort(special)
		return source.Errorf(b.copiedAt(d.plan, special[0]), "%s is a device or a pipe, which cannot be part of an image", special[0]).
			WithHint("leave it out by .dockerignore")
	}
	var found []check.Finding
	for pos, names := range byLine {
		found = append(found, check.DeletingNames(names, pos)...)
	}
	return b.tell(ctx, found)
}

// copiedAt is the line that copies a file of the context: the last entry of files
// that has it, else that of the application.
func (b *build) copiedAt(p *plan.Plan, name string) source.Pos {
	pos := b.applicationAt()
	for _, f := range p.AllFiles() {
		if f.Holds(name) {
			pos = f.Pos
		}
	}
	return pos
}

// applicationAt is the line that says which files the application has.
func (b *build) applicationAt() source.Pos {
	if include := b.project.Settings.App.Include; len(include) > 0 {
		return include[0].Pos
	}
	return b.project.Settings.Pos
}

// inspectOutputs looks for names that delete other files among what comes from
// elsewhere: outputs of steps, and files of stages, images and archives. A
// builder that imports a cache may not have them, and does not need to fetch
// them for the image.
func (b *build) inspectOutputs(ctx context.Context, d *decided) error {
	if !b.readsSteps(check.DeletingName) {
		return nil
	}
	st, layers := d.graph.Deletions(whiteout.Prefix)
	if len(layers) == 0 {
		return nil
	}
	ref, err := b.evaluate(ctx, st, d.world.Target)
	if err != nil {
		return err
	}
	var found []check.Finding
	for n, l := range layers {
		names, err := namesBelow(ctx, ref, llb.FolderOf(n))
		if err != nil {
			return err
		}
		found = append(found, check.DeletingNames(names, l.Pos)...)
	}
	return b.tell(ctx, found)
}

// namesBelow are the paths of everything below a folder, with a slash before
// them.
func namesBelow(ctx context.Context, ref client.Reference, dir string) ([]string, error) {
	var mu sync.Mutex
	var names []string
	err := each(ctx, &remote{ref: ref}, dir, func(name string, _ *fstypes.Stat) {
		mu.Lock()
		defer mu.Unlock()
		names = append(names, strings.TrimPrefix(name, dir))
	})
	return names, err
}

// inspectHome reports what steps have written into their home folder and the
// image's program does not find. The steps say it. A check runs none, and a builder
// that imports a cache may have a step's result without what the step said.
func (b *build) inspectHome(ctx context.Context, d *decided) error {
	if !b.readsSteps(check.UnreachableFile) {
		return nil
	}
	reports, steps := d.graph.HomeFiles()
	if len(steps) == 0 {
		return nil
	}
	ref, err := b.evaluate(ctx, reports, d.world.Target)
	if err != nil {
		return err
	}
	for n, step := range steps {
		folders, err := answerOf(ctx, ref, path.Join(llb.FolderOf(n), homefiles.AnswerFile), homefiles.Parse)
		if err != nil {
			return err
		}
		if err := b.tell(ctx, check.HomeFiles(check.Plan{Project: b.project, Plan: d.plan}, step, folders)); err != nil {
			return err
		}
	}
	return nil
}
