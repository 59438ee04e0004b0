package build

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/containerd/continuity/fs"

	"github.com/moult-build/moult/internal/step/accounts"
	"github.com/moult-build/moult/internal/step/protocol"
)

// Accounts makes a layer with a user and folders, for an image whose root is
// mounted at Base. It runs nothing of the image, so that it works where there
// is no shell, and for every platform.
type Accounts struct {
	Base, Out string
	// User is added to the image's accounts unless it is there; nil adds none.
	User *protocol.Account
	// Owner is the image's user, in the form of its configuration.
	Owner   string
	Folders []protocol.Folder
	// Epoch is the time given to files, in Unix seconds.
	Epoch int64
}

// Make writes the layer to Out.
func (a Accounts) Make() error {
	base := tree(a.Base)
	known, err := base.accounts()
	if err != nil {
		return err
	}
	l := layer{base: base, out: a.Out}
	if a.User != nil {
		user := accounts.Account{Name: a.User.Name, UID: a.User.UID, GID: a.User.GID, Home: a.User.Home}
		taken := known.Conflict(user)
		if taken != nil && !a.User.Optional {
			return taken
		}
		if taken == nil {
			before := known
			known.Add(user)
			for _, f := range []struct{ name, old, new string }{
				{"/etc/passwd", before.Passwd, known.Passwd},
				{"/etc/group", before.Group, known.Group},
				{"/etc/shadow", before.Shadow, known.Shadow},
			} {
				if f.old != f.new {
					if err := l.file(f.name, f.new); err != nil {
						return err
					}
				}
			}
		}
		if home := a.User.Home; home != "" && !l.exists(home) {
			if err := l.writable(home, 0, a.User.UID); err != nil {
				return err
			}
		}
	}
	for _, f := range a.Folders {
		if path.Clean(f.Path) == "/" {
			continue
		}
		if f.Open && !l.exists(f.Path) {
			if err := l.open(f.Path); err != nil {
				return err
			}
			continue
		}
		if !f.Owned {
			if err := l.folder(f.Path, f.Mode, -1, -1); err != nil {
				return err
			}
			continue
		}
		uid, _, err := known.Owner(a.Owner)
		if err != nil {
			return err
		}
		if err := l.writable(f.Path, f.Mode, uid); err != nil {
			return err
		}
	}
	return l.setTimes(a.Epoch)
}

// layer is a tree that becomes a layer over an image. It contains its parent
// directories with the mode and the owner that they have in the image.
type layer struct {
	base tree
	out  string
	made []string
}

// exists reports whether the image has a file.
func (l *layer) exists(name string) bool {
	p, err := l.base.path(name)
	if err != nil {
		return false
	}
	_, err = os.Lstat(p)
	return err == nil
}

// place creates the parent directories of a file as the image has them. out is
// the path at which to write the file; inImage is its path in the image with
// symbolic links followed.
func (l *layer) place(name string) (out, inImage string, err error) {
	p, err := l.base.path(name)
	if err != nil {
		return "", "", err
	}
	rel, err := filepath.Rel(string(l.base), p)
	if err != nil || !filepath.IsLocal(rel) {
		return "", "", fmt.Errorf("%s leaves the image", name)
	}
	dir := ""
	parts := strings.Split(filepath.ToSlash(filepath.Dir(rel)), "/")
	for _, part := range parts {
		if part == "." {
			continue
		}
		dir = filepath.Join(dir, part)
		if err := l.mkdir(dir); err != nil {
			return "", "", err
		}
	}
	return filepath.Join(l.out, rel), "/" + filepath.ToSlash(rel), nil
}

// mkdir creates a folder with the mode and the owner that it has in the image;
// a new one belongs to root.
func (l *layer) mkdir(rel string) error {
	out := filepath.Join(l.out, rel)
	if err := os.Mkdir(out, 0o755); err != nil {
		if !os.IsExist(err) {
			return err
		}
		// A link would lead to a path in this step's own root file system.
		if st, err := os.Lstat(out); err != nil || !st.IsDir() {
			return fmt.Errorf("/%s cannot be both a link and a folder", rel)
		}
		return nil
	}
	l.made = append(l.made, out)
	return like(filepath.Join(string(l.base), rel), out, 0o755)
}

// file writes a file with the mode and the owner that the image's has.
func (l *layer) file(name, content string) error {
	out, inImage, err := l.place(name)
	if err != nil {
		return err
	}
	if err := os.WriteFile(out, []byte(content), 0o644); err != nil {
		return err
	}
	l.made = append(l.made, out)
	return like(filepath.Join(string(l.base), inImage), out, 0o644)
}

// folder creates a folder. A mode of 0 and an owner of -1 mean those that it
// has in the image; for a new folder 0755 and root.
func (l *layer) folder(name string, mode uint32, uid, gid int) error {
	out, inImage, err := l.place(name)
	if err != nil {
		return err
	}
	rel := strings.TrimPrefix(inImage, "/")
	if err := l.mkdir(rel); err != nil {
		return err
	}
	if st, err := os.Lstat(filepath.Join(string(l.base), rel)); err == nil && !st.IsDir() {
		return fmt.Errorf("%s is a file of the image and no folder", name)
	}
	if uid >= 0 {
		if err := os.Lchown(out, uid, gid); err != nil {
			return err
		}
	}
	if mode != 0 {
		// os.Chmod does not set the sticky bit of a Unix mode.
		return syscall.Chmod(out, mode)
	}
	return nil
}

// open creates a folder in which everybody may create files, unless this layer
// has it, as it has a user's home folder.
func (l *layer) open(name string) error {
	out, _, err := l.place(name)
	if err != nil || slices.Contains(l.made, out) {
		return err
	}
	return l.folder(name, protocol.OpenMode, -1, -1)
}

// writable creates a folder that the image's user and any user of group 0 may
// write: OpenShift runs images as an arbitrary user of that group. If mode is
// not 0, the folder has this mode.
func (l *layer) writable(name string, mode uint32, uid int) error {
	if err := l.folder(name, mode, uid, 0); err != nil || mode != 0 {
		return err
	}
	out, _, err := l.place(name)
	if err != nil {
		return err
	}
	var st syscall.Stat_t
	if err := syscall.Lstat(out, &st); err != nil {
		return err
	}
	return syscall.Chmod(out, st.Mode&0o7777|0o070)
}

// setTimes sets the time of everything that was created, of folders after their
// content.
func (l *layer) setTimes(epoch int64) error { return setTimes(l.made, epoch) }

// setTimesAndBytecode is setTimes for a layer of copied files, which still have
// the times of the image from which they come.
func (l *layer) setTimesAndBytecode(epoch int64) error {
	stamped, _, err := keepBytecodeIn(l.out, l.made, epoch)
	if err != nil {
		return err
	}
	return setTimes(append(l.made, stamped...), epoch)
}

// like gives a file the mode and the owner of another file. If that does not
// exist, it sets the given mode, and root as the owner.
func like(from, to string, mode uint32) error {
	uid, gid := 0, 0
	var st syscall.Stat_t
	if err := syscall.Lstat(from, &st); err == nil {
		mode, uid, gid = st.Mode&0o7777, int(st.Uid), int(st.Gid)
	}
	if err := os.Lchown(to, uid, gid); err != nil && os.Geteuid() == 0 {
		return err
	}
	return syscall.Chmod(to, mode)
}

// rootPath follows symbolic links inside a root.
func rootPath(root, name string) (string, error) { return fs.RootPath(root, name) }
