package lock

import (
	"slices"

	"github.com/moult-build/moult/internal/pypkg/pep440"
)

// setuptoolsVersion is the last release for Python 3.7, and has pkg_resources.
const (
	setuptoolsVersion = "68.0.0"
	setuptoolsHash    = "sha256:11e52c67415a381d10d6b462ced9cfb97066179f0e871399e006c4ab101fc85f"
)

// pipenvSetuptools is setuptools for a lock whose gunicorn is older than 21 and
// imports pkg_resources of it; nil for other locks. Pipenv leaves setuptools out
// of its lock, because every virtual environment had it before Python 3.12.
func pipenvSetuptools(l *Lock) *Package {
	if slices.ContainsFunc(l.Packages, func(p *Package) bool { return p.Name == "setuptools" }) {
		return nil
	}
	n := slices.IndexFunc(l.Packages, isOldGunicorn)
	if n < 0 {
		return nil
	}
	gunicorn := l.Packages[n]
	parsed, _ := pep440.Parse(setuptoolsVersion)
	f := &fields{}
	return &Package{
		Pos: gunicorn.Pos, Name: "setuptools", Version: setuptoolsVersion, Parsed: parsed, Hashes: []string{setuptoolsHash},
		Source: Source{Kind: FromIndex}, Marker: f.parseMarker(`python_version < "3.12"`, gunicorn.Pos), groups: gunicorn.groups,
	}
}
