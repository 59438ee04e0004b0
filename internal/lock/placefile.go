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

// cutFragment takes what stands behind "#" off an address, and returns the hashes
// of its file and the folder in it.
func cutFragment(address string) (plain string, hashes []string, subdirectory string, err error) {
	plain, fragment, _ := strings.Cut(address, "#")
	for part := range strings.SplitSeq(fragment, "&") {
		key, value, _ := strings.Cut(part, "=")
		if key == "subdirectory" {
			subdirectory = cleanPath(value)
		}
		if artifact.IsAlgorithm(key) {
			digest, err := artifact.CheckDigest(key, value)
			if err != nil {
				return plain, nil, "", err
			}
			hashes = append(hashes, key+":"+digest)
		}
	}
	return plain, hashes, subdirectory, nil
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
	hashes := map[string]string{}
	for _, h := range p.Hashes {
		algorithm, digest, _ := strings.Cut(h, ":")
		hashes[algorithm] = digest
	}
	if len(p.Hashes) > 0 && len(hashes) == len(p.Hashes) { // else they are those of several files
		a.Hashes = hashes
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
