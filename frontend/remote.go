package frontend

import (
	"context"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/util/flightcontrol"
	fstypes "github.com/tonistiigi/fsutil/types"
)

// remote is a solved state whose files are read. Each folder is listed and each
// file read only once, also if there is none, because a request to the daemon
// costs a millisecond.
type remote struct {
	ref     client.Reference
	files   flightcontrol.CachedGroup[answer[[]byte]]
	folders flightcontrol.CachedGroup[answer[[]*fstypes.Stat]]
}

// ReadFile is a file's content; the error is fs.ErrNotExist if there is none.
func (r *remote) ReadFile(ctx context.Context, name string) ([]byte, error) {
	return r.content(ctx, name, func(ctx context.Context) ([]byte, error) {
		return r.ref.ReadFile(ctx, client.ReadRequest{Filename: name})
	})
}

func (r *remote) content(ctx context.Context, name string, read func(context.Context) ([]byte, error)) ([]byte, error) {
	return once(ctx, &r.files, name, func(ctx context.Context) ([]byte, error) {
		content, err := read(ctx)
		return content, absent("read", name, err)
	})
}

// list are the files and folders in a folder, sorted by name; the error is
// fs.ErrNotExist if there is no such folder.
func (r *remote) list(ctx context.Context, name string) ([]*fstypes.Stat, error) {
	return once(ctx, &r.folders, name, func(ctx context.Context) ([]*fstypes.Stat, error) {
		entries, err := r.ref.ReadDir(ctx, client.ReadDirRequest{Path: name})
		slices.SortFunc(entries, func(x, y *fstypes.Stat) int { return strings.Compare(x.Path, y.Path) })
		return entries, absent("readdir", name, err)
	})
}

// answer is the answer to a request for a file or a folder. The error is that
// there is none; other errors are not kept.
type answer[T any] struct {
	found T
	err   error
}

// once asks only for what was not asked for before.
func once[T any](ctx context.Context, group *flightcontrol.CachedGroup[answer[T]], name string, ask func(context.Context) (T, error)) (T, error) {
	a, err := group.Do(ctx, name, func(ctx context.Context) (answer[T], error) {
		found, err := ask(ctx)
		if isNotExist(err) {
			return answer[T]{err: err}, nil
		}
		return answer[T]{found: found}, err
	})
	if err == nil {
		err = a.err
	}
	return a.found, err
}

// foldersIn are the names of the folders among what is in a folder.
func foldersIn(entries []*fstypes.Stat, err error) (names []string, _ error) {
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Path)
		}
	}
	return names, err
}

// stat reports whether a state has a file or a folder, where a link leads.
func stat(ctx context.Context, ref client.Reference, name string) (bool, error) {
	_, err := ref.StatFile(ctx, client.StatRequest{Path: name})
	if err != nil && isNotExist(err) {
		return false, nil
	}
	return err == nil, err
}
