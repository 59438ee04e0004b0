package build

import (
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/environment/loader"
	"github.com/moult-build/moult/internal/pypkg/stdlib"
)

// AddPython makes a layer with the Python of an image, for another image
// without Python. Both are mounted; no program of them runs.
//
// It copies the interpreter, its library and the shared libraries that these
// need and the other image lacks, to the same paths, so that the interpreter
// finds them. If the other image's loader does not search a library's folder,
// the library is copied next to the C library instead. No file of the other
// image is replaced.
type AddPython struct {
	// From is the root of the image with Python, Base that of the other.
	From, Base string
	// Interpreter and Library are paths in From.
	Interpreter, Library string
	Out                  string
	// Epoch is the time given to files, in Unix seconds.
	Epoch int64
	// Says gets messages about the copied files.
	Says io.Writer
}

// wheelLibraries are the shared libraries besides the C library that wheels
// expect on every Linux (PEP 513).
var wheelLibraries = []string{"libstdc++.so.6", "libgcc_s.so.1"}

// Make writes the layer to Out.
func (a AddPython) Make() error {
	from, base := tree(a.From), tree(a.Base)
	program, err := readObject(from, a.Interpreter)
	if err != nil {
		return err
	}
	if program == nil {
		return fmt.Errorf("%s is no program", a.Interpreter)
	}
	if program.Interpreter != "" {
		if p, err := base.path(program.Interpreter); err != nil || !isFile(p) {
			return fmt.Errorf("the base has no %s, the loader of this Python: its C library is another one, or it has none", program.Interpreter)
		}
	}
	t := &transfer{
		layer: layer{base: base, out: a.Out}, from: from,
		theirs: newLibraries(from, program.Machine), ours: newLibraries(base, program.Machine),
		objects: map[string]*object{}, places: map[string]string{},
	}
	// Some images have the interpreter's library beside it and tell the loader
	// by a variable.
	t.theirs.folders = append(t.theirs.folders, path.Join(path.Dir(path.Dir(a.Interpreter)), "lib"))
	t.add(program)
	if err := t.copy(a.Interpreter, a.Interpreter); err != nil {
		return err
	}
	if err := t.aliases(a.Interpreter); err != nil {
		return err
	}
	if err := t.library(a.Library); err != nil {
		return err
	}
	for _, name := range wheelLibraries {
		t.wanted = append(t.wanted, want{name, program})
	}
	if err := t.dependencies(); err != nil {
		return err
	}
	if err := t.check(); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(t.places)) {
		fmt.Fprintln(a.Says, "with", t.places[name])
	}
	return t.setTimesAndBytecode(a.Epoch)
}

// transfer copies from one image to a layer for another.
type transfer struct {
	layer
	from         tree
	theirs, ours *libraries
	// objects are the copied files, by path in from. wanted are the libraries that
	// they need and that are not yet searched for.
	objects map[string]*object
	wanted  []want
	// places are the libraries copied, by name.
	places map[string]string
}

type want struct {
	name string
	by   *object
}

func (t *transfer) add(o *object) {
	t.objects[o.name] = o
	for _, n := range o.Needed {
		t.wanted = append(t.wanted, want{n, o})
	}
}

// aliases copies the other names of the interpreter (python3, python) that are
// links beside it.
func (t *transfer) aliases(interpreter string) error {
	target, err := t.from.path(interpreter)
	if err != nil {
		return err
	}
	dir := path.Dir(interpreter)
	for _, name := range []string{"python3", "python"} {
		name = path.Join(dir, name)
		p, err := t.from.path(name)
		if err != nil || p != target || name == interpreter || t.exists(name) {
			continue
		}
		if err := t.link(name, path.Base(interpreter)); err != nil {
			return err
		}
	}
	return nil
}

// symlink copies a symbolic link as it is.
func (t *transfer) symlink(name string) error {
	dir, err := t.from.path(path.Dir(name))
	if err != nil {
		return err
	}
	target, err := os.Readlink(path.Join(dir, path.Base(name)))
	if err != nil {
		return err
	}
	return t.link(name, target)
}

func (t *transfer) link(name, target string) error {
	out, _, err := t.place(name)
	if err != nil {
		return err
	}
	if err := os.Symlink(target, out); err != nil {
		return err
	}
	t.made = append(t.made, out)
	return nil
}

// library copies the standard library.
func (t *transfer) library(folder string) error {
	taken := func(name string) bool {
		return !slices.ContainsFunc(stdlib.NotCopied(), func(pattern string) bool {
			ok, err := path.Match(pattern, path.Base(name))
			return ok && err == nil
		})
	}
	err := t.from.walk(folder, taken, func(name string, e fs.DirEntry) error {
		switch {
		case strings.HasPrefix(path.Base(name), "_tkinter."), !taken(name), t.exists(name):
			return nil
		case e.Type()&fs.ModeSymlink != 0:
			return t.symlink(name)
		case !e.Type().IsRegular():
			return nil // a device or a pipe would never end
		}
		if strings.Contains(path.Base(name), ".so") {
			o, err := readObject(t.from, name)
			if err != nil {
				return err
			}
			if o != nil {
				t.add(o)
			}
		}
		return t.copy(name, name)
	})
	if err != nil {
		return err
	}
	// An interpreter expects that its site-packages exists.
	return t.folder(path.Join(folder, "site-packages"), 0, -1, -1)
}

// dependencies copies the libraries that are needed and missing.
func (t *transfer) dependencies() error {
	for len(t.wanted) > 0 {
		w := t.wanted[0]
		t.wanted = t.wanted[1:]
		if t.places[w.name] != "" || t.ours.find(w.name, w.by) != "" {
			continue
		}
		theirs := t.theirs.find(w.name, w.by)
		if theirs == "" {
			if slices.Contains(w.by.Needed, w.name) && w.by.Interpreter != "" {
				return fmt.Errorf("the interpreter %s needs %s, and the loader of its own image does not find it", w.by.name, w.name)
			}
			continue // a wheel's library, or that of a module which its image cannot load either
		}
		place := t.destination(theirs, w.by)
		o, err := readObject(t.from, theirs)
		if err != nil {
			return err
		}
		if o == nil {
			return fmt.Errorf("%s is no shared library", theirs)
		}
		t.add(o)
		t.places[w.name] = place
		if err := t.copy(theirs, place); err != nil {
			return err
		}
	}
	return nil
}

// destination is the path for a library: its own path if the base's loader or
// the object that needs it searches there, else next to the base's C library.
func (t *transfer) destination(theirs string, by *object) string {
	dir := path.Dir(theirs)
	if slices.Contains(by.runpath, dir) || t.searched(dir) || t.ours.libc == "" {
		return theirs
	}
	return path.Join(t.ours.libc, path.Base(theirs))
}

// searched reports whether the base's loader searches a folder by default. A
// default folder of another distribution's loader counts if it exists.
func (t *transfer) searched(dir string) bool {
	return slices.Contains(t.ours.own, dir) && t.ours.libc != "" &&
		(t.same(dir, t.ours.libc) || dir == "/lib" || dir == "/usr/lib" || dir == "/lib64" || dir == "/usr/lib64")
}

// same reports whether two folders of the base are the same one: /lib may be
// a link to /usr/lib, and the loader searches both.
func (t *transfer) same(a, b string) bool {
	p, err1 := t.base.path(a)
	q, err2 := t.base.path(b)
	return err1 == nil && err2 == nil && (p == q || strings.TrimPrefix(a, "/usr") == strings.TrimPrefix(b, "/usr"))
}

// copy copies a file of from, symbolic links followed, unless the base has it.
func (t *transfer) copy(name, to string) error {
	if t.exists(to) {
		return fmt.Errorf("the base has %s already", to)
	}
	source, err := t.from.path(name)
	if err != nil {
		return err
	}
	out, _, err := t.place(to)
	if err != nil {
		return err
	}
	in, err := os.Open(source)
	if err != nil {
		return err
	}
	defer in.Close()
	st, err := in.Stat()
	if err != nil {
		return err
	}
	mode := fs.FileMode(0o644)
	if st.Mode()&0o111 != 0 {
		mode = 0o755
	}
	f, err := os.OpenFile(out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, in)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	t.made = append(t.made, out)
	// Bytecode is valid only for its source's time, so the copy keeps that time
	// until setTimesAndBytecode.
	if err := os.Chtimes(out, st.ModTime(), st.ModTime()); err != nil {
		return err
	}
	return os.Chmod(out, mode)
}

// check checks that the copied files can be loaded with the base's
// libraries: these must define the symbol versions that they need.
func (t *transfer) check() error {
	defined := map[string][]string{} // by path in the base
	glibc, who := 0, ""
	var missing []string
	for _, name := range slices.Sorted(maps.Keys(t.objects)) {
		o := t.objects[name]
		for _, library := range slices.Sorted(maps.Keys(o.Versions)) {
			ours := t.ours.find(library, o)
			if ours == "" || t.places[library] != "" {
				continue
			}
			if _, ok := defined[ours]; !ok {
				lib, err := readObject(t.base, ours)
				if err != nil {
					return err
				}
				if lib == nil {
					return fmt.Errorf("%s of the base is no shared library", ours)
				}
				defined[ours] = lib.Defines
			}
			for _, version := range o.Versions[library] {
				if slices.Contains(defined[ours], version) || len(defined[ours]) == 0 {
					continue
				}
				if _, minor, ok := loader.Glibc([]string{version}); ok && minor > glibc {
					glibc, who = minor, name
				} else if !ok {
					missing = append(missing, fmt.Sprintf("%s needs %s of %s", path.Base(name), version, path.Base(ours)))
				}
			}
		}
	}
	if glibc > 0 {
		have := 0
		if p := path.Join(t.ours.libc, "libc.so.6"); t.ours.libc != "" {
			if lib, err := readObject(t.base, p); err == nil && lib != nil {
				_, have, _ = loader.Glibc(lib.Defines)
			}
		}
		return fmt.Errorf("this Python needs glibc 2.%d (%s), and the base has glibc 2.%d: "+
			"take the Python of an image that is based on the same distribution or an older one, such as python:X-slim-bookworm",
			glibc, path.Base(who), have)
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		return fmt.Errorf("this Python does not fit the libraries of the base: %s; "+
			"take the Python of an image that is based on the base's distribution", strings.Join(slices.Compact(missing), ", "))
	}
	return nil
}

func isFile(p string) bool {
	st, err := os.Stat(p)
	return err == nil && st.Mode().IsRegular()
}
