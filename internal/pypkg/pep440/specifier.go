package pep440

import (
	"fmt"
	"sort"
	"strings"
)

// Operator is the comparison of a Specifier.
type Operator string

// The operators of PEP 440.
const (
	Compatible   Operator = "~="
	Equal        Operator = "=="
	NotEqual     Operator = "!="
	AtMost       Operator = "<="
	AtLeast      Operator = ">="
	Less         Operator = "<"
	Greater      Operator = ">"
	ArbitraryEq  Operator = "==="
	prefixMarker          = ".*"
)

// Specifier is one clause, such as ">=1.2".
type Specifier struct {
	Op Operator
	// Text is the version as it was written, with ".*" if there is one.
	Text string
	// Version is what Text means; zero for "===", which compares strings.
	Version Version
	// Prefix is true for "==1.2.*" and "!=1.2.*".
	Prefix bool
}

// ParseSpecifier reads one clause; spaces around it and after the operator
// are allowed.
func ParseSpecifier(s string) (Specifier, error) {
	trimmed := trimSpace(s)
	spec, n := ScanSpecifier(trimmed)
	if n == 0 || n != len(trimmed) {
		return Specifier{}, specifierError(s)
	}
	return spec, nil
}

func specifierError(s string) error {
	t := trimSpace(s)
	var op string
	for _, o := range []string{"===", "~=", "==", "!=", "<=", ">=", "<", ">"} {
		if strings.HasPrefix(t, o) {
			op = o
			break
		}
	}
	switch {
	case t == "":
		return fmt.Errorf("a version specifier is missing")
	case op == "" && strings.HasPrefix(t, "="):
		return fmt.Errorf("%q is not a version specifier: write ==, not =", t)
	case op == "" && (strings.HasPrefix(t, "^") || strings.HasPrefix(t, "~")):
		return fmt.Errorf("%q is not a version specifier: %s is Poetry's own operator", t, t[:1])
	case op == "":
		return fmt.Errorf("%q is not a version specifier: it starts with none of ~= == != <= >= < > ===", t)
	case op != "==" && op != "!=" && strings.HasSuffix(t, prefixMarker):
		return fmt.Errorf("%q is not a version specifier: .* goes with == and != only", t)
	case op != "==" && op != "!=" && strings.Contains(t, "+"):
		return fmt.Errorf("%q is not a version specifier: a local version (+...) goes with == and != only", t)
	case op == "~=":
		return fmt.Errorf("%q is not a version specifier: ~= needs a version of at least two numbers", t)
	default:
		return fmt.Errorf("%q is not a version specifier: %q is not a version", t, trimSpace(t[len(op):]))
	}
}

// ScanSpecifier reads the specifier that s starts with and gives the number
// of bytes it takes, or 0. It is there for parsers of longer texts, such as
// requirements.
func ScanSpecifier(s string) (Specifier, int) {
	var spec Specifier
	switch {
	case strings.HasPrefix(s, "==="):
		i := 3 + skipSpace(s[3:])
		end := len(s)
		for k, r := range s[i:] {
			if r == ';' || r == ')' || isSpace(r) {
				end = i + k
				break
			}
		}
		return Specifier{Op: ArbitraryEq, Text: s[i:end]}, end
	case strings.HasPrefix(s, "=="), strings.HasPrefix(s, "!="), strings.HasPrefix(s, "~="),
		strings.HasPrefix(s, "<="), strings.HasPrefix(s, ">="):
		spec.Op = Operator(s[:2])
	case strings.HasPrefix(s, "<"), strings.HasPrefix(s, ">"):
		spec.Op = Operator(s[:1])
	default:
		return Specifier{}, 0
	}
	start := len(spec.Op) + skipSpace(s[len(spec.Op):])
	i := start
	n := scanRelease(s[i:], &spec.Version)
	if n == 0 || spec.Op == Compatible && len(spec.Version.release) < 2 {
		return Specifier{}, 0
	}
	i += n
	equality := spec.Op == Equal || spec.Op == NotEqual
	if equality && strings.HasPrefix(s[i:], prefixMarker) {
		spec.Prefix = true
		i += len(prefixMarker)
	} else {
		i += scanSuffix(s[i:], &spec.Version)
		if equality {
			i += scanLocal(s[i:], &spec.Version)
		}
	}
	spec.Text = s[start:i]
	return spec, i
}

// String gives the clause as it was written, without spaces.
func (s Specifier) String() string { return string(s.Op) + s.Text }

// canonical gives a string that is the same for clauses that mean the same.
func (s Specifier) canonical() string {
	switch {
	case s.Op == ArbitraryEq, s.Prefix:
		return s.String()
	case s.Op == Compatible:
		return string(s.Op) + s.Version.String()
	default:
		return string(s.Op) + s.Version.Canonical()
	}
}

// impliesPrereleases reports whether naming this version asks for
// pre-releases: a pre-release behind any operator but "!=".
func (s Specifier) impliesPrereleases() bool {
	if s.Op == NotEqual || s.Prefix {
		return false
	}
	if s.Op == ArbitraryEq {
		v, err := Parse(s.Text)
		return err == nil && v.IsPrerelease()
	}
	return s.Version.IsPrerelease()
}

// matches reports whether the clause holds for a version, pre-releases not
// being treated apart. text is what "===" compares with.
func (s Specifier) matches(v Version, text string) bool {
	if s.Op == ArbitraryEq {
		return strings.EqualFold(text, s.Text)
	}
	if v.IsZero() {
		return false
	}
	spec := s.Version
	switch s.Op {
	case AtLeast:
		return v.Compare(spec) >= 0
	case AtMost:
		return v.Public().Compare(spec) <= 0
	case Equal:
		return s.equals(v)
	case NotEqual:
		return !s.equals(v)
	case Compatible:
		return v.Compare(spec) >= 0 && v.Compare(nextPrefix(spec, len(spec.release)-1)) < 0
	case Less:
		// "<1.0" means no pre-release of 1.0 either, unless it names one.
		if !spec.IsPrerelease() {
			spec.hasDev, spec.dev = true, ""
		}
		return v.Compare(spec) < 0
	case Greater:
		// ">1.0" means no post-release of 1.0 either, unless it names one,
		// and never the same version with a local label.
		switch {
		case spec.hasDev:
			spec.dev = spec.dev.next()
			return v.Compare(spec) >= 0
		case spec.hasPost:
			spec.post = spec.post.next()
			spec.hasDev, spec.dev = true, ""
			return v.Compare(spec) >= 0
		}
		if v.Compare(spec) <= 0 {
			return false
		}
		sameFamily := v.epoch == spec.epoch && compareReleases(v.release, spec.release) == 0 &&
			v.pre == spec.pre && v.preN == spec.preN
		return !sameFamily
	}
	return false
}

func (s Specifier) equals(v Version) bool {
	if s.Prefix {
		low := Version{epoch: s.Version.epoch, release: s.Version.release, hasDev: true}
		return v.Compare(low) >= 0 && v.Compare(nextPrefix(s.Version, len(s.Version.release))) < 0
	}
	if len(s.Version.local) == 0 {
		v = v.Public()
	}
	return v.Compare(s.Version) == 0
}

// nextPrefix gives the first version after all that start with the first n
// numbers of v's release: 1.2 becomes 1.3.dev0.
func nextPrefix(v Version, n int) Version {
	release := append([]number(nil), v.release[:n]...)
	release[n-1] = release[n-1].next()
	return Version{epoch: v.epoch, release: release, hasDev: true}
}

// Prereleases says what becomes of pre-releases.
type Prereleases int8

const (
	// PrereleasesDefault is PEP 440's rule: they count if a specifier names
	// one, or if there is nothing else to choose.
	PrereleasesDefault Prereleases = iota
	// PrereleasesAllowed lets them count like any other version.
	PrereleasesAllowed
	// PrereleasesDenied never lets them count.
	PrereleasesDenied
)

// SpecifierSet is any number of clauses that all must hold. The zero value
// has none and holds for every version.
type SpecifierSet struct {
	specs []Specifier
}

// ParseSpecifierSet reads clauses separated by commas. Empty ones are
// skipped, as in ">=1.0,".
func ParseSpecifierSet(s string) (SpecifierSet, error) {
	var set SpecifierSet
	for _, part := range strings.Split(s, ",") {
		if trimSpace(part) == "" {
			continue
		}
		spec, err := ParseSpecifier(part)
		if err != nil {
			return SpecifierSet{}, err
		}
		set.specs = append(set.specs, spec)
	}
	return set, nil
}

// Specifiers gives the clauses in the order they were written.
func (s SpecifierSet) Specifiers() []Specifier {
	return append([]Specifier(nil), s.specs...)
}

// IsEmpty reports whether there is no clause, so that every version fits.
func (s SpecifierSet) IsEmpty() bool { return len(s.specs) == 0 }

// And gives the set in which the clauses of both must hold.
func (s SpecifierSet) And(o SpecifierSet) SpecifierSet {
	specs := make([]Specifier, 0, len(s.specs)+len(o.specs))
	return SpecifierSet{specs: append(append(specs, s.specs...), o.specs...)}
}

// String gives the clauses sorted, each meaning once, separated by commas.
func (s SpecifierSet) String() string {
	specs := append([]Specifier(nil), s.specs...)
	sort.SliceStable(specs, func(i, j int) bool { return specs[i].String() < specs[j].String() })
	seen := map[string]bool{}
	var parts []string
	for _, spec := range specs {
		key := spec.canonical()
		if !seen[key] {
			seen[key] = true
			parts = append(parts, spec.String())
		}
	}
	return strings.Join(parts, ",")
}

// EqualSet reports whether two sets have the same clauses, whatever their
// order and spelling.
func (s SpecifierSet) EqualSet(o SpecifierSet) bool {
	return strings.Join(s.canonical(), ",") == strings.Join(o.canonical(), ",")
}

func (s SpecifierSet) canonical() []string {
	seen := map[string]bool{}
	var keys []string
	for _, spec := range s.specs {
		if key := spec.canonical(); !seen[key] {
			seen[key] = true
			keys = append(keys, key)
		}
	}
	sort.Strings(keys)
	return keys
}

// Contains reports whether a version fits. One version alone has nothing to
// be preferred to it, so by PEP 440's rule a pre-release fits unless it is
// denied.
func (s SpecifierSet) Contains(v Version, pre Prereleases) bool {
	return s.contains(v, v.String(), pre)
}

// ContainsString is Contains for a version as it was written, which is what
// "===" compares with. A string that is no version fits "===" only.
func (s SpecifierSet) ContainsString(version string, pre Prereleases) bool {
	v, err := Parse(version)
	if err != nil {
		v = Version{}
	}
	return s.contains(v, version, pre)
}

func (s SpecifierSet) contains(v Version, text string, pre Prereleases) bool {
	if len(s.specs) == 0 && v.IsZero() {
		return true
	}
	if pre == PrereleasesDenied && v.IsPrerelease() {
		return false
	}
	for _, spec := range s.specs {
		if !spec.matches(v, text) {
			return false
		}
	}
	return true
}

// Filter gives the versions that fit, in the order given. By PEP 440's rule
// pre-releases are left out if any final release fits and no clause names a
// pre-release.
func (s SpecifierSet) Filter(versions []Version, pre Prereleases) []Version {
	if pre == PrereleasesDefault {
		for _, spec := range s.specs {
			if spec.impliesPrereleases() {
				pre = PrereleasesAllowed
			}
		}
	}
	var all, finals []Version
	for _, v := range versions {
		if !s.Contains(v, pre) {
			continue
		}
		all = append(all, v)
		if !v.IsPrerelease() {
			finals = append(finals, v)
		}
	}
	if pre == PrereleasesDefault && len(finals) > 0 {
		return finals
	}
	return all
}

// MatchesString reports whether the clause holds for a version as it was
// written, pre-releases not being treated apart.
func (s Specifier) MatchesString(version string) bool {
	v, err := Parse(version)
	if err != nil {
		v = Version{}
	}
	return s.matches(v, version)
}

// Matches reports whether the clause holds for a version, pre-releases not
// being treated apart.
func (s Specifier) Matches(v Version) bool { return s.matches(v, v.String()) }
