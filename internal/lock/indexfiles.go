package lock

import (
	"github.com/moult-build/moult/internal/pypkg/indexpage"
	"github.com/moult-build/moult/internal/source"
)

// WithIndexFiles returns a copy of the package whose files have the addresses from
// an index. Files are matched by their hashes, and by their names only if the index
// has no hash that can be compared. A file that the index does not list has no
// address in the result. So the choice of a file never depends on the content of an
// index.
func (p *Package) WithIndexFiles(files []indexpage.File) (*Package, error) {
	q := *p
	q.Wheels = append([]Artifact(nil), p.Wheels...)
	if p.Sdist != nil {
		sdist := *p.Sdist
		q.Sdist = &sdist
	}
	if p.needsNames() && p.Unlisted {
		for _, f := range files {
			if f.Hashes["sha256"] != "" && !isOtherFile(f.Filename) && isOfVersion(f.Filename, p.Parsed) {
				q.addArtifact(Artifact{Filename: f.Filename, URL: f.URL, Hashes: f.Hashes, Size: f.Size, Pos: p.Pos})
			}
		}
		if len(q.Wheels) == 0 && q.Sdist == nil {
			return nil, source.Errorf(p.Pos, "the lock lists no files of %s, and its index has none with a sha256 hash", describe(p.Name, p.Version)).
				WithHint("check the index, or lock again")
		}
		return &q, nil
	}
	if p.needsNames() {
		wanted := map[string]bool{}
		for _, h := range p.Hashes {
			wanted[h] = true
		}
		for _, f := range files {
			for algorithm, digest := range f.Hashes {
				if wanted[algorithm+":"+digest] && !isOtherFile(f.Filename) {
					q.addArtifact(Artifact{Filename: f.Filename, URL: f.URL, Hashes: f.Hashes, Size: f.Size, Pos: p.Pos})
					break
				}
			}
		}
		if len(q.Wheels) == 0 && q.Sdist == nil {
			return nil, source.Errorf(p.Pos, "none of the %d locked hashes of %s is on its index", len(p.Hashes), describe(p.Name, p.Version)).
				WithHint("check the index, or lock again")
		}
		return &q, nil
	}
	place := func(a *Artifact) {
		if a.URL != "" || a.Path != "" {
			return
		}
		for _, f := range files {
			same, comparable := sameHash(a.Hashes, f.Hashes)
			if same || !comparable && f.Filename == a.Filename {
				a.URL = f.URL
				if a.Size == 0 {
					a.Size = f.Size
				}
				if same {
					return
				}
			}
		}
	}
	for i := range q.Wheels {
		place(&q.Wheels[i])
	}
	if q.Sdist != nil {
		place(q.Sdist)
	}
	return &q, nil
}

func sameHash(a, b map[string]string) (same, comparable bool) {
	for algorithm, digest := range a {
		if other, ok := b[algorithm]; ok {
			if other != digest {
				return false, true
			}
			same, comparable = true, true
		}
	}
	return same, comparable
}
