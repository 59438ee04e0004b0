package confine

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// grant gives the backends' user access to the files of the backend. Otherwise
// only their owner, pip's user, may use pip's temporary folders.
func (b *backend) grant(home string) error {
	for _, name := range append([]string{home}, b.writable...) {
		if err := give(name); err != nil {
			return err
		}
	}
	if below(b.tree) {
		project, err := projectOf(Folder, b.tree)
		if err != nil {
			return err
		}
		if err := giveProject(project); err != nil {
			return err
		}
	}
	for _, name := range append([]string{b.tree, home}, append(b.writable, b.readable...)...) {
		if err := open(name); err != nil {
			return err
		}
	}
	return nil
}

// open lets everybody enter a folder below pip's temporary folder, and the
// folders above it.
func open(name string) error {
	for ; below(name); name = filepath.Dir(name) {
		info, err := os.Lstat(name)
		if err != nil || !info.IsDir() {
			continue
		}
		if info.Mode()&0o011 == 0o011 {
			continue
		}
		if err := os.Chmod(name, info.Mode().Perm()|0o011); err != nil {
			return err
		}
	}
	return nil
}

// give changes the owner of a folder and everything in it to the backends'
// user. It follows no links. It does not change a file with several names (hard
// links), which may belong to somebody else.
func give(root string) error {
	return filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if stat, ok := info.Sys().(*syscall.Stat_t); ok && !info.IsDir() && stat.Nlink > 1 {
			return nil
		}
		return os.Lchown(name, stranger, stranger)
	})
}

// owner returns the number of a file's user.
func owner(info fs.FileInfo) int {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(stat.Uid)
	}
	return -1
}
