package lock

import (
	"slices"

	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/source"
)

// poetry takes packages by group and marker, or walks the graph.
func (s *selector) poetry() error {
	d := poetryLock(s.lock)
	if d.flat {
		for _, p := range s.lock.Packages {
			if ok, err := s.poetryWants(p); err != nil {
				return err
			} else if ok {
				s.take(p)
			}
		}
		return nil
	}
	if s.sel.Project == nil {
		return source.Errorf(source.Pos{File: s.lock.File}, "format version %s of poetry.lock does not tell what the project asks for", s.lock.Version).
			WithHint("lock again with Poetry 2: poetry lock")
	}
	return s.poetryWalk()
}

func (s *selector) poetryWants(p *Package) (bool, error) {
	active := pep508.Active{Extras: s.sel.Extras}
	if m, all := poetryOf(p).markers["*"]; all {
		if !s.wantsGroup(p.groups) {
			return false, nil
		}
		return s.holds(m, p.Pos, active)
	}
	for _, g := range p.groups {
		if !s.wantsGroup([]string{g}) {
			continue
		}
		if ok, err := s.holds(poetryOf(p).markers[g], p.Pos, active); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

func (s *selector) constraintFits(c constraint) bool {
	return c.allowsPython(s.python)
}

// poetryUnsafe are packages that Poetry before 1.3 never put into a lock, since
// every environment had them.
var poetryUnsafe = []string{"setuptools", "pip", "wheel", "distribute"}

// poetryWalk follows the graph from what the project asks for.
func (s *selector) poetryWalk() error {
	d := poetryLock(s.lock)
	optional := map[string]bool{}
	for _, extra := range s.sel.Extras {
		for _, name := range d.extras[extra] {
			optional[name] = true
		}
	}
	type step struct {
		pkg   *Package
		extra string
	}
	seen := map[step]bool{}
	var queue []step
	visit := func(e poetryEdge, active pep508.Active) error {
		ok, err := s.holds(e.marker, e.pos, active)
		if err != nil || !ok || !s.constraintFits(e.python) {
			return err
		}
		p := s.poetryFind(e)
		if p == nil {
			if len(d.byName[e.name]) == 0 && (e.optional || slices.Contains(poetryUnsafe, e.name)) {
				return nil
			}
			return source.Errorf(e.pos, "the lock has no %s that fits %s for this environment", e.name, e.constraint.text).WithHint("run: poetry lock")
		}
		s.take(p, e.extras...)
		for _, extra := range append([]string{""}, e.extras...) {
			if st := (step{p, extra}); !seen[st] {
				seen[st] = true
				queue = append(queue, st)
			}
		}
		return nil
	}
	root := pep503.Normalize(s.sel.Project.Name)
	// Poetry leaves a requirement of an extra out by what the lock says of the
	// package: one that a group needs too is not optional any more, and is
	// installed with or without the extra.
	for _, r := range s.sel.Project.wantedOrOptional(s.sel) {
		name := r.NormalizedName()
		if name == root || name == "" {
			continue
		}
		if packages := d.byName[name]; r.optional && !optional[name] && (len(packages) == 0 || poetryOf(packages[0]).optional) {
			continue
		}
		c := constraint{text: r.Specifier.String(), any: [][]clause{{{set: r.Specifier}}}}
		e := poetryEdge{name: name, constraint: c, extras: r.NormalizedExtras(), marker: r.Marker, pos: r.Pos, direct: r.URL != "" || r.Direct}
		if err := visit(e, pep508.Active{Extras: s.sel.Extras}); err != nil {
			return err
		}
	}
	for len(queue) > 0 {
		st := queue[0]
		queue = queue[1:]
		for _, e := range poetryOf(st.pkg).dependencies {
			if e.optional && !slices.Contains(poetryOf(st.pkg).extras[st.extra], e.name) {
				continue
			}
			active := pep508.Active{}
			if st.extra != "" {
				active.Extras = []string{st.extra}
			}
			if e.name == root {
				continue
			}
			if err := visit(e, active); err != nil {
				return err
			}
		}
	}
	return nil
}

// poetryFind gives the newest locked package that an edge may lead to here,
// one already taken before others.
func (s *selector) poetryFind(e poetryEdge) *Package {
	var best *Package
	for _, p := range poetryLock(s.lock).byName[e.name] {
		if !s.constraintFits(poetryOf(p).python) || !e.direct && p.Source.Kind == FromIndex && !e.constraint.allows(p.Parsed) {
			continue
		}
		if _, taken := s.chosen[p]; taken {
			return p
		}
		if best == nil || p.Parsed.Compare(best.Parsed) > 0 {
			best = p
		}
	}
	return best
}
