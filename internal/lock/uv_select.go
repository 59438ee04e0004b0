package lock

import (
	"slices"
	"strconv"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/source"
)

// uvStep is a package whose edges are followed, or one extra of it.
type uvStep struct {
	pkg   *Package
	extra string // "" is the package itself
}

// uvWalk is one walk over the graph of a uv.lock.
//
// Where extras or groups exclude each other, edges carry markers that look at
// made-up extras: "extra-3-foo-cpu" holds while the extra cpu of foo is
// active, "group-3-foo-dev" likewise, "project-3-foo" while foo's own
// dependencies are installed. Which extras are active is known only after a
// walk, so there are two: the first finds them, the second takes packages.
type uvWalk struct {
	s      *selector
	active []string
	seen   map[uvStep]bool
	queue  []uvStep
}

func conflictName(kind, pkg, name string) string {
	s := kind + "-" + strconv.Itoa(len(pkg)) + "-" + pkg
	if name != "" {
		s += "-" + name
	}
	return s
}

func (w *uvWalk) activate(name string) {
	if !slices.Contains(w.active, name) {
		w.active = append(w.active, name)
	}
}

func (w *uvWalk) push(step uvStep) {
	if !w.seen[step] {
		w.seen[step] = true
		w.queue = append(w.queue, step)
	}
}

func (w *uvWalk) holds(e uvEdge, more ...string) (bool, error) {
	active := pep508.Active{Extras: append(slices.Clone(w.active), more...)}
	return w.s.holds(e.marker, e.pos, active)
}

func (s *selector) uv() error {
	roots, err := s.uvRoots()
	if err != nil {
		return err
	}
	w := &uvWalk{s: s}
	for _, root := range roots {
		w.activate(conflictName("project", root.Name, ""))
		for _, extra := range s.uvExtras(root) {
			w.activate(conflictName("extra", root.Name, extra))
		}
	}
	for _, root := range roots {
		for _, group := range s.sel.Groups {
			if _, ok := uvOf(root).dev[group]; ok {
				w.activate(conflictName("group", root.Name, group))
			}
		}
	}
	if len(uvLock(s.lock).conflicts) > 0 {
		if err := w.walk(roots, true); err != nil {
			return err
		}
		if err := s.uvConflict(w.active); err != nil {
			return err
		}
	}
	return w.walk(roots, false)
}

// uvRoots are the members to start from.
func (s *selector) uvRoots() ([]*Package, error) {
	d := uvLock(s.lock)
	find := func(name string) (*Package, error) {
		switch packages := d.byName[name]; len(packages) {
		case 1:
			return packages[0], nil
		case 0:
			err := source.Errorf(source.Pos{File: s.lock.File}, "the lock has no project %q", name).WithHint("run: uv lock")
			if len(s.lock.Members) > 0 {
				err = err.WithHint("it was made for %s; run: uv lock", strings.Join(s.lock.Members, ", "))
			}
			err.Err = ErrStale
			return nil, err
		default:
			for _, p := range packages {
				if p.Source.Kind == FromDirectory {
					return p, nil
				}
			}
			return nil, source.Errorf(packages[1].Pos, "the lock has the project %q twice", name)
		}
	}
	if s.sel.Member != "" && !s.sel.AllMembers {
		p, err := find(s.sel.Member)
		if err != nil {
			return nil, err
		}
		return []*Package{p}, nil
	}
	if !s.sel.AllMembers {
		for _, name := range s.lock.Members {
			p, err := find(name)
			if err != nil {
				return nil, err
			}
			if p.Source.Kind == FromDirectory && p.Source.Path == "." {
				return []*Package{p}, nil
			}
		}
	}
	var roots []*Package
	for _, name := range s.lock.Members {
		p, err := find(name)
		if err != nil {
			return nil, err
		}
		roots = append(roots, p)
	}
	if len(roots) == 0 && len(d.requirements) == 0 && len(d.groups) == 0 {
		return nil, source.Errorf(source.Pos{File: s.lock.File}, "the lock names no project").WithHint("run: uv lock")
	}
	return roots, nil
}

// uvExtras are the wanted extras that a root has.
func (s *selector) uvExtras(root *Package) []string {
	var extras []string
	for _, extra := range s.sel.Extras {
		u := uvOf(root)
		// An extra without dependencies stands in the metadata alone.
		if _, ok := u.optional[extra]; ok || u.metadata != nil && slices.Contains(u.metadata.extras, extra) {
			extras = append(extras, extra)
		}
	}
	return extras
}

// walk follows the edges from the roots. A probing walk takes no package but
// collects the extras that become active.
func (w *uvWalk) walk(roots []*Package, probing bool) error {
	s := w.s
	w.seen, w.queue = map[uvStep]bool{}, nil
	follow := func(e uvEdge) error {
		var more []string
		for _, extra := range e.extras {
			if name := conflictName("extra", e.name, extra); probing && !slices.Contains(w.active, name) {
				more = append(more, name)
			}
		}
		ok, err := w.holds(e, more...)
		if err != nil || !ok {
			return err
		}
		for _, name := range more {
			w.activate(name)
		}
		if !probing {
			s.take(e.target, e.extras...)
		}
		w.push(uvStep{pkg: e.target})
		for _, extra := range e.extras {
			w.push(uvStep{pkg: e.target, extra: extra})
		}
		return nil
	}
	for _, root := range roots {
		if !probing {
			c, _ := s.take(root, s.uvExtras(root)...)
			c.Root = true
		}
		w.push(uvStep{pkg: root})
		for _, extra := range s.uvExtras(root) {
			w.push(uvStep{pkg: root, extra: extra})
		}
		for _, group := range s.sel.Groups {
			for _, e := range uvOf(root).dev[group] {
				if err := follow(e); err != nil {
					return err
				}
			}
		}
	}
	if err := w.manifest(roots, follow); err != nil {
		return err
	}
	for len(w.queue) > 0 {
		step := w.queue[0]
		w.queue = w.queue[1:]
		edges := uvOf(step.pkg).dependencies
		if step.extra != "" {
			edges = uvOf(step.pkg).optional[step.extra]
		}
		for _, e := range edges {
			if err := follow(e); err != nil {
				return err
			}
		}
	}
	return nil
}

// manifest follows what a workspace root that is no project asks for itself.
func (w *uvWalk) manifest(roots []*Package, follow func(uvEdge) error) error {
	s := w.s
	if s.sel.Member != "" && !s.sel.AllMembers {
		return nil
	}
	wanted := slices.Clone(uvLock(s.lock).requirements)
	for _, group := range s.sel.Groups {
		wanted = append(wanted, uvLock(s.lock).groups[group]...)
	}
	for _, r := range wanted {
		ok, err := s.holds(r.marker, r.pos, pep508.Active{})
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		p, err := s.uvByMarkers(r)
		if err != nil {
			return err
		}
		if err := follow(uvEdge{name: r.name, extras: r.extras, pos: r.pos, target: p}); err != nil {
			return err
		}
	}
	return nil
}

// uvByMarkers finds the fork of a package that is for this environment.
func (s *selector) uvByMarkers(r uvRequirement) (*Package, error) {
	var fits []*Package
	for _, p := range uvLock(s.lock).byName[r.name] {
		if len(uvOf(p).resolution) == 0 {
			fits = append(fits, p)
			continue
		}
		for _, m := range uvOf(p).resolution {
			ok, err := s.holds(m, p.Pos, pep508.Active{})
			if err != nil {
				return nil, err
			}
			if ok {
				fits = append(fits, p)
				break
			}
		}
	}
	if len(fits) != 1 {
		return nil, source.Errorf(r.pos, "the lock has %d entries of %s for this environment instead of one", len(fits), r.name).
			WithHint("run: uv lock")
	}
	return fits[0], nil
}

// uvConflict fails if two members of a conflict are active.
func (s *selector) uvConflict(active []string) error {
	for _, set := range uvLock(s.lock).conflicts {
		var both []uvConflict
		for _, c := range set {
			name := conflictName("project", c.pkg, "")
			switch {
			case c.extra != "":
				name = conflictName("extra", c.pkg, c.extra)
			case c.group != "":
				name = conflictName("group", c.pkg, c.group)
			}
			if slices.Contains(active, name) {
				both = append(both, c)
			}
		}
		if len(both) > 1 {
			return source.Errorf(both[0].pos, "%s and %s exclude each other", both[0], both[1]).
				WithHint("choose one of them")
		}
	}
	return nil
}

func (c uvConflict) String() string {
	switch {
	case c.extra != "":
		return "the extra " + c.extra + " of " + c.pkg
	case c.group != "":
		return "the group " + c.group + " of " + c.pkg
	}
	return "the project " + pep503.Normalize(c.pkg)
}
