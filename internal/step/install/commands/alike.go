package commands

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/moult-build/moult/internal/step/install"
	"github.com/moult-build/moult/internal/step/install/bytecode"
	"github.com/moult-build/moult/internal/step/protocol"
)

// makeAlike gives bytecode the owner and the permissions of its source, because
// whoever may not read the source must not read it there either, and folders those
// that they have in the source tree.
func makeAlike(tree *install.Tree, c protocol.Compile, sources []bytecode.Source, res *bytecode.Result) error {
	done := map[string]bool{"/": true}
	once := func(from, to string) error {
		if done[to] {
			return nil
		}
		done[to] = true
		return alike(tree, from, to, 0)
	}
	for _, s := range sources {
		if slices.ContainsFunc(res.Failed, func(f bytecode.Failure) bool { return f.Final == s.Final }) {
			continue
		}
		cache := bytecode.CachePath(s.Final, res.Tag)
		for dir := path.Dir(s.Final); dir != "/"; dir = path.Dir(dir) {
			if err := once(filepath.Join(c.Source, strings.TrimPrefix(dir, c.Path)), dir); err != nil {
				return err
			}
		}
		if err := once(filepath.Dir(s.From), path.Dir(cache)); err != nil {
			return err
		}
		if err := alike(tree, s.From, cache, 0o111); err != nil {
			return err
		}
	}
	return nil
}

// alike gives a file or a folder of a tree the owner and the permissions of
// another one, without some of the bits.
func alike(tree *install.Tree, from, to string, without uint32) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return &fs.PathError{Op: "stat", Path: from, Err: errors.ErrUnsupported}
	}
	return tree.Own(to, st.Mode&0o7777&^without, int(st.Uid), int(st.Gid))
}
