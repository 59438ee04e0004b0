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
