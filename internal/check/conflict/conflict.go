// Package conflict finds files that two packages of a virtual environment have
// with different content.
//
// Installers write both files, the later over the earlier, without a message;
// the program then fails at run time. The input are the layers of a virtual
// environment in the image's order, as cmd/moult-install sees them inside a
// step. The output are the conflicts, which the frontend reports as warnings.
// The package of the later layer wins, and within a layer the package whose
// name comes later, so that the result is the same on every machine.
package conflict

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/wheel"
)

// Conflict is a file of two packages.
type Conflict struct {
	// Path is relative to the folder site-packages, with slashes.
	Path string `json:"path"`
	// Loser and Winner are the packages' normalised names. The winner's file
	// is the one in the image.
	Loser  string `json:"loser"`
	Winner string `json:"winner"`
	// Module is true if the file is a module that Python imports. Then one of the
	// two packages may not work.
	Module bool `json:"module,omitempty"`
}

// AnswerFile is the file with the conflicts in the step's result.
const AnswerFile = "conflicts.json"

// Layer is the content of one layer of a virtual environment.
type Layer struct {
	// Site is its folder site-packages.
	Site string
	// Packages are the packages in it, sorted by name.
	Packages []Package
}

// Package is one installed package.
type Package struct {
	// Name is normalised.
	Name string
	// Files are those of its RECORD that have a hash.
	Files []File
}

// File is one file of a package.
type File struct {
	// Path is relative to the folder site-packages, with slashes.
	Path string
	hash string
}

// Read reads the RECORD files of layers (file system trees, the later over the
// earlier); site is the folder site-packages in each, without a leading
// slash.
func Read(layers []string, site string) ([]Layer, error) {
	all := make([]Layer, len(layers))
	for n, layer := range layers {
		all[n].Site = filepath.Join(layer, filepath.FromSlash(site))
		var err error
		if all[n].Packages, err = packagesOf(all[n].Site); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Find compares the packages of layers, which are in the order of the image.
func Find(layers []Layer) []Conflict {
	owners := map[string]owner{}
	// folders are the packages that need a path to be a folder.
	folders := map[string]string{}
	conflicts := []Conflict{}
	for _, layer := range layers {
		for _, p := range layer.Packages {
			for _, f := range p.Files {
				for dir := path.Dir(f.Path); dir != "." && dir != "/" && dir != ".."; dir = path.Dir(dir) {
					// The file was there first: the folder replaces it.
					if other, is := owners[dir]; is && other.name != p.Name {
						conflicts = append(conflicts, Conflict{Path: dir, Loser: other.name, Winner: p.Name, Module: true})
						delete(owners, dir)
					}
					if _, had := folders[dir]; had {
						break
					}
					folders[dir] = p.Name
				}
				if other, is := folders[f.Path]; is && other != p.Name {
					conflicts = append(conflicts, Conflict{Path: f.Path, Loser: other, Winner: p.Name, Module: true})
				}
				other, taken := owners[f.Path]
				owners[f.Path] = owner{p.Name, f.hash}
				if !taken || other.hash == f.hash {
					continue
				}
				conflicts = append(conflicts, Conflict{
					Path: f.Path, Loser: other.name, Winner: p.Name,
					Module: isModule(f.Path) && !isNamespace(filepath.Join(layer.Site, filepath.FromSlash(f.Path))),
				})
			}
		}
	}
	slices.SortStableFunc(conflicts, func(a, b Conflict) int { return cmp.Compare(a.Path, b.Path) })
	return conflicts
}

type owner struct{ name, hash string }

// packagesOf reads the packages in a folder, sorted by name.
func packagesOf(site string) ([]Package, error) {
	records, err := filepath.Glob(filepath.Join(site, "*"+wheel.DistInfo, "RECORD"))
	if err != nil {
		return nil, err
	}
	var all []Package
	for _, file := range records {
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		rows, err := wheel.ParseRecord(content)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		p := Package{Name: wheel.Package(filepath.Base(filepath.Dir(file)))}
		for _, row := range rows {
			if row.Hash != "" {
				p.Files = append(p.Files, File{path.Clean(row.Path), row.Hash})
			}
		}
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b Package) int { return cmp.Compare(a.Name, b.Name) })
	return all, nil
}

// byHabit are top-level folders that many packages ship by mistake and nobody
// imports.
var byHabit = []string{"test", "tests", "testing", "doc", "docs", "example", "examples", "benchmark", "benchmarks", "sample", "samples", "demo", "demos", "scripts", "tools"}

// isModule reports whether Python would import a file.
func isModule(p string) bool {
	top, _, nested := strings.Cut(p, "/")
	if top == ".." || strings.HasSuffix(top, wheel.DistInfo) || strings.HasSuffix(top, ".data") || nested && slices.Contains(byHabit, strings.ToLower(top)) {
		return false
	}
	return strings.HasSuffix(p, ".py") || strings.HasSuffix(p, ".so")
}

// isNamespace reports whether a file only declares a namespace that several
// packages share. PEP 420 made such files unnecessary.
func isNamespace(file string) bool {
	if filepath.Base(file) != "__init__.py" {
		return false
	}
	content, err := os.ReadFile(file)
	return err == nil && len(content) < 4<<10 &&
		(len(bytes.TrimSpace(content)) == 0 || bytes.Contains(content, []byte("declare_namespace")) || bytes.Contains(content, []byte("extend_path")))
}

// Write writes conflicts into the folder of a step's result.
func Write(dir string, conflicts []Conflict) error {
	content, err := json.Marshal(conflicts)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, AnswerFile), content, 0o644)
}

// Parse reads what Write wrote.
func Parse(content []byte) ([]Conflict, error) {
	var all []Conflict
	if err := json.Unmarshal(content, &all); err != nil {
		return nil, fmt.Errorf("the list of conflicting files: %w", err)
	}
	return all, nil
}
