// Package libraries finds the shared libraries that the packages of a virtual
// environment need and do not contain.
//
// A wheel for manylinux (PEP 600) contains the libraries that it links to,
// except for a few that every system should have. Slim images do not have all
// of these, and a wheel that the build compiles contains no libraries. The
// input are the packages' files, as cmd/moult-install sees them inside a step.
// The output are the libraries that the image must have; package check compares
// them with those that it has.
package libraries

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/check/conflict"
	"github.com/moult-build/moult/internal/environment/loader"
)

// Need is a library that a package needs from the image.
type Need struct {
	// Package is the package's normalised name.
	Package string `json:"package"`
	// Library is its name for the dynamic linker (DT_NEEDED): "libpq.so.5".
	Library string `json:"library"`
	// File is one of the package's files that need it, relative to the
	// folder site-packages.
	File string `json:"file"`
}

// AnswerFile is the file with the needs in the step's result.
const AnswerFile = "libraries.json"

// Find reads the ELF files of the packages. It starts with the extension
// modules and the programs in bin, and follows the packages' own libraries that
// these need. It skips a library that only code opens at run time, such as a
// plugin.
func Find(layers []conflict.Layer) ([]Need, error) {
	objects := map[string]*object{} // by DT_SONAME
	var modules []*object
	for _, layer := range layers {
		for _, p := range layer.Packages {
			for _, f := range p.Files {
				base := path.Base(f.Path)
				program := isProgram(f.Path)
				if !isShared(base) && !program {
					continue
				}
				o, err := read(filepath.Join(layer.Site, filepath.FromSlash(f.Path)))
				if err != nil {
					return nil, fmt.Errorf("%s of %s: %w", f.Path, p.Name, err)
				}
				if o == nil {
					continue
				}
				o.pkg, o.file = p.Name, f.Path
				if program {
					modules = append(modules, o)
					continue
				}
				objects[base] = o
				if o.soname != "" {
					objects[o.soname] = o
				}
				if isModule(base) {
					modules = append(modules, o)
				}
			}
		}
	}
	found := map[Need]bool{} // without the file
	needs := []Need{}
	seen := map[*object]bool{}
	for len(modules) > 0 {
		o := modules[0]
		modules = modules[1:]
		if seen[o] {
			continue
		}
		seen[o] = true
		for _, name := range o.needs {
			if own := objects[path.Base(name)]; own != nil {
				modules = append(modules, own)
				continue
			}
			key := Need{Package: o.pkg, Library: path.Base(name)}
			if found[key] || isSystem(key.Library) {
				continue
			}
			found[key] = true
			key.File = o.file
			needs = append(needs, key)
		}
	}
	slices.SortFunc(needs, func(a, b Need) int {
		return cmp.Or(cmp.Compare(a.Package, b.Package), cmp.Compare(a.Library, b.Library))
	})
	return needs, nil
}

// object is one ELF file.
type object struct {
	pkg, file string
	soname    string
	needs     []string
}

// isShared reports whether a file is a shared object by its name: "x.so",
// "x.so.1.2".
func isShared(base string) bool {
	return strings.HasSuffix(base, ".so") || strings.Contains(base, ".so.")
}

// isModule reports whether Python imports a file.
func isModule(base string) bool {
	return strings.HasSuffix(base, ".so") && !strings.HasPrefix(base, "lib")
}

// isProgram reports whether a file is in the environment's bin. Most of these
// files are scripts.
func isProgram(file string) bool {
	rest, ok := strings.CutPrefix(file, "../../../bin/")
	return ok && !strings.Contains(rest, "/")
}

// read reads which libraries a file needs. It returns nil for a file that is
// not ELF, such as a linker script, and for a file that RECORD lists and the
// wheel does not have. It also returns nil for a broken file, whose import
// fails anyway.
func read(name string) (*object, error) {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	o, err := loader.Read(f)
	if err != nil || o == nil {
		return nil, nil
	}
	return &object{soname: o.Soname, needs: o.Needed}, nil
}

// isSystem reports whether every image with Python has a library (the C
// library), or the machine adds it (the driver of its GPU).
func isSystem(name string) bool {
	for _, prefix := range []string{"ld-linux", "ld-musl", "ld64", "libc.musl", "linux-vdso"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	base, _, _ := strings.Cut(name, ".so")
	return slices.Contains([]string{
		"libc", "libm", "libpthread", "libdl", "librt", "libutil", "libresolv", "libanl", "libnsl",
		"libcuda", "libnvidia-ml", "libnvcuvid", "libnvidia-encode", "libcudadebugger",
	}, base)
}

// Write writes needs into the folder of a step's result.
func Write(dir string, needs []Need) error {
	content, err := json.Marshal(needs)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, AnswerFile), content, 0o644)
}

// Parse reads what Write wrote.
func Parse(content []byte) ([]Need, error) {
	var all []Need
	if err := json.Unmarshal(content, &all); err != nil {
		return nil, fmt.Errorf("the list of libraries: %w", err)
	}
	return all, nil
}
