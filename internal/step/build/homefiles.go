package build

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/moult-build/moult/internal/step/homefiles"
)

// homes are the home folders of a command that runs as root: that of its
// account, which some programs look up, and HOME.
func homes() []string {
	all := []string{"/root"}
	if home := path.Clean(os.Getenv("HOME")); path.IsAbs(home) && home != "/" && home != "/root" {
		all = append(all, home)
	}
	return all
}

// watched is what is in the home folders before a command runs.
type watched struct {
	homes  []string
	before map[string]bool
}

func watch(homes []string) (watched, error) {
	w := watched{homes, map[string]bool{}}
	err := w.walk(func(_, name string, _ fs.FileInfo) { w.before[name] = true })
	return w, err
}

// written are the folders with files that are new.
func (w watched) written() ([]homefiles.Folder, error) {
	found := map[string]*homefiles.Folder{}
	err := w.walk(func(home, name string, info fs.FileInfo) {
		rel, err := filepath.Rel(home, name)
		if err != nil || w.before[name] {
			return
		}
		group := homefiles.Group(rel)
		if group == "" {
			return
		}
		folder := path.Join(home, group)
		if found[folder] == nil {
			found[folder] = &homefiles.Folder{Path: folder, Home: home}
		}
		found[folder].Files++
		found[folder].Bytes += info.Size()
	})
	var all []homefiles.Folder
	for _, f := range found {
		if info, err := os.Stat(f.Home); err == nil {
			f.Mode = uint32(info.Mode().Perm())
		}
		all = append(all, *f)
	}
	slices.SortFunc(all, func(a, b homefiles.Folder) int { return cmp.Compare(a.Path, b.Path) })
	return all, err
}

// walk visits the files in the home folders, but none of a cache that is
// mounted there.
func (w watched) walk(visit func(home, name string, info fs.FileInfo)) error {
	for _, home := range w.homes {
		device := uint64(0)
		err := filepath.WalkDir(home, func(name string, entry fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil {
				return err
			}
			info, err := entry.Info()
			if err != nil {
				return err
			}
			if stat, ok := info.Sys().(*syscall.Stat_t); ok && entry.IsDir() {
				if name == home {
					device = uint64(stat.Dev)
				} else if uint64(stat.Dev) != device {
					return filepath.SkipDir
				}
			}
			if info.Mode().IsRegular() {
				visit(home, name, info)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// outside are the folders that are not below one of the paths, nor above one:
// of those an output names a part.
func outside(folders []homefiles.Folder, paths []string) []homefiles.Folder {
	return slices.DeleteFunc(folders, func(f homefiles.Folder) bool {
		return slices.ContainsFunc(paths, func(p string) bool {
			p = path.Clean(p)
			return p == f.Path || strings.HasPrefix(f.Path+"/", p+"/") || strings.HasPrefix(p+"/", f.Path+"/")
		})
	})
}
