package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/moult-build/moult/internal/plan"
)

// parents finds the parent directories that an image has for some paths, by
// path. It follows links.
func parents(ctx context.Context, img Image, to []string) (map[string]plan.ParentDirectory, error) {
	l := parentFinder{ctx: ctx, img: img, found: map[string]plan.ParentDirectory{}, missing: map[string]bool{}}
	for _, name := range to {
		for _, folder := range plan.Prefixes(name) {
			if _, ok, err := l.find(folder, 0); err != nil {
				return nil, fmt.Errorf("looking for %s in the base image: %w", folder, err)
			} else if !ok {
				break
			}
		}
	}
	return l.found, nil
}

// parentFinder looks for parent directories in an image.
type parentFinder struct {
	ctx     context.Context
	img     Image
	found   map[string]plan.ParentDirectory
	missing map[string]bool
}

// maxSymlinks is how many links are followed to find a folder, as in Linux.
const maxSymlinks = 40

func (l *parentFinder) find(name string, symlinks int) (f plan.ParentDirectory, ok bool, err error) {
	if name == "/" {
		return plan.ParentDirectory{Path: "/", Mode: 0o755}, true, nil
	}
	if f, ok := l.found[name]; ok {
		return f, true, nil
	}
	if l.missing[name] || symlinks > maxSymlinks {
		return f, false, nil
	}
	parent, ok, err := l.find(path.Dir(name), symlinks)
	if err != nil || !ok {
		l.missing[name] = true
		return f, false, err
	}
	at := path.Join(parent.Path, path.Base(name))
	file, err := l.img.Lstat(l.ctx, at)
	if errors.Is(err, fs.ErrNotExist) {
		l.missing[name] = true
		return f, false, nil
	}
	if err != nil {
		return f, false, err
	}
	switch {
	case file.Mode.IsDir():
		f, ok = folder(at, file), true
	case file.Mode&fs.ModeSymlink != 0:
		target := file.Link
		if !path.IsAbs(target) {
			target = path.Join(parent.Path, target)
		}
		f, ok, err = l.find(path.Clean(target), symlinks+1)
	default:
		ok = false
	}
	if ok && err == nil {
		l.found[name] = f
	}
	return f, ok, err
}

// folder describes a folder of an image in the plan's form.
func folder(at string, file File) plan.ParentDirectory {
	f := plan.ParentDirectory{Path: at, Mode: uint32(file.Mode.Perm()), UID: file.UID, GID: file.GID}
	if file.Mode&fs.ModeSticky != 0 {
		f.Mode |= plan.Sticky
	}
	if file.Mode&fs.ModeSetgid != 0 {
		f.Mode |= plan.Setgid
	}
	return f
}
