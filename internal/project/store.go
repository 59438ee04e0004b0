package project

import (
	"bytes"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/moult-build/moult/internal/source"
)

// store caches the files of the context: a request may cost a round trip to the
// build's client, and a file must be the same *source.File everywhere. The
// builds of several platforms may use it at once.
type store struct {
	files Files

	mu     sync.Mutex
	read   map[string]*source.File // nil where there is no such file
	exists map[string]bool
	dirs   map[string][]string
}

func newStore(files Files, build *source.File) *store {
	return &store{
		files:  files,
		read:   map[string]*source.File{build.Name: build},
		exists: map[string]bool{},
		dirs:   map[string][]string{},
	}
}

// file reads a file; nil if it does not exist.
func (s *store) file(name string) (*source.File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if file, known := s.read[name]; known {
		return file, nil
	}
	data, err := s.files.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		s.read[name] = nil
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	file := &source.File{Name: name, Data: data}
	if len(data) > maxFile {
		return nil, source.Errorf(source.Pos{File: file}, "the file is larger than %d MiB", maxFile>>20)
	}
	if isPointer(name, data) {
		return nil, source.Errorf(source.Pos{File: file, Line: 1, Col: 1}, "the file is a pointer of Git LFS, and its content is not here").
			WithHint(`bring it with "git lfs pull", or keep it out of Git LFS by .gitattributes`)
	}
	s.read[name] = file
	return file, nil
}

// isPointer reports whether a file that says what a project is, is what Git keeps in its
// place where Git LFS has its content.
func isPointer(name string, data []byte) bool {
	return (slices.Contains([]string{".toml", ".lock", ".txt", ".cfg"}, path.Ext(name)) || path.Base(name) == "Pipfile") &&
		bytes.HasPrefix(data, []byte("version https://git-lfs.github.com/spec/"))
}

// has reports whether a file or a folder exists.
func (s *store) has(name string) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if file := s.read[name]; file != nil {
		return true, nil
	}
	for read, file := range s.read {
		if file != nil && strings.HasPrefix(read, name+"/") {
			return true, nil
		}
	}
	if ok, known := s.exists[name]; known {
		return ok, nil
	}
	ok, err := s.files.Exists(name)
	if err == nil {
		s.exists[name] = ok
	}
	return ok, err
}

// folders returns the names of the folders in a folder.
func (s *store) folders(name string) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if list, known := s.dirs[name]; known {
		return list, nil
	}
	list, err := s.files.ReadDir(name)
	if err == nil {
		list = slices.Clone(list)
		slices.Sort(list)
		s.dirs[name] = list
	}
	return list, err
}

// all returns the files that were read, sorted by name.
func (s *store) all() []*source.File {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []*source.File
	for _, file := range s.read {
		if file != nil {
			list = append(list, file)
		}
	}
	slices.SortFunc(list, func(a, b *source.File) int { return strings.Compare(a.Name, b.Name) })
	return list
}
