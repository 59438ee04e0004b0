// Package conflict finds the files that two packages of a virtual environment
// both bring, with different bytes.
//
// Installers let the last one win and say nothing; what then breaks, breaks at
// run time. In go the layers of a virtual environment in the image's order, as
// cmd/moult-install sees them inside a step; out come the conflicts, which the
// frontend makes warnings and errors of. Which package wins follows from the
// order of the layers, and within one from the packages' names, so that it is
// the same on every machine.
package conflict

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/pep503"
)

// Conflict is a file of two packages.
type Conflict struct {
	// Path is relative to the folder site-packages, with slashes.
	Path string `json:"path"`
	// Loser and Winner are the packages' normalised names. The winner's file
	// is the one in the image.
	Loser  string `json:"loser"`
	Winner string `json:"winner"`
	// Module reports whether the file is a module that both packages would
	// be imported from, so that one of them cannot work as it is meant to.
	Module bool `json:"module,omitempty"`
}

// AnswerFile is the file with the conflicts in the step's result.
const AnswerFile = "conflicts.json"

// Find compares the RECORD files of the layers (file system trees, the later
// over the earlier); site is the folder site-packages in each, without a
// leading slash.
func Find(layers []string, site string) ([]Conflict, error) {
	owners := map[string]owner{}
	conflicts := []Conflict{}
	for _, layer := range layers {
		packages, err := packagesOf(filepath.Join(layer, filepath.FromSlash(site)))
		if err != nil {
			return nil, err
		}
		for _, p := range packages {
			for _, f := range p.files {
				other, taken := owners[f.path]
				owners[f.path] = owner{p.name, f.hash}
				if !taken || other.hash == f.hash {
					continue
				}
				conflicts = append(conflicts, Conflict{
					Path: f.path, Loser: other.name, Winner: p.name,
					Module: isModule(f.path) && !isNamespace(filepath.Join(layer, filepath.FromSlash(site), filepath.FromSlash(f.path))),
				})
			}
		}
	}
	slices.SortStableFunc(conflicts, func(a, b Conflict) int { return cmp.Compare(a.Path, b.Path) })
	return conflicts, nil
}

type owner struct{ name, hash string }

type installed struct {
	name  string
	files []owned
}

type owned struct{ path, hash string }

// packagesOf reads what is installed in a folder, by name.
func packagesOf(site string) ([]installed, error) {
	records, err := filepath.Glob(filepath.Join(site, "*.dist-info", "RECORD"))
	if err != nil {
		return nil, err
	}
	var all []installed
	for _, file := range records {
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		files, err := readRecord(content)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		name, _, _ := strings.Cut(filepath.Base(filepath.Dir(file)), "-")
		all = append(all, installed{pep503.Normalize(name), files})
	}
	slices.SortFunc(all, func(a, b installed) int { return cmp.Compare(a.name, b.name) })
	return all, nil
}

// readRecord reads the rows of a RECORD that have a hash.
func readRecord(content []byte) ([]owned, error) {
	r := csv.NewReader(bytes.NewReader(content))
	r.FieldsPerRecord = -1
	var files []owned
	for {
		row, err := r.Read()
		if err == io.EOF {
			return files, nil
		}
		if err != nil {
			return nil, err
		}
		if len(row) >= 2 && row[1] != "" {
			files = append(files, owned{path.Clean(row[0]), row[1]})
		}
	}
}

// byHabit are top-level folders that many packages ship by mistake and nobody
// imports.
var byHabit = []string{"test", "tests", "testing", "doc", "docs", "example", "examples", "benchmark", "benchmarks", "sample", "samples", "demo", "demos", "scripts", "tools"}

// isModule reports whether Python would import a file.
func isModule(p string) bool {
	top, _, nested := strings.Cut(p, "/")
	if top == ".." || strings.HasSuffix(top, ".dist-info") || strings.HasSuffix(top, ".data") || nested && slices.Contains(byHabit, strings.ToLower(top)) {
		return false
	}
	return strings.HasSuffix(p, ".py") || strings.HasSuffix(p, ".so")
}

// isNamespace reports whether a file only declares a namespace that several
// packages share, as was done before PEP 420.
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
