package constraint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep440"
)

// Specifiers gives the constraint as one specifier set. ok is false where PEP
// 440 has no equivalent, because it has no "or".
func (c Constraint) Specifiers() (set pep440.SpecifierSet, ok bool) {
	switch {
	case c.IsAny():
		return pep440.SpecifierSet{}, true
	case len(c.any) == 1:
		return c.any[0], true
	}
	spans := make([]span, len(c.any))
	for i, alternative := range c.any {
		if spans[i], ok = spanOf(alternative); !ok {
			return pep440.SpecifierSet{}, false
		}
	}
	slices.SortStableFunc(spans, func(a, b span) int {
		switch {
		case a.low == nil && b.low == nil:
			return 0
		case a.low == nil:
			return -1
		case b.low == nil:
			return 1
		}
		if d := a.low.Version.Compare(b.low.Version); d != 0 {
			return d
		}
		return exclusive(a.low) - exclusive(b.low)
	})
	whole := spans[0]
	var without []string
	for _, next := range spans[1:] {
		if whole.high == nil {
			break // the rest is inside
		}
		gap := -1
		if next.low != nil {
			gap = next.low.Version.Compare(whole.high.Version)
		}
		switch {
		case gap == 0 && exclusive(next.low) > 0:
			without = append(without, "!="+next.low.Text) // "<3.9.7 || >3.9.7"
		case gap > 0 && exclusive(next.low) > 0:
			return pep440.SpecifierSet{}, false
		case gap > 0:
			minors, ok := minorsBetween(whole.high.Version, next.low.Version)
			if !ok {
				return pep440.SpecifierSet{}, false
			}
			without = append(without, minors...)
		}
		if next.high == nil || next.high.Version.Compare(whole.high.Version) > 0 {
			whole.high = next.high
		}
	}
	var parts []string
	if whole.low != nil {
		parts = append(parts, whole.low.String())
	}
	parts = append(parts, without...)
	if whole.high != nil {
		parts = append(parts, whole.high.String())
	}
	set, err := pep440.ParseSpecifierSet(strings.Join(parts, ","))
	return set, err == nil
}

// FromMajor leaves out the alternatives that only allow releases before a major
// one, unless these are all.
func (c Constraint) FromMajor(major int) Constraint {
	left := slices.DeleteFunc(slices.Clone(c.any), func(set pep440.SpecifierSet) bool {
		return slices.ContainsFunc(set.Specifiers(), func(s pep440.Specifier) bool {
			switch s.Op {
			case pep440.Less:
				return s.Version.Compare(mustParse(fmt.Sprint(major))) <= 0
			case pep440.AtMost, pep440.Equal, pep440.Compatible:
				return s.Version.Release(0) < major
			}
			return false
		})
	})
	if len(left) == 0 {
		return c
	}
	return Constraint{text: c.text, any: left}
}

// exclusive is 1 for a lower limit that does not belong to the span itself.
func exclusive(low *pep440.Specifier) int {
	if low.Op == pep440.Greater {
		return 1
	}
	return 0
}

// span is the versions from low (">=" or ">") up to high ("<"); nil is no limit.
type span struct{ low, high *pep440.Specifier }

// spanOf reads a set that is nothing but such a span.
func spanOf(set pep440.SpecifierSet) (span, bool) {
	var s span
	for _, one := range set.Specifiers() {
		limit := &s.low
		switch one.Op {
		case pep440.AtLeast, pep440.Greater:
		case pep440.Less:
			limit = &s.high
		default:
			return s, false
		}
		if *limit != nil {
			return s, false
		}
		*limit = &one
	}
	return s, true
}

// maxGap bounds the "!=" that stand for what lies between two spans.
const maxGap = 10

// minorsBetween gives "!=3.10.*" for every minor release from low up to high,
// where both are minor releases of one major.
func minorsBetween(low, high pep440.Version) ([]string, bool) {
	minor := func(v pep440.Version) bool {
		return !v.IsPrerelease() && !v.IsPostrelease() && v.Equal(mustParse(fmt.Sprintf("%d.%d", v.Release(0), v.Release(1))))
	}
	first, last := low.Release(1), high.Release(1)
	if !minor(low) || !minor(high) || low.Release(0) != high.Release(0) || last-first > maxGap {
		return nil, false
	}
	var parts []string
	for n := first; n < last; n++ {
		parts = append(parts, fmt.Sprintf("!=%d.%d.*", low.Release(0), n))
	}
	return parts, true
}

// mustParse reads a version that is one by its making; the zero version else.
func mustParse(s string) pep440.Version {
	v, _ := pep440.Parse(s)
	return v
}

// PythonMarker gives a constraint on Python as a marker; "" where it allows
// all.
func (c Constraint) PythonMarker() string {
	if c.IsAny() {
		return ""
	}
	alternatives := c.any
	if set, ok := c.Specifiers(); ok {
		alternatives = []pep440.SpecifierSet{set}
	}
	texts := make([]string, len(alternatives))
	for i, set := range alternatives {
		var parts []string
		for _, s := range set.Specifiers() {
			name := "python_version"
			if s.Version.ReleaseLen() > 2 || s.Op == pep440.ArbitraryEq {
				name = "python_full_version"
			}
			parts = append(parts, fmt.Sprintf("%s %s %q", name, s.Op, s.Text))
		}
		texts[i] = strings.Join(parts, " and ")
		if len(alternatives) > 1 && len(parts) > 1 {
			texts[i] = "(" + texts[i] + ")"
		}
	}
	return strings.Join(texts, " or ")
}
