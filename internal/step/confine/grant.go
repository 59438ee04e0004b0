package confine

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// grant lets the strangers' user use what the backend needs. pip's temporary
// folders are for their owner only.
func (b *backend) grant(home string) error {
	for _, name := range append([]string{home}, b.writable...) {
		if err := give(name); err != nil {
			return err
		}
	}
	if below(b.tree) {
		// A subdirectory's backend reads the whole tree: pip-wheel-x/name/sub.
		rel, err := filepath.Rel(Folder, b.tree)
		if err != nil {
			return err
		}
		parts := strings.SplitN(rel, string(filepath.Separator), 3)
		if err := give(filepath.Join(append([]string{Folder}, parts[:min(2, len(parts))]...)...)); err != nil {
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

// open lets everybody enter the folders above a path in pip's temporary
// folder, and itself.
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

// give makes a folder and all in it the strangers'. No link is followed, and a
// file that has a second name is left alone: it could be another's.
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
