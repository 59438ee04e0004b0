package project

import (
	"slices"

	"github.com/moult-build/moult/internal/pypkg/pep440"
)

// Program is what the sources of the image's program say of the image. The pipeline
// finds it together with the command.
type Program struct {
	// CodeLimit is what the program's own sources say of the Python that they need;
	// nil where they do not.
	CodeLimit *CodeLimit
	// Locale is one that the program sets at its start; "" if there is none.
	Locale string
	// WrittenLogs are logs of the project that its program writes, by their names from
	// the project's folder. They are left out of the image, in which nobody could change
	// them, so that the program makes its own.
	WrittenLogs []string
}

// CodeLimit is the newest release that has what the program's sources use of
// Python's library.
type CodeLimit struct {
	Y int
	// Why says it for people, as in "main.py imports cgi, which Python does not have
	// since 3.13".
	Why string
}

// LimitByCode lets sources decide on the release that the project leaves open. A limit
// that leaves none of those that requires-python allows is passed over.
func (p *Project) LimitByCode(l CodeLimit) {
	p.CodeLimit = &l
	if !slices.ContainsFunc(Releases, p.allows) {
		p.CodeLimit = nil
	}
}

// allows reports whether requires-python and the program's sources allow a release.
func (p *Project) allows(r Release) bool {
	return pep440.AllowsMinor(p.Requires, r.X, r.Y) && (p.CodeLimit == nil || r.Y <= p.CodeLimit.Y)
}

// Limited adds to the reason for a release what limits the releases.
func (p *Project) Limited(reason string) string {
	if p.CodeLimit == nil {
		return reason
	}
	return reason + "; " + p.CodeLimit.Why
}
