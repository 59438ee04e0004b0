package frontend

import (
	"context"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/moby/buildkit/frontend/dockerui"
	fstypes "github.com/tonistiigi/fsutil/types"
)

// part is a part of the client's folder that the build has fetched. Whether it
// has a file is known from the list of the file's folder, so that a file that
// does not exist costs no request of its own.
type part struct {
	remote
	ctx context.Context
	// top is the folder that holds all of its files.
	top string
	// answers reports whether the part has a file if the client's folder has it.
	answers func(name string) bool
	// early are the files of readAll.
	early sync.Map
}

// entry is a file or a folder of the part; nil if it has none of that name.
func (p *part) entry(name string) (*fstypes.Stat, error) {
	dir, base := path.Dir(name), path.Base(name)
	if name == p.top || name == "." || name == "/" {
		return &fstypes.Stat{Path: base, Mode: uint32(fs.ModeDir)}, nil
	}
	if strings.HasPrefix(dir, p.top+"/") || p.top == "." && dir != "." {
		if above, err := p.entry(dir); err != nil || above == nil {
			return nil, err
		}
	}
	entries, err := p.list(p.ctx, dir)
	if err != nil {
		if isNotExist(err) {
			return nil, nil
		}
		return nil, err
	}
	n, ok := slices.BinarySearchFunc(entries, base, func(e *fstypes.Stat, name string) int { return strings.Compare(e.Path, name) })
	if !ok {
		return nil, nil
	}
	return entries[n], nil
}

// has reports whether the part has a file or a folder. A link has to lead to one.
func (p *part) has(name string) (bool, error) {
	e, err := p.entry(name)
	if err != nil || e == nil {
		return false, err
	}
	if fs.FileMode(e.Mode)&fs.ModeSymlink == 0 {
		return true, nil
	}
	return stat(p.ctx, p.ref, name)
}

// read is a file's content; the error is fs.ErrNotExist if the part does not have
// it.
func (p *part) read(name string) ([]byte, error) {
	if _, ok := p.early.Load(name); ok {
		return p.ReadFile(p.ctx, name)
	}
	e, err := p.entry(name)
	if err != nil {
		return nil, err
	}
	if e == nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
	}
	// The size is known, so that dockerui would ask for it in vain.
	if fs.FileMode(e.Mode).IsRegular() && e.Size <= wholeFile {
		return p.ReadFile(p.ctx, name)
	}
	return p.content(p.ctx, name, func(ctx context.Context) ([]byte, error) { return dockerui.ReadFile(ctx, p.ref, name) })
}

// readAll reads files before they are needed, several at the same time. It does
// not list their folders: most of them are there. Whoever needs one that cannot be
// read gets the error then.
func (p *part) readAll(names []string) {
	eg, _ := newGroup(p.ctx)
	eg.SetLimit(parallel)
	for _, name := range names {
		eg.Go(func() error {
			if _, err := p.ReadFile(p.ctx, name); err == nil || isNotExist(err) {
				p.early.Store(name, true)
			}
			return nil
		})
	}
	_ = eg.Wait()
}

// withOneOf are those of the folders in a folder that have one of some files.
func (p *part) withOneOf(dir string, folders, files []string) (found []string, err error) {
	for _, folder := range folders {
		entries, err := p.list(p.ctx, path.Join(dir, folder))
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(entries, func(e *fstypes.Stat) bool { return slices.Contains(files, e.Path) }) {
			found = append(found, folder)
		}
	}
	return found, nil
}
