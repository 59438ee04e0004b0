package lock

import (
	"slices"

	"github.com/moult-build/moult/internal/pypkg/pep440"
)

// addSetuptools chooses a setuptools for a gunicorn older than 21, which imports
// pkg_resources of it, if the lock has none. Poetry before 1.3 and pip-compile leave
// setuptools out of what they write, because every environment had it before Python
// 3.12.
func (s *selector) addSetuptools() {
	if s.lock.Format != Poetry && s.lock.Format != Requirements || s.python.major == 3 && s.python.minor >= 12 {
		return
	}
	if slices.ContainsFunc(s.lock.Packages, func(p *Package) bool { return p.Name == "setuptools" }) {
		return
	}
	for p := range s.chosen {
		if !isOldGunicorn(p) {
			continue
		}
		parsed, _ := pep440.Parse(setuptoolsVersion)
		added := &Package{Pos: p.Pos, Name: "setuptools", Version: setuptoolsVersion, Parsed: parsed, Source: p.Source, Hashes: []string{setuptoolsHash}}
		if len(p.Wheels) > 0 || p.Sdist != nil { // a lock with the names of files
			algorithm, digest := "sha256", setuptoolsHash[len("sha256:"):]
			added.Hashes = nil
			added.Wheels = []Artifact{{Filename: "setuptools-" + setuptoolsVersion + "-py3-none-any.whl", Hashes: map[string]string{algorithm: digest}, Pos: p.Pos}}
		}
		s.take(added)
		return
	}
}

// isOldGunicorn reports whether a package is a gunicorn that imports pkg_resources.
func isOldGunicorn(p *Package) bool {
	return p.Name == "gunicorn" && p.Version != "" && p.Parsed.Release(0) < 21 && p.Source.Kind == FromIndex
}
