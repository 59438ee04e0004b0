package pep440

import "slices"

// maxNumbers and maxClauses are the sizes up to which sets in other words are
// compared.
const maxNumbers, maxClauses = 20, 200

// SameVersions reports whether two sets allow the same versions, in whatever words:
// ">=3,>=2" is ">=3". It compares them at the versions where one of the clauses
// begins or ends to hold, and between those.
func SameVersions(a, b SpecifierSet) bool {
	var at []Version
	all := append(a.Specifiers(), b.Specifiers()...)
	for _, s := range all {
		// The first compares texts and no versions. The work grows with the square of
		// the others, and a file may have any number of them.
		if s.Op == ArbitraryEq || len(s.Version.release) > maxNumbers || len(all) > maxClauses {
			return a.EqualSet(b)
		}
		at = append(at, edges(s)...)
	}
	at = append(at, Version{release: []number{""}, hasDev: true})
	return !slices.ContainsFunc(at, func(v Version) bool { return a.allowsEdge(v) != b.allowsEdge(v) })
}

func (s SpecifierSet) allowsEdge(v Version) bool { return s.Contains(v, PrereleasesAllowed) }

// edges are the version of a clause and its neighbours.
func edges(s Specifier) []Version {
	v := s.Version.Public()
	base := Version{epoch: v.epoch, release: v.release}
	all := []Version{s.Version, v}
	starts := []Version{base}
	for n := 1; n <= len(v.release); n++ {
		starts = append(starts, nextPrefix(base, n)) // where "==1.2.*" and "~=1.2" end
	}
	for _, start := range starts {
		first, later := start, start
		first.hasDev, start.hasDev, later.hasDev = true, false, false
		later.release = append(slices.Clone(start.release), "", "1")
		all = append(all, first, start, later)
	}
	after, local := v, v
	if !v.hasPost && !v.hasDev {
		after.hasPost, after.post = true, "1"
		all = append(all, after)
	}
	local.local = []localSegment{{s: "edge"}}
	return append(all, local)
}
