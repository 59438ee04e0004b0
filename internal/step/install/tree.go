package install

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	fileMode = 0o644
	execMode = 0o755
	dirMode  = 0o755
)

// Tree is an output directory that becomes an image layer. Everything that it
// creates has normal modes and, after Finish, the same modification time. It
// never writes through a symbolic link. Several goroutines may call its methods
// at once, except Finish.
type Tree struct {
	root  string
	mtime time.Time

	mu   sync.Mutex
	dirs map[string]bool // image paths of directories known to be real
}

// NewTree returns the tree whose image root is the directory root. It creates
// the directory if it is missing. Existing files stay.
func NewTree(root string, mtime time.Time) (*Tree, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(root, dirMode); err != nil {
		return nil, err
	}
	return &Tree{root: root, mtime: mtime, dirs: map[string]bool{}}, nil
}

// Path returns the path on this machine for the absolute image path p.
func (t *Tree) Path(p string) string { return t.root + p }

// Mkdir creates the directory with the absolute image path p and its parent
// directories.
func (t *Tree) Mkdir(p string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.mkdir(p)
}

func (t *Tree) mkdir(p string) error {
	if p == "/" || p == "." || t.dirs[p] {
		return nil
	}
	if err := t.mkdir(path.Dir(p)); err != nil {
		return err
	}
	at := t.Path(p)
	err := os.Mkdir(at, dirMode)
	switch {
	case errors.Is(err, fs.ErrExist):
		info, err := os.Lstat(at)
		if err != nil {
			return err
		}
		if !info.IsDir() {
			return fmt.Errorf("%s must be a directory and is not", p)
		}
	case err != nil:
		return err
	default:
		// The result must not depend on the umask.
		if err := os.Chmod(at, dirMode); err != nil {
			return err
		}
	}
	t.dirs[p] = true
	return nil
}

// Folder creates the directory with the absolute image path p and its parent
// directories, and gives it a mode, in the numbers of chmod(2), and an owner.
func (t *Tree) Folder(p string, mode uint32, uid, gid int) error {
	if err := t.Mkdir(p); err != nil {
		return err
	}
	return t.Own(p, mode, uid, gid)
}

// Own gives a file or a folder of the tree a mode, in the numbers of chmod(2),
// and an owner.
func (t *Tree) Own(p string, mode uint32, uid, gid int) error {
	if err := os.Lchown(t.Path(p), uid, gid); err != nil && os.Geteuid() == 0 {
		return err
	}
	// os.Chmod does not set the sticky bit of a Unix mode.
	return syscall.Chmod(t.Path(p), mode)
}

// create opens a new file at the absolute image path p for writing. It replaces
// an existing file or link.
func (t *Tree) create(p string, exec bool) (*os.File, error) {
	if err := t.Mkdir(path.Dir(p)); err != nil {
		return nil, err
	}
	mode := fs.FileMode(fileMode)
	if exec {
		mode = execMode
	}
	const flags = os.O_WRONLY | os.O_CREATE | os.O_EXCL
	f, err := os.OpenFile(t.Path(p), flags, mode)
	if errors.Is(err, fs.ErrExist) {
		if err := os.Remove(t.Path(p)); err != nil {
			return nil, fmt.Errorf("%s must be a file and is not", p)
		}
		f, err = os.OpenFile(t.Path(p), flags, mode)
	}
	if err != nil {
		return nil, err
	}
	if err := f.Chmod(mode); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// close closes a file that create opened and sets its time.
func (t *Tree) close(f *os.File) error {
	if err := f.Close(); err != nil {
		return err
	}
	return os.Chtimes(f.Name(), t.mtime, t.mtime)
}

// WriteFile writes a file at the absolute image path p.
func (t *Tree) WriteFile(p string, data []byte, exec bool) error {
	f, err := t.create(p, exec)
	if err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		f.Close()
		return err
	}
	return t.close(f)
}

// Symlink creates a link to target at the absolute image path p.
func (t *Tree) Symlink(target, p string) error {
	if err := t.Mkdir(path.Dir(p)); err != nil {
		return err
	}
	if old, err := os.Readlink(t.Path(p)); err == nil && old == target {
		return nil
	}
	if err := os.Symlink(target, t.Path(p)); err != nil {
		return err
	}
	return lchtimes(t.Path(p), t.mtime)
}

// Finish sets the time of every directory of the tree. It must be the last
// call, because a new file changes the time of its directory.
func (t *Tree) Finish() error {
	dirs := make([]string, 0, len(t.dirs)+1)
	for d := range t.dirs {
		dirs = append(dirs, d)
	}
	sort.Slice(dirs, func(i, j int) bool { return strings.Count(dirs[i], "/") > strings.Count(dirs[j], "/") })
	for _, d := range append(dirs, "") {
		if err := os.Chtimes(t.root+d, t.mtime, t.mtime); err != nil {
			return err
		}
	}
	return nil
}
