package index

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/wheel"
)

// distribution is one wheel or sdist in the index.
type distribution struct {
	name           string // the file's name
	project        string // normalised, PEP 503
	version        string
	path           string // on disk; or, where empty,
	data           []byte // its content
	size           int64
	sha256         string
	requiresPython string
	metadata       []byte // a wheel's METADATA, PEP 658; nil for sdists
	modified       time.Time
}

// describe reads the fields of a file in the index from its name and its content.
func describe(name string, content []byte) (distribution, error) {
	d := distribution{name: name, size: int64(len(content))}
	sum := sha256.Sum256(content)
	d.sha256 = hex.EncodeToString(sum[:])
	var metadata []byte
	var err error
	switch {
	case strings.HasSuffix(name, ".whl"):
		if metadata, err = wheelMetadata(content); err != nil {
			return d, fmt.Errorf("%s: %w", name, err)
		}
		d.metadata = metadata
	case strings.HasSuffix(name, ".tar.gz"):
		if metadata, err = sdistMetadata(content); err != nil {
			return d, fmt.Errorf("%s: %w", name, err)
		}
	default:
		return d, fmt.Errorf("%s: neither a wheel nor an sdist", name)
	}
	fields := wheel.Fields(metadata)
	project, _ := wheel.First(fields, "name")
	d.project = pep503.Normalize(project)
	d.version, _ = wheel.First(fields, "version")
	d.requiresPython, _ = wheel.First(fields, "requires-python")
	if d.project == "" || d.version == "" {
		return d, fmt.Errorf("%s: no name or no version in its metadata", name)
	}
	return d, nil
}

// wheelMetadata finds *.dist-info/METADATA in a wheel.
func wheelMetadata(content []byte) ([]byte, error) {
	r, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, err
	}
	for _, f := range r.File {
		if match, _ := filepath.Match("*.dist-info/METADATA", f.Name); match {
			return fs.ReadFile(r, f.Name)
		}
	}
	return nil, errors.New("no METADATA")
}

// sdistMetadata finds NAME-VERSION/PKG-INFO in an sdist.
func sdistMetadata(content []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	t := tar.NewReader(z)
	for {
		header, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil, errors.New("no PKG-INFO")
		}
		if err != nil {
			return nil, err
		}
		if match, _ := filepath.Match("*/PKG-INFO", header.Name); match {
			return io.ReadAll(t)
		}
	}
}

// folder lists the distributions of a folder. It caches the fields of a file until the file changes.
type folder struct {
	dir  string
	mu   sync.Mutex
	seen map[string]distribution
}

func (f *folder) list() ([]distribution, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	entries, err := os.ReadDir(f.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if f.seen == nil {
		f.seen = map[string]distribution{}
	}
	var all []distribution
	for _, e := range entries {
		if e.IsDir() || !strings.HasSuffix(e.Name(), ".whl") && !strings.HasSuffix(e.Name(), ".tar.gz") {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return nil, err
		}
		old, ok := f.seen[e.Name()]
		if !ok || old.size != info.Size() || !old.modified.Equal(info.ModTime()) {
			path := filepath.Join(f.dir, e.Name())
			content, err := os.ReadFile(path)
			if err != nil {
				return nil, err
			}
			if old, err = describe(e.Name(), content); err != nil {
				return nil, err
			}
			old.path, old.modified = path, info.ModTime()
			f.seen[e.Name()] = old
		}
		all = append(all, old)
	}
	slices.SortFunc(all, func(a, b distribution) int { return strings.Compare(a.name, b.name) })
	return all, nil
}
