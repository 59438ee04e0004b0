package build

import (
	"bufio"
	"bytes"
	"debug/elf"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// libraries finds shared libraries in an image as its dynamic loader does.
type libraries struct {
	root tree
	// folders are searched in this order; the loader's own are the last.
	folders []string
	// own are those of folders that the loader searches without being
	// configured to.
	own []string
	// libc is the folder with the C library, "" where none was found.
	libc string
}

// newLibraries reads how the loader of an image is configured. multiarch is
// Debian's name for the machine (x86_64-linux-gnu).
func newLibraries(root tree, machine elf.Machine) *libraries {
	l := &libraries{root: root}
	multiarch := multiarchs[machine]
	var own []string
	if paths, musl := muslPaths(root, machine); musl {
		own = paths
		l.libc = "/lib"
	} else {
		if multiarch != "" {
			own = append(own, "/lib/"+multiarch, "/usr/lib/"+multiarch)
		}
		own = append(own, "/lib64", "/usr/lib64", "/lib", "/usr/lib")
		for _, dir := range own {
			if l.has(path.Join(dir, "libc.so.6")) {
				l.libc = dir
				break
			}
		}
		l.folders = l.configured("/etc/ld.so.conf", 0)
	}
	l.own = own
	for _, dir := range own {
		if !slices.Contains(l.folders, dir) {
			l.folders = append(l.folders, dir)
		}
	}
	return l
}

// multiarchs are Debian's names of machines.
var multiarchs = map[elf.Machine]string{
	elf.EM_X86_64: "x86_64-linux-gnu", elf.EM_AARCH64: "aarch64-linux-gnu", elf.EM_386: "i386-linux-gnu",
	elf.EM_ARM: "arm-linux-gnueabihf", elf.EM_PPC64: "powerpc64le-linux-gnu", elf.EM_S390: "s390x-linux-gnu",
	elf.EM_RISCV: "riscv64-linux-gnu", elf.EM_LOONGARCH: "loongarch64-linux-gnu",
}

// muslPaths are the folders that musl's loader searches; musl is false where
// the image has none.
func muslPaths(root tree, machine elf.Machine) (paths []string, musl bool) {
	loaders := root.glob("/lib/ld-musl-*.so.1")
	if len(loaders) == 0 {
		return nil, false
	}
	for _, name := range root.glob("/etc/ld-musl-*.path") {
		content, err := root.readFile(name)
		if err != nil {
			continue
		}
		return strings.FieldsFunc(string(content), func(r rune) bool { return r == ':' || r == '\n' }), true
	}
	return []string{"/lib", "/usr/local/lib", "/usr/lib"}, true
}

// maxIncludes is how deep the loader's configuration may include itself.
const maxIncludes = 4

// configured reads ld.so.conf with what it includes.
func (l *libraries) configured(name string, depth int) []string {
	content, err := l.root.readFile(name)
	if err != nil || depth > maxIncludes {
		return nil
	}
	var all []string
	lines := bufio.NewScanner(bytes.NewReader(content))
	for lines.Scan() {
		line, _, _ := strings.Cut(lines.Text(), "#")
		line = strings.TrimSpace(line)
		if pattern, ok := strings.CutPrefix(line, "include "); ok {
			pattern = strings.TrimSpace(pattern)
			if !path.IsAbs(pattern) {
				pattern = path.Join(path.Dir(name), pattern)
			}
			for _, included := range l.root.glob(pattern) {
				all = append(all, l.configured(included, depth+1)...)
			}
		} else if path.IsAbs(line) {
			all = append(all, path.Clean(line))
		}
	}
	return all
}

func (l *libraries) has(name string) bool {
	p, err := l.root.path(name)
	if err != nil {
		return false
	}
	st, err := os.Stat(p)
	return err == nil && st.Mode().IsRegular()
}

// find gives the path of a library that an object needs; "" where the image
// has none.
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

// object is what of a program or a shared library matters to a loader.
type object struct {
	// name is its path in the image.
	name    string
	machine elf.Machine
	class   elf.Class
	// interpreter is the dynamic loader that a program asks for.
	interpreter string
	needed      []string
	// runpath are the folders that it names, $ORIGIN replaced.
	runpath []string
	// versions are the symbol versions that it needs, by library.
	versions map[string][]string
	// defines are those it has.
	defines []string
}

// readObject reads an ELF file of an image; nil for any other file.
func readObject(root tree, name string) (*object, error) {
	p, err := root.path(name)
	if err != nil {
		return nil, err
	}
	f, err := elf.Open(p)
	if err != nil {
		if _, ok := err.(*elf.FormatError); ok || strings.Contains(err.Error(), "EOF") {
			return nil, nil
		}
		return nil, err
	}
	defer f.Close()
	o := &object{name: name, machine: f.Machine, class: f.Class, versions: map[string][]string{}}
	for _, p := range f.Progs {
		// The path of a program, whatever the file says of its length.
		if p.Type == elf.PT_INTERP && p.Filesz <= maxLink {
			text := make([]byte, p.Filesz)
			if _, err := p.ReadAt(text, 0); err == nil {
				o.interpreter = strings.TrimRight(string(text), "\x00")
			}
		}
	}
	if o.needed, err = f.ImportedLibraries(); err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	for _, tag := range []elf.DynTag{elf.DT_RUNPATH, elf.DT_RPATH} {
		values, err := f.DynString(tag)
		if err != nil {
			continue
		}
		for _, value := range values {
			for dir := range strings.SplitSeq(value, ":") {
				dir = strings.NewReplacer("$ORIGIN", path.Dir(name), "${ORIGIN}", path.Dir(name)).Replace(dir)
				if path.IsAbs(dir) {
					o.runpath = append(o.runpath, path.Clean(dir))
				}
			}
		}
	}
	needs, err := f.DynamicVersionNeeds()
	if err == nil {
		for _, n := range needs {
			for _, v := range n.Needs {
				o.versions[n.Name] = append(o.versions[n.Name], v.Dep)
			}
		}
	}
	if versions, err := f.DynamicVersions(); err == nil {
		for _, v := range versions {
			o.defines = append(o.defines, v.Name)
		}
	}
	return o, nil
}

// glibcNeeded is the newest version 2.x of glibc among symbol versions; 0
// where none is named.
func glibcNeeded(versions []string) int {
	newest := 0
	for _, v := range versions {
		rest, ok := strings.CutPrefix(v, "GLIBC_2.")
		if !ok {
			continue
		}
		minor, _, _ := strings.Cut(rest, ".")
		if n, err := strconv.Atoi(minor); err == nil {
			newest = max(newest, n)
		}
	}
	return newest
}

// glob gives the image's paths that match a pattern, sorted. Links are
// followed in all but the last part.
func (t tree) glob(pattern string) []string {
	dir, last := path.Split(pattern)
	p, err := t.path(dir)
	if err != nil {
		return nil
	}
	entries, err := os.ReadDir(p)
	if err != nil {
		return nil
	}
	var all []string
	for _, e := range entries {
		if ok, err := path.Match(last, e.Name()); ok && err == nil {
			all = append(all, path.Join(dir, e.Name()))
		}
	}
	return all
}

// walk visits the regular files and links below a folder of the image, by
// their names there. A folder for which enter says no is left out.
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
