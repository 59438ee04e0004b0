package lock

import (
	"slices"

	"github.com/moult-build/moult/internal/pypkg/pep440"
)

// addSetuptools chooses a setuptools for a package that imports pkg_resources of it
// (importsPkgResources), if the lock has none. Poetry before 1.3 and pip-compile leave
// setuptools out of what they write, because every environment had it before Python
// 3.12.
func (s *selector) addSetuptools() {
	if s.lock.Format != Poetry && s.lock.Format != Requirements || s.python.major == 3 && s.python.minor >= 12 {
		return
	}
	if slices.ContainsFunc(s.lock.Packages, func(p *Package) bool { return p.Name == "setuptools" }) {
		return
	}
	for _, p := range s.lock.Packages { // in their order: each may be of another index
		if _, chosen := s.chosen[p]; !chosen || !importsPkgResources(p) {
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

// pkgResources are packages that import pkg_resources when they are used, with the
// first version that does not any more; "" where every version does. Some of them
// require setuptools, and the tools leave it out all the same.
var pkgResources = map[string]string{
	"apscheduler": "3.10.2", "coreapi": "", "djangorestframework-simplejwt": "5.3.1", "drf-yasg": "1.21.8", "flask-security-too": "",
	"gunicorn": "21", "imageio-ffmpeg": "0.5", "razorpay": "2", "web3": "6.20",
}

// importsPkgResources reports whether a package is one of them.
func importsPkgResources(p *Package) bool {
	without, known := pkgResources[p.Name]
	if !known || p.Version == "" || p.Source.Kind != FromIndex {
		return false
	}
	v, err := pep440.Parse(without)
	return err != nil || p.Parsed.Compare(v) < 0
}
