// Package modules finds the names of the modules and the programs that the
// packages of a virtual environment have.
//
// The input are the layers of the environment, as cmd/moult-install sees them
// inside a step. The output is small: of a regular package only its name,
// because nobody can say from outside which modules such a package makes. The
// frontend compares it with what the application imports.
package modules

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/check/conflict"
	"github.com/moult-build/moult/internal/pypkg/wheel"
)

// AnswerFile is the file with the modules in the step's result.
const AnswerFile = "modules.json"

// Modules are the modules that can be imported from a virtual environment.
type Modules struct {
	// Names are paths with slashes, relative to site-packages: "requests" for a
	// package or a module, "google/" for a folder without __init__.py, and
	// "google/protobuf" for what is in such a folder.
	Names []string `json:"names"`
	// Unsure is true if a .pth file runs code of a package when Python starts.
	// Then other modules may exist, too.
	Unsure bool `json:"unsure,omitempty"`
	// Programs are the names of the packages' programs.
	Programs []string `json:"programs,omitempty"`
}

// Find returns the modules of layers.
func Find(layers []conflict.Layer) (Modules, error) {
	names := map[string]bool{}
	var m Modules
	var files []string
	for _, layer := range layers {
		for _, p := range layer.Packages {
			for _, f := range p.Files {
				if strings.HasPrefix(f.Path, "../") {
					if path.Base(path.Dir(f.Path)) == "bin" {
						m.Programs = append(m.Programs, path.Base(f.Path))
					}
					continue
				}
				if path.Ext(f.Path) == ".pth" && !strings.Contains(f.Path, "/") {
					content, err := os.ReadFile(filepath.Join(layer.Site, f.Path))
					if err != nil {
						return Modules{}, err
					}
					m.Unsure = m.Unsure || !harmless(f.Path, string(content))
					if strings.HasPrefix(f.Path, "distutils-precedence") {
						names["distutils"] = true
					}
				}
				files = append(files, f.Path)
			}
		}
	}
	regular := map[string]bool{} // folders with an __init__ module
	for _, f := range files {
		if name, ok := moduleOf(path.Base(f)); ok && name == "__init__" {
			regular[path.Dir(f)] = true
		}
	}
	for _, f := range files {
		add(names, regular, f)
	}
	m.Names = slices.Sorted(maps.Keys(names))
	slices.Sort(m.Programs)
	m.Programs = slices.Compact(m.Programs)
	return m, nil
}

// add records the outermost module to which a file belongs, and the folders
// without __init__.py above it.
func add(names, regular map[string]bool, file string) {
	parts := strings.Split(file, "/")
	if strings.HasSuffix(parts[0], wheel.DistInfo) || strings.HasSuffix(parts[0], ".data") {
		return
	}
	for n := 1; n < len(parts); n++ {
		if parts[n-1] == "__pycache__" {
			return
		}
		folder := strings.Join(parts[:n], "/")
		if regular[folder] {
			names[folder] = true
			return
		}
		names[folder+"/"] = true
	}
	if name, ok := moduleOf(parts[len(parts)-1]); ok {
		names[path.Join(path.Dir(file), name)] = true
	}
}

// moduleOf is the module that a file is; ok is false if it is none.
func moduleOf(base string) (name string, ok bool) {
	name, _, _ = strings.Cut(base, ".")
	ext := path.Ext(base)
	return name, name != "" && (ext == ".py" || ext == ".pyc" || ext == ".so")
}

// own are .pth files of packages that only change how Python measures, logs, shows
// errors, reads sources or trusts certificates: those of coverage and pytest-cov, of
// coloredlogs, which onnxruntime requires, and of a few others.
var own = []string{
	"a1_coverage.pth", "pytest-cov.pth", "init_cov_core.pth", "coloredlogs.pth", "better_exceptions_hook.pth", "aaaaa_future_fstrings.pth", "pip_system_certs.pth",
}

// harmless reports whether a .pth file of a package neither adds a folder to
// the search path nor may bring other modules. setuptools writes files for
// namespaces, whose folders are in the package, and one for its own distutils.
func harmless(name, content string) bool {
	if strings.HasSuffix(name, "-nspkg.pth") || strings.HasPrefix(name, "distutils-precedence") || slices.Contains(own, name) {
		return true
	}
	for line := range strings.Lines(content) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			return false
		}
	}
	return true
}

// Has reports whether a module can be imported, by its name with dots. missing
// is the part of the name that does not exist.
func (m Modules) Has(module string) (ok bool, missing string) {
	parts := strings.Split(module, ".")
	for n := range parts {
		name := strings.Join(parts[:n+1], "/")
		if m.has(name) {
			return true, ""
		}
		if !m.has(name + "/") {
			return false, strings.Join(parts[:n+1], ".")
		}
	}
	return true, ""
}

// Namespace reports whether a name with dots is only that of a folder without
// __init__.py.
func (m Modules) Namespace(module string) bool {
	parts := strings.Split(module, ".")
	for n := range parts {
		if m.has(strings.Join(parts[:n+1], "/")) {
			return false
		}
	}
	return m.has(strings.Join(parts, "/") + "/")
}

// Regular reports whether a top-level module or package has a name. It is false
// for a folder without __init__.py.
func (m Modules) Regular(name string) bool { return m.has(name) }

func (m Modules) has(name string) bool {
	_, ok := slices.BinarySearch(m.Names, name)
	return ok
}

// Write writes modules into the folder of a step's result.
func Write(dir string, m Modules) error {
	content, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, AnswerFile), content, 0o644)
}

// Parse reads what Write wrote.
func Parse(content []byte) (Modules, error) {
	var m Modules
	if err := json.Unmarshal(content, &m); err != nil {
		return Modules{}, fmt.Errorf("the list of modules: %w", err)
	}
	slices.Sort(m.Names)
	return m, nil
}
