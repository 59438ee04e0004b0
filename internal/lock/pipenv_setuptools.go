package lock

import (
	"cmp"

	"github.com/moult-build/moult/internal/pypkg/pep440"
)

// setuptoolsVersion is the last release for Python 3.7, and has pkg_resources.
const (
	setuptoolsVersion = "68.0.0"
	setuptoolsHash    = "sha256:11e52c67415a381d10d6b462ced9cfb97066179f0e871399e006c4ab101fc85f"
)

// pipenvSetuptools is setuptools for a lock with packages that import pkg_resources
// of it (importsPkgResources); nil for other locks. Pipenv leaves setuptools out
// of its lock, because every virtual environment had it before Python 3.12.
func pipenvSetuptools(l *Lock) *Package {
	var by *Package
	var groups []string
	for _, p := range l.Packages {
		if p.Name == "setuptools" {
			return nil
		}
		if importsPkgResources(p) {
			by = cmp.Or(by, p)
			groups = append(groups, p.groups...)
		}
	}
	if by == nil {
		return nil
	}
	parsed, _ := pep440.Parse(setuptoolsVersion)
	f := &fields{}
	return &Package{
		Pos: by.Pos, Name: "setuptools", Version: setuptoolsVersion, Parsed: parsed, Hashes: []string{setuptoolsHash},
		Source: Source{Kind: FromIndex}, Marker: f.parseMarker(`python_version < "3.12"`, by.Pos), groups: sortedUnique(groups),
	}
}
