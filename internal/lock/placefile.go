package lock

import (
	"path"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/artifact"
)

// placeFile checks a listed file and adds it to its package.
func (f *fields) placeFile(p *Package, a Artifact) {
	if f.err != nil {
		return
	}
	if err := artifact.CheckFilename(a.Filename); err != nil {
		f.errorf(a.Pos, "%w", err)
		return
	}
	if a.URL != "" {
		if local := filePath(a.URL); local != "" {
			a.URL, a.Path = "", local
		} else if err := checkURL(a.URL); err != nil {
			f.errorf(a.Pos, "%w", err)
			return
		}
	}
	switch p.Source.Kind {
	case FromURL:
		if a.URL == "" {
			a.URL = p.Source.URL
		}
	case FromFile:
		a.Path = p.Source.Path
		if base := p.Source.Path[strings.LastIndexByte(p.Source.Path, '/')+1:]; a.Filename != base {
			return // another file of a release with the same name
		}
	}
	if !isOtherFile(a.Filename) {
		p.addArtifact(a)
	}
}

// soleFile adds the file of a package that is one file at a URL or in the
// context, if the lock lists no files. The file then has no hash.
func (f *fields) soleFile(p *Package) {
	if p.Source.Kind != FromURL && p.Source.Kind != FromFile || len(p.Wheels) > 0 || p.Sdist != nil {
		return
	}
	a := Artifact{Pos: p.Pos, URL: p.Source.URL, Path: p.Source.Path, Filename: artifact.URLFilename(p.Source.URL)}
	if a.Path != "" {
		a.Filename = path.Base(a.Path)
	}
	if len(p.Hashes) == 1 {
		algorithm, digest, _ := strings.Cut(p.Hashes[0], ":")
		a.Hashes = map[string]string{algorithm: digest}
	}
	f.placeFile(p, a)
}

// IsArchive reports whether a file is named as a wheel or an sdist is.
func IsArchive(name string) bool {
	for _, suffix := range []string{".whl", ".zip", ".tar.gz", ".tar.bz2", ".tar.xz", ".tgz"} {
		if strings.HasSuffix(name, suffix) {
			return true
		}
	}
	return false
}
