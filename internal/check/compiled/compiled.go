// Package compiled has what the step that compiles an application says about
// its files: how many have bytecode, and which ones the image's Python cannot
// compile.
//
// cmd/moult-install writes it into a mount of the step beside the layer, so that
// it is not part of the image. The frontend reads it, counts the files in the
// summary and reports the failures as findings.
package compiled

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// Answer says what was compiled.
type Answer struct {
	// Compiled is the number of files that have bytecode now, Failed of those
	// that cannot be compiled.
	Compiled int `json:"compiled"`
	Failed   int `json:"failed,omitempty"`
	// Failures are the first of the failed files by their paths, at most Most.
	Failures []Failure `json:"failures,omitempty"`
}

// Failure is a file that cannot be compiled.
type Failure struct {
	// Path is the file's path in the image.
	Path string `json:"path"`
	// Line and Column count from 1; 0 if Python does not say them.
	Line   int `json:"line,omitempty"`
	Column int `json:"column,omitempty"`
	// Reason is Python's message with the type of the error before it.
	Reason string `json:"reason"`
}

// Most is the number of failures that an answer has at most.
const Most = 20

// AnswerFile is the file with the answer in the step's mount.
const AnswerFile = "compiled.json"

// Write writes an answer into a folder.
func Write(dir string, a Answer) error {
	a.Failures = a.Failures[:min(len(a.Failures), Most)]
	content, err := json.Marshal(a)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, AnswerFile), content, 0o644)
}

// Parse reads what Write wrote.
func Parse(content []byte) (a Answer, err error) {
	if err := json.Unmarshal(content, &a); err != nil {
		return a, fmt.Errorf("the list of files that cannot be compiled: %w", err)
	}
	return a, nil
}
