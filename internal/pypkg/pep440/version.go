// Package pep440 reads and compares the versions of Python projects and the
// specifiers that select among them (PEP 440, today the "version specifiers"
// specification).
//
// Strings from requirements, locks and file names go in; ordered Versions and
// SpecifierSets that answer "is this version meant" come out. It knows no
// other package, and every answer is compared with the packaging library's
// by the answers in testdata.
package pep440

import (
	"fmt"
	"strings"
)

// preKind orders the kinds of pre-releases. A version that is only a
// developmental release sorts before all of them, one that is none after.
type preKind int8

const (
	preNone preKind = iota
	preAlpha
	preBeta
	preCandidate
)

type localSegment struct {
	numeric bool
	n       number
	s       string
}

// Version is one version. The zero value is no version; see IsZero.
// Versions are immutable.
type Version struct {
	epoch   number
	release []number
	pre     preKind
	preN    number
	hasPost bool
	post    number
	hasDev  bool
	dev     number
	local   []localSegment
}

// Parse reads a version in any spelling PEP 440 accepts: with a leading "v",
// spaces around it, upper case, "alpha" for "a", "-1" for ".post1".
func Parse(s string) (Version, error) {
	trimmed := trimSpace(s)
	var v Version
	i := scanRelease(trimmed, &v)
	if i > 0 {
		i += scanSuffix(trimmed[i:], &v)
		i += scanLocal(trimmed[i:], &v)
	}
	if i == 0 || i != len(trimmed) {
		return Version{}, fmt.Errorf("%q is not a version (PEP 440)", s)
	}
	return v, nil
}

// IsZero reports whether the value holds no version at all.
func (v Version) IsZero() bool { return len(v.release) == 0 }

// String gives the normalized form. Zeros at the end of the release stay as
// they were written.
func (v Version) String() string {
	if v.IsZero() {
		return ""
	}
	var b strings.Builder
	if v.epoch != "" {
		b.WriteString(v.epoch.String())
		b.WriteByte('!')
	}
	for i, n := range v.release {
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString(n.String())
	}
	switch v.pre {
	case preAlpha:
		b.WriteString("a" + v.preN.String())
	case preBeta:
		b.WriteString("b" + v.preN.String())
	case preCandidate:
		b.WriteString("rc" + v.preN.String())
	}
	if v.hasPost {
		b.WriteString(".post" + v.post.String())
	}
	if v.hasDev {
		b.WriteString(".dev" + v.dev.String())
	}
	if len(v.local) > 0 {
		b.WriteByte('+')
		b.WriteString(v.Local())
	}
	return b.String()
}

// Local gives the normalized local version label without the "+", or "".
func (v Version) Local() string {
	parts := make([]string, len(v.local))
	for i, seg := range v.local {
		if seg.numeric {
			parts[i] = seg.n.String()
		} else {
			parts[i] = seg.s
		}
	}
	return strings.Join(parts, ".")
}

// Public gives the version without its local version label.
func (v Version) Public() Version {
	v.local = nil
	return v
}

// Canonical gives the normalized form without the zeros at the end of the
// release, so that equal versions have equal strings.
func (v Version) Canonical() string {
	if v.IsZero() {
		return ""
	}
	r := trimRelease(v.release)
	if len(r) == 0 {
		r = v.release[:1]
	}
	v.release = r
	return v.String()
}

// Release gives the i-th number of the release, 0 where the version has none
// and math.MaxInt where it does not fit an int.
func (v Version) Release(i int) int {
	if i < 0 || i >= len(v.release) {
		return 0
	}
	return v.release[i].int()
}

// ReleaseLen gives how many numbers the release was written with.
func (v Version) ReleaseLen() int { return len(v.release) }

// IsPrerelease reports whether this is an alpha, beta, candidate or
// developmental release.
func (v Version) IsPrerelease() bool { return v.pre != preNone || v.hasDev }

// IsPostrelease reports whether this is a post-release.
func (v Version) IsPostrelease() bool { return v.hasPost }

// Equal reports whether two versions are the same one, however written.
func (v Version) Equal(o Version) bool { return v.Compare(o) == 0 }

// Compare gives -1, 0 or 1 as v is older than, the same as or newer than o.
// The zero Version is older than all others.
func (v Version) Compare(o Version) int {
	if v.IsZero() || o.IsZero() {
		return compareInts(len(v.release), len(o.release))
	}
	if c := v.epoch.compare(o.epoch); c != 0 {
		return c
	}
	if c := compareReleases(v.release, o.release); c != 0 {
		return c
	}
	if c := compareInts(v.preRank(), o.preRank()); c != 0 {
		return c
	}
	if c := v.preN.compare(o.preN); c != 0 {
		return c
	}
	if v.hasPost != o.hasPost {
		return compareBools(v.hasPost, o.hasPost)
	}
	if c := v.post.compare(o.post); c != 0 {
		return c
	}
	if v.hasDev != o.hasDev {
		return compareBools(o.hasDev, v.hasDev)
	}
	if c := v.dev.compare(o.dev); c != 0 {
		return c
	}
	return compareLocals(v.local, o.local)
}

func (v Version) preRank() int {
	switch {
	case v.pre != preNone:
		return int(v.pre)
	case v.hasDev && !v.hasPost:
		return 0
	default:
		return int(preCandidate) + 1
	}
}

// trimRelease cuts zeros off the end; 1.0.0 and 1 are one release.
func trimRelease(r []number) []number {
	for len(r) > 0 && r[len(r)-1] == "" {
		r = r[:len(r)-1]
	}
	return r
}

func compareReleases(a, b []number) int {
	a, b = trimRelease(a), trimRelease(b)
	for i := 0; i < len(a) && i < len(b); i++ {
		if c := a[i].compare(b[i]); c != 0 {
			return c
		}
	}
	return compareInts(len(a), len(b))
}

// compareLocals orders local labels: none first, words before numbers, and a
// longer label after the one it starts with.
func compareLocals(a, b []localSegment) int {
	for i := 0; i < len(a) && i < len(b); i++ {
		x, y := a[i], b[i]
		switch {
		case x.numeric != y.numeric:
			return compareBools(x.numeric, y.numeric)
		case x.numeric:
			if c := x.n.compare(y.n); c != 0 {
				return c
			}
		default:
			if c := strings.Compare(x.s, y.s); c != 0 {
				return c
			}
		}
	}
	return compareInts(len(a), len(b))
}

func compareInts(a, b int) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}
