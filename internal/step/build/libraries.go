package build

import (
	"context"
	"debug/elf"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/environment/loader"
)

// libraries finds shared libraries in an image as its dynamic loader does.
type libraries struct {
	root tree
	// folders are searched in this order; the loader's own are the last.
	folders []string
	// own are the folders that the loader searches without any configuration.
	own []string
	// libc is the folder with the C library; "" if none was found.
	libc string
}

// newLibraries reads how the loader of an image is configured.
func newLibraries(root tree, machine elf.Machine) *libraries {
	l := &libraries{root: root}
	ctx := context.Background() // files are read at once
	var musl bool
	if l.own, musl = loader.Musl(ctx, root); musl {
		l.libc = "/lib"
	} else {
		l.own = loader.ForELF(machine).Folders()
		for _, dir := range l.own {
			if l.has(path.Join(dir, "libc.so.6")) {
				l.libc = dir
				break
			}
		}
		l.folders = loader.Configured(ctx, root)
	}
	for _, dir := range l.own {
		if !slices.Contains(l.folders, dir) {
			l.folders = append(l.folders, dir)
		}
	}
	return l
}

// ReadFile gives the content of a file; with ReadDir, package loader looks into
// the tree.
func (t tree) ReadFile(_ context.Context, name string) ([]byte, error) { return t.readFile(name) }

// ReadDir gives the names in a folder.
func (t tree) ReadDir(_ context.Context, name string) ([]string, error) {
	p, err := t.path(name)
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(p)
	names := make([]string, len(entries))
	for n, e := range entries {
		names[n] = e.Name()
	}
	return names, err
}

func (l *libraries) has(name string) bool {
	p, err := l.root.path(name)
	if err != nil {
		return false
	}
	st, err := os.Stat(p)
	return err == nil && st.Mode().IsRegular()
}

// find returns the path of a library that an object needs; "" if the image does
// not have it.
func (l *libraries) find(name string, needing *object) string {
	if strings.Contains(name, "/") {
		if l.has(name) {
			return name
		}
		return ""
	}
	for _, dir := range append(slices.Clone(needing.runpath), l.folders...) {
		if p := path.Join(dir, name); l.has(p) {
			return p
		}
	}
	return ""
}

// object is a program or a shared library of an image.
type object struct {
	loader.Object
	// name is its path in the image.
	name string
	// runpath are the folders that it names, $ORIGIN replaced.
	runpath []string
}

// readObject reads an ELF file of an image; nil for any other file.
func readObject(root tree, name string) (*object, error) {
	p, err := root.path(name)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(p)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	o, err := loader.Read(f)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	if o == nil {
		return nil, nil
	}
	return &object{Object: *o, name: name, runpath: o.OwnFolders(path.Dir(name))}, nil
}

// walk visits the regular files and links below a folder of the image. It skips
// a folder for which enter returns false.
func (t tree) walk(dir string, enter func(name string) bool, visit func(name string, e fs.DirEntry) error) error {
	root, err := t.path(dir)
	if err != nil {
		return err
	}
	return filepath.WalkDir(root, func(p string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		name := path.Join(dir, filepath.ToSlash(rel))
		if e.IsDir() {
			if rel != "." && !enter(name) {
				return filepath.SkipDir
			}
			return nil
		}
		return visit(name, e)
	})
}
