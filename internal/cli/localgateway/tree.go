package localgateway

import (
	"context"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/tonistiigi/fsutil"
	"github.com/tonistiigi/fsutil/types"
)

// tree is a file system by name. Names are relative and have no trailing
// slash; the root has none.
type tree struct {
	nodes map[string]*node

	once sync.Once
	// children are the names in each folder; created when they are first needed.
	children map[string][]string
}

// node is a file. open is nil for a file without content, such as a folder.
type node struct {
	stat types.Stat
	open func() (io.ReadCloser, error)
}

func newTree() *tree { return &tree{nodes: map[string]*node{}} }

func (n *node) isDir() bool { return fs.FileMode(n.stat.Mode).IsDir() }

func (t *tree) clone() *tree { return &tree{nodes: maps.Clone(t.nodes)} }

func (t *tree) add(name string, n *node) {
	t.mkdir(dirOf(name))
	t.nodes[name] = n
}

// mkdir creates a folder and its parent directories.
func (t *tree) mkdir(name string) {
	for ; name != ""; name = dirOf(name) {
		if n := t.nodes[name]; n != nil && n.isDir() {
			return
		}
		t.nodes[name] = &node{stat: types.Stat{Mode: uint32(fs.ModeDir | 0o755)}}
	}
}

func (t *tree) mkfile(name string, content []byte) {
	t.add(name, &node{
		stat: types.Stat{Mode: 0o644, Size: int64(len(content))},
		open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(string(content))), nil },
	})
}

// remove removes everything below a name and, if self is true, the name itself.
func (t *tree) remove(name string, self bool) {
	if self {
		delete(t.nodes, name)
	}
	for other := range t.nodes {
		if name == "" || strings.HasPrefix(other, name+"/") {
			delete(t.nodes, other)
		}
	}
}

// below returns the names of everything in a folder at any depth, sorted.
func (t *tree) below(dir string) []string {
	var all []string
	for name := range t.nodes {
		if dir == "" || strings.HasPrefix(name, dir+"/") {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}

func (t *tree) list(dir string) []string {
	t.once.Do(func() {
		t.children = map[string][]string{}
		for name := range t.nodes {
			t.children[dirOf(name)] = append(t.children[dirOf(name)], path.Base(name))
		}
		for _, names := range t.children {
			slices.Sort(names)
		}
	})
	return t.children[dir]
}

// maxSymlinks is the maximum number of symbolic links that are followed, as in
// Linux.
const maxSymlinks = 40

// resolve follows symbolic links inside of the tree and returns the resulting
// name. It follows a link in the last part only if last is true.
func (t *tree) resolve(name string, last bool) (string, error) {
	symlinks := 0
	done := ""
	rest := strings.Split(clean(name), "/")
	for len(rest) > 0 {
		part := rest[0]
		rest = rest[1:]
		switch part {
		case "", ".":
			continue
		case "..":
			done = dirOf(done)
			continue
		}
		next := path.Join(done, part)
		n := t.nodes[next]
		if n == nil {
			return "", notExist(name)
		}
		if fs.FileMode(n.stat.Mode)&fs.ModeSymlink != 0 && (last || len(rest) > 0) {
			if symlinks++; symlinks > maxSymlinks {
				return "", &fs.PathError{Op: "open", Path: name, Err: syscall.ELOOP}
			}
			target := n.stat.Linkname
			if path.IsAbs(target) {
				done = ""
			}
			rest = append(strings.Split(target, "/"), rest...)
			continue
		}
		done = next
	}
	return done, nil
}

func notExist(name string) error {
	return &fs.PathError{Op: "open", Path: name, Err: syscall.ENOENT}
}

func dirOf(name string) string {
	dir := path.Dir(name)
	if dir == "." || dir == "/" {
		return ""
	}
	return dir
}

// folderTree reads a folder of this machine.
func folderTree(ctx context.Context, folder fsutil.FS) (*tree, error) {
	t := newTree()
	err := folder.Walk(ctx, "", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		st, ok := info.Sys().(*types.Stat)
		if !ok {
			return &fs.PathError{Op: "stat", Path: name, Err: os.ErrInvalid}
		}
		n := &node{stat: types.Stat{Mode: st.Mode, Size: st.Size, Linkname: st.Linkname, ModTime: st.ModTime}}
		if st.Linkname != "" && fs.FileMode(st.Mode)&fs.ModeSymlink == 0 {
			// A hard link to a file that came before.
			if other := t.nodes[clean(st.Linkname)]; other != nil {
				n.stat.Size, n.stat.Linkname = other.stat.Size, ""
			}
		}
		name = strings.ReplaceAll(name, "\\", "/")
		if fs.FileMode(st.Mode).IsRegular() {
			n.open = func() (io.ReadCloser, error) { return folder.Open(name) }
		}
		t.nodes[name] = n
		return nil
	})
	return t, err
}
