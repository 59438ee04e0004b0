package loader

import (
	"debug/elf"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
)

// Object has the fields of a program or a shared library that a loader reads.
type Object struct {
	Machine elf.Machine
	// Interpreter is the loader that a program names (PT_INTERP).
	Interpreter string
	// Soname is the name of a library for others that need it (DT_SONAME).
	Soname string
	// Needed are the libraries that it needs (DT_NEEDED).
	Needed []string
	// Runpath are the folders that it names (DT_RUNPATH and DT_RPATH), with $ORIGIN
	// unchanged.
	Runpath []string
	// Versions are the symbol versions that it needs, by library; Defines are
	// those that it defines.
	Versions map[string][]string
	Defines  []string
}

// maxPath is the maximum length of the interpreter's path, in bytes.
const maxPath = 4096

// Read reads an ELF file; nil for any other file, such as a script of the
// linker.
func Read(r io.ReaderAt) (*Object, error) {
	f, err := elf.NewFile(r)
	if err != nil {
		if _, ok := err.(*elf.FormatError); ok || strings.Contains(err.Error(), "EOF") {
			return nil, nil
		}
		return nil, err
	}
	defer f.Close()
	o := &Object{Machine: f.Machine, Versions: map[string][]string{}}
	for _, p := range f.Progs {
		// A broken file may have any length here.
		if p.Type == elf.PT_INTERP && p.Filesz <= maxPath {
			text := make([]byte, p.Filesz)
			if _, err := p.ReadAt(text, 0); err == nil {
				o.Interpreter = strings.TrimRight(string(text), "\x00")
			}
		}
	}
	if o.Needed, err = f.DynString(elf.DT_NEEDED); err != nil {
		return nil, fmt.Errorf("the dynamic section: %w", err)
	}
	if names, err := f.DynString(elf.DT_SONAME); err == nil && len(names) > 0 {
		o.Soname = names[0]
	}
	for _, tag := range []elf.DynTag{elf.DT_RUNPATH, elf.DT_RPATH} {
		values, err := f.DynString(tag)
		if err != nil {
			continue
		}
		for _, value := range values {
			o.Runpath = append(o.Runpath, strings.Split(value, ":")...)
		}
	}
	if needs, err := f.DynamicVersionNeeds(); err == nil {
		for _, n := range needs {
			for _, v := range n.Needs {
				o.Versions[n.Name] = append(o.Versions[n.Name], v.Dep)
			}
		}
	}
	if versions, err := f.DynamicVersions(); err == nil {
		for _, v := range versions {
			o.Defines = append(o.Defines, v.Name)
		}
	}
	return o, nil
}

// OwnFolders returns the folders of Runpath with $ORIGIN replaced by origin,
// the folder of the object.
func (o *Object) OwnFolders(origin string) []string {
	var folders []string
	for _, dir := range o.Runpath {
		dir = strings.NewReplacer("$ORIGIN", origin, "${ORIGIN}", origin).Replace(dir)
		if path.IsAbs(dir) {
			folders = append(folders, path.Clean(dir))
		}
	}
	return folders
}

// Glibc returns the newest version of glibc among symbol versions
// ("GLIBC_2.38"); ok is false if there is none.
func Glibc(versions []string) (major, minor int, ok bool) {
	for _, v := range versions {
		rest, isGlibc := strings.CutPrefix(v, "GLIBC_")
		if !isGlibc {
			continue
		}
		parts := strings.Split(rest, ".")
		if len(parts) < 2 {
			continue // GLIBC_PRIVATE
		}
		a, err1 := strconv.Atoi(parts[0])
		b, err2 := strconv.Atoi(parts[1])
		if err1 == nil && err2 == nil && (a > major || a == major && b > minor) {
			major, minor, ok = a, b, true
		}
	}
	return major, minor, ok
}
