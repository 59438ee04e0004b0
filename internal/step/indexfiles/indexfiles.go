// Package indexfiles has the request and the answer by which a build asks
// package indexes for the addresses of locked files.
//
// Some locks hold the hashes of files but not their addresses. Package plan
// makes a Request for them, and package llb mounts it into a step. The step
// (package build) asks the indexes and writes an Answer, and the frontend
// passes its files to package lock. Both are JSON. The step's cache key
// contains only the request and not the lock, so that the indexes are asked
// again only if a needed file has changed.
package indexfiles

import (
	"encoding/json"
	"fmt"
)

// Request is a request to package indexes.
type Request struct {
	// Indexes are those that are asked, without credentials.
	Indexes []Index `json:"indexes"`
	// Packages are the packages whose files are needed, by name.
	Packages []Package `json:"packages"`
	// Partial asks for an answer without the packages that are not found, where
	// otherwise the step fails.
	Partial bool `json:"partial,omitempty"`
}

// Index is a package index.
type Index struct {
	// URL is that of its simple API (PEP 503).
	URL string `json:"url"`
	// Secret is the id of the build secret with its credentials, or empty.
	Secret string `json:"secret,omitempty"`
}

// Package is a package whose files are needed.
type Package struct {
	// Name is normalised.
	Name string `json:"name"`
	// Indexes are indexes of Request.Indexes, which are asked one after another
	// until all files are found.
	Indexes []int `json:"indexes"`
	// Filename is the file's name, where one file of a known name is needed.
	Filename string `json:"filename,omitempty"`
	// Version, if it is set, asks for all files of this version, on all the
	// indexes. Then the following fields are ignored.
	Version string `json:"version,omitempty"`
	// Hashes are the files' hashes, "sha256:..."; with a file name all are
	// of that one file.
	Hashes []string `json:"hashes,omitempty"`
}

// Answer are the files from the indexes, by the package's name.
type Answer map[string][]File

// File is a file on an index.
type File struct {
	// Index is the position of the index in Request.Indexes.
	Index    int               `json:"index"`
	Filename string            `json:"filename"`
	URL      string            `json:"url"`
	Hashes   map[string]string `json:"hashes,omitempty"`
	// Size is in bytes; 0 if the index does not have it.
	Size           int64  `json:"size,omitempty"`
	RequiresPython string `json:"requires-python,omitempty"`
	// Uploaded is the day of the upload, as "2025-11-23"; "" if the index does
	// not have it.
	Uploaded string `json:"uploaded,omitempty"`
	Yanked   bool   `json:"yanked,omitempty"`
}

// Problem is the reason why a package's files were not found.
type Problem struct {
	Kind Kind `json:"kind"`
	// Package is the package's name.
	Package string `json:"package"`
	// Index is the URL of the index that caused it; empty if all did.
	Index string `json:"index,omitempty"`
	// Detail is the answer of the index: "500 Internal Server Error".
	Detail string `json:"detail,omitempty"`
	// Temporary reports whether it may answer later.
	Temporary bool `json:"temporary,omitempty"`
}

// Kind is the kind of a problem.
type Kind string

// The kinds.
const (
	// Missing: no index knows the package.
	Missing Kind = "missing"
	// NoFile: the package is known, a file with such a hash is not.
	NoFile Kind = "no file"
	// Refused: the index wants credentials, or others.
	Refused Kind = "refused"
	// Broken: the index cannot be reached, or does not answer as an index.
	Broken Kind = "broken"
)

// AnswerFile is the file with the answer in the step's result.
const AnswerFile = "files.json"

// Encode returns the request as JSON. The same request has the same bytes.
func (r Request) Encode() ([]byte, error) { return json.Marshal(r) }

// ParseRequest reads a request, and checks that it has all indexes to which its
// packages refer.
func ParseRequest(data []byte) (Request, error) {
	var r Request
	if err := json.Unmarshal(data, &r); err != nil {
		return r, fmt.Errorf("the request for files: %w", err)
	}
	for _, p := range r.Packages {
		for _, i := range p.Indexes {
			if i < 0 || i >= len(r.Indexes) {
				return r, fmt.Errorf("the request for files: %s has an index that is not there", p.Name)
			}
		}
	}
	return r, nil
}

// ParseProblems reads the problems that a failed step has written; ok is false
// if the text is something else.
func ParseProblems(text string) (problems []Problem, ok bool) {
	err := json.Unmarshal([]byte(text), &problems)
	return problems, err == nil && len(problems) > 0
}
