package frontend

import (
	"context"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/gateway/client"
	fstypes "github.com/tonistiigi/fsutil/types"

	"github.com/moult-build/moult/internal/check"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/step/whiteout"
	"github.com/moult-build/moult/llb"
)

// selections are the parts of the client's folder that graphs use, by their
// hints.
type selections struct {
	mu  sync.Mutex
	all map[string]*selection
}

type selection struct {
	dir   string
	state bk.State
	// ref and found are what inspectContext has found in it: the files' names, by
	// those of their folders in it.
	ref   client.Reference
	found []sentFile
}

// sentFile is a file or a folder that the client has sent.
type sentFile struct {
	// name is relative to the folder that was selected.
	name string
	dir  bool
}

func (s *selections) add(hint, dir string, st bk.State) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[string]*selection{}
	}
	if s.all[hint] == nil {
		s.all[hint] = &selection{dir: dir, state: st}
	}
}

func (s *selections) list() []*selection {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Values(s.all))
}

// walked keeps what was found in a selection.
func (s *selections) walked(one *selection, ref client.Reference, found []sentFile) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one.ref, one.found = ref, found
}

// of is a selection by its hint, after inspectContext has walked it. ok is false
// if no graph has it.
func (s *selections) of(hint string) (_ selection, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one, ok := s.all[hint]
	if !ok {
		return selection{}, false
	}
	return *one, true
}

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
			err = each(egctx, ref, s.dir, func(name string, e *fstypes.Stat) {
				mu.Lock()
				defer mu.Unlock()
				if rel, err := filepath.Rel(s.dir, name); err == nil {
					found = append(found, sentFile{filepath.ToSlash(rel), e.IsDir()})
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
	if b.findings.asked || len(b.CacheImports) > 0 || b.target() != llb.TargetRuntime || b.skips(check.DeletingName) {
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
		names, err := namesBelow(ctx, ref, llb.DeletionsOf(n))
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
	err := each(ctx, ref, dir, func(name string, _ *fstypes.Stat) {
		mu.Lock()
		defer mu.Unlock()
		names = append(names, strings.TrimPrefix(name, dir))
	})
	return names, err
}

// each calls a function for everything below a folder of a solved state, from
// several goroutines. It does not follow links.
func each(ctx context.Context, ref client.Reference, dir string, visit func(name string, e *fstypes.Stat)) error {
	eg, ctx := newGroup(ctx)
	eg.SetLimit(parallel)
	var below func(dir string) error
	below = func(dir string) error {
		entries, err := ref.ReadDir(ctx, client.ReadDirRequest{Path: dir})
		if err != nil {
			if isNotExist(err) {
				return nil
			}
			return err
		}
		for _, e := range entries {
			name := path.Join(dir, e.Path)
			visit(name, e)
			if !e.IsDir() || eg.TryGo(func() error { return below(name) }) {
				continue
			}
			if err := below(name); err != nil {
				return err
			}
		}
		return nil
	}
	eg.Go(func() error { return below(dir) })
	return eg.Wait()
}
