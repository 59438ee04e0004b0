// Package hostile is a kit of inputs that try to do harm, and a table of what
// must happen to each: wheels that delete files of an image, archives that
// never end, locks that fill the memory.
//
// The tests of the packages that read such inputs run the vectors of their
// kind. Other implementations can use the kit as well: Write writes every input
// into a folder, with the table as vectors.json. The code of this package
// creates the inputs, always with the same bytes.
package hostile

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// Kind is the kind of an input. It decides which package reads the input.
type Kind string

// The kinds.
const (
	// Wheel is a wheel for the virtual environment Prefix with Python 3.13.
	Wheel Kind = "wheel"
	// Archive is a tar or zip file to unpack.
	Archive Kind = "archive"
	// Project is a folder to build, with a pyproject.toml.
	Project Kind = "project"
	// Lock is a lock file with its usual name.
	Lock Kind = "lock"
)

// Prefix is the virtual environment's folder.
const Prefix = "/opt/venv"

// Outcome is what must happen.
type Outcome string

// The outcomes.
const (
	// Refused: an error, and nothing of the input is in the result.
	Refused Outcome = "refused"
	// Accepted: the input is used. Nevertheless the files of the environment are
	// unharmed, and time and memory stay below the limits.
	Accepted Outcome = "accepted"
)

// Vector is one hostile input.
type Vector struct {
	// Name is unique and can be a file's name.
	Name        string `json:"name"`
	Description string `json:"description"`
	Kind        Kind   `json:"kind"`
	// File is the name that the input must have; for a project it is the
	// folder's pyproject.toml.
	File    string  `json:"file"`
	Outcome Outcome `json:"outcome"`
	// Message is a part of Moult's error. Other implementations have others.
	Message string `json:"message,omitempty"`
	// Costly vectors take too long for the tests that have a minute (-short).
	Costly bool `json:"costly,omitempty"`
	// Files returns the content of the files by name. File is one of them.
	Files func() map[string][]byte `json:"-"`
}

// All returns the whole table in a fixed order.
func All() []Vector {
	var all []Vector
	for _, list := range [][]Vector{wheels(), archives(), projects(), locks()} {
		all = append(all, list...)
	}
	return all
}

// Run runs a test for each vector of a kind, with a folder of its files. Costly
// vectors are not run with -short.
func Run(t *testing.T, kind Kind, test func(t *testing.T, v Vector, dir string)) {
	for _, v := range All() {
		if v.Kind != kind {
			continue
		}
		t.Run(v.Name, func(t *testing.T) {
			if v.Costly && testing.Short() {
				t.Skip("skipped by -short: costly")
			}
			dir := t.TempDir()
			if _, err := v.write(dir); err != nil {
				t.Fatal(err)
			}
			test(t, v, dir)
		})
	}
}

// written is a row of vectors.json.
type written struct {
	Vector
	// SHA256 has the files' digests by their names, which are relative to the
	// folder with the name of the vector.
	SHA256 map[string]string `json:"sha256"`
}

// Write writes the kit into a folder: one folder for each vector, and the
// table as vectors.json.
func Write(dir string) error {
	var rows []written
	for _, v := range All() {
		sums, err := v.write(filepath.Join(dir, v.Name))
		if err != nil {
			return err
		}
		rows = append(rows, written{v, sums})
	}
	table, err := json.MarshalIndent(rows, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "vectors.json"), append(table, '\n'), 0o644)
}

func (v Vector) write(dir string) (sums map[string]string, err error) {
	sums = map[string]string{}
	for name, content := range v.Files() {
		at := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(at, content, 0o644); err != nil {
			return nil, err
		}
		sum := sha256.Sum256(content)
		sums[name] = hex.EncodeToString(sum[:])
	}
	return sums, nil
}
