package lock

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/source"
)

// Real locks need one or two packages to be excluded until versions fit together.
// Each attempt walks the whole graph, so a large lock gets fewer of them.
const (
	maxAttempts = 50
	maxVisits   = 20_000 // packages of all attempts together
)

// attemptsFor is how many packages may be excluded in turn.
func attemptsFor(packages int) int { return min(maxAttempts, max(1, maxVisits/max(1, packages))) }

// solve walks the graph until the versions fit together. If two versions of a
// package remain, one of the packages that need them is needed in another version:
// it is excluded, and the graph is walked again. The error is the one of the walk
// without exclusions.
func (w *poetryWalk) solve(attempts *int) error {
	err := w.settled()
	var candidates []*Package
	if err == nil {
		candidates = w.contradicting()
		if candidates == nil {
			return nil
		}
	} else if len(w.excluded) == 0 {
		return err
	}
	for _, p := range candidates {
		if *attempts--; *attempts < 0 {
			break
		}
		w.excluded[p] = true
		if w.solve(attempts) == nil && w.contradicting() == nil {
			return nil
		}
		delete(w.excluded, p)
	}
	if len(w.excluded) > 0 {
		return source.Errorf(source.Pos{File: w.s.lock.File}, "the versions in the lock contradict each other for this environment").WithHint("run: poetry lock")
	}
	// Nothing helps: the result of the first walk names the two versions.
	return w.settled()
}

// settled walks the graph with the edges of the walk before, until they are the
// same.
func (w *poetryWalk) settled() error {
	w.before = nil
	for range maxWalks {
		if err := w.walk(); err != nil {
			return err
		}
		if maps.EqualFunc(w.before, w.now, slices.Equal) {
			return nil
		}
		w.before = w.now
	}
	return source.Errorf(source.Pos{File: w.s.lock.File}, "the versions in the lock contradict each other for this environment").WithHint("run: poetry lock")
}

// contradicting are the packages, each with another version that could be taken
// instead, that need one of two chosen versions of a package; nil if each package is
// chosen once.
func (w *poetryWalk) contradicting() []*Package {
	versions := map[string]int{}
	for p := range w.s.chosen {
		versions[p.Name]++
	}
	twice := false
	needing := map[*Package]bool{}
	for step, edges := range w.followed {
		for _, e := range edges {
			if versions[e.name] > 1 {
				twice = true
				if step.pkg != nil && w.replaceable(step.pkg) {
					needing[step.pkg] = true
				}
			}
		}
	}
	if !twice {
		return nil
	}
	return append([]*Package{}, slices.SortedFunc(maps.Keys(needing), excludedFirst)...)
}

// excludedFirst is the order in which packages are excluded: by name, and the newest
// version first, because it is what most often contradicts.
func excludedFirst(a, b *Package) int {
	return cmp.Or(strings.Compare(a.Name, b.Name), b.Parsed.Compare(a.Parsed), a.Pos.Line-b.Pos.Line)
}

// replaceable reports whether the edges to a package allow another version of it.
func (w *poetryWalk) replaceable(p *Package) bool {
	return slices.ContainsFunc(poetryLock(w.s.lock).byName[p.Name], func(other *Package) bool {
		return other != p && !w.excluded[other] && poetryOf(other).python.Holds(w.s.python.fits) &&
			!slices.ContainsFunc(w.now[p.Name], func(e *poetryEdge) bool { return !w.allows(e, other) })
	})
}
