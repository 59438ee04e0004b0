package project

import (
	"errors"
	"io/fs"
	"syscall"
)

// Files is the part of the build context that is needed to read a project.
// Names are clean, slash-separated and relative to the context's root, which
// is ".".
type Files interface {
	// ReadFile returns a file's content; the error is fs.ErrNotExist if it does
	// not exist.
	ReadFile(name string) ([]byte, error)
	// Exists reports whether there is a file or a folder of that name.
	Exists(name string) (bool, error)
	// ReadDir returns the names of the folders in a folder, sorted. It is used
	// only for the members of workspaces, and for folders with a requirements.txt.
	ReadDir(name string) ([]string, error)
	// Below returns the files of some names and those below folders of these
	// names, by name. It omits what does not exist. It is used only for .git.
	Below(names ...string) (map[string][]byte, error)
}

// FS returns the Files of an fs.FS.
func FS(fsys fs.FS) Files { return fsFiles{fsys} }

type fsFiles struct{ fsys fs.FS }

func (f fsFiles) ReadFile(name string) ([]byte, error) {
	content, err := fs.ReadFile(f.fsys, name)
	return content, absent(name, err)
}

func (f fsFiles) Exists(name string) (bool, error) {
	_, err := fs.Stat(f.fsys, name)
	if err = absent(name, err); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// absent is fs.ErrNotExist also where a file is in the place of the folder that
// would have the file.
func absent(name string, err error) error {
	if errors.Is(err, syscall.ENOTDIR) {
		return &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return err
}

func (f fsFiles) ReadDir(name string) ([]string, error) {
	list, err := fs.ReadDir(f.fsys, name)
	if err != nil {
		return nil, absent(name, err)
	}
	var names []string
	for _, entry := range list {
		if entry.IsDir() {
			names = append(names, entry.Name())
		}
	}
	return names, nil
}

func (f fsFiles) Below(names ...string) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, name := range names {
		err := fs.WalkDir(f.fsys, name, func(name string, e fs.DirEntry, err error) error {
			if errors.Is(absent(name, err), fs.ErrNotExist) {
				return nil
			}
			if err != nil || e.IsDir() {
				return err
			}
			files[name], err = fs.ReadFile(f.fsys, name)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}
