package frontend

import (
	"context"
	"path"

	"github.com/moby/buildkit/frontend/gateway/client"
	fstypes "github.com/tonistiigi/fsutil/types"
)

// maxDepth limits how deep walk goes.
const maxDepth = 12

// walk calls a function for each file below a folder of a solved state. It does
// not follow links; they are files to it.
func walk(ctx context.Context, ref client.Reference, dir string, depth int, visit func(name string, e *fstypes.Stat) error) error {
	entries, err := ref.ReadDir(ctx, client.ReadDirRequest{Path: dir})
	if err != nil || depth > maxDepth {
		return err
	}
	for _, e := range entries {
		name := path.Join(dir, e.Path)
		if e.IsDir() {
			err = walk(ctx, ref, name, depth+1, visit)
		} else {
			err = visit(name, e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// each calls a function for everything below a folder of a solved state, at any
// depth. It reads several folders at the same time and calls the function from
// several goroutines, because a context may have thousands of them. It does not
// follow links.
func each(ctx context.Context, from *remote, dir string, visit func(name string, e *fstypes.Stat)) error {
	eg, ctx := newGroup(ctx)
	eg.SetLimit(parallel)
	var below func(dir string) error
	below = func(dir string) error {
		entries, err := from.list(ctx, dir)
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
