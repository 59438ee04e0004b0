package lock

import (
	"cmp"
	"maps"
	"slices"
	"strings"

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
		return source.Errorf(source.Pos{File: s.lock.File}, "format version %s of poetry.lock does not record the project's own requirements", s.lock.Version).
			WithHint("lock again with Poetry 2: poetry lock")
	}
	return s.poetryGraph()
}

func (s *selector) poetryWants(p *Package) (bool, error) {
	active := pep508.Active{Extras: s.sel.Extras}
	if m, all := poetryOf(p).markers["*"]; all {
		if !s.wantsGroup(p.groups) {
			return false, nil
		}
		return s.poetryHolds(m, p, active)
	}
	for _, g := range p.groups {
		if !s.wantsGroup([]string{g}) {
			continue
		}
		if ok, err := s.poetryHolds(poetryOf(p).markers[g], p, active); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

// poetryHolds evaluates the marker of a package, with lists of versions as Poetry
// reads them.
func (s *selector) poetryHolds(m *pep508.Marker, p *Package, active pep508.Active) (bool, error) {
	ok, err := s.holds(m, p.Pos, active)
	return ok && m.InPythonLists(s.env.PythonFullVersion), err
}

// poetryUnsafe are packages that Poetry before 1.3 never wrote into a lock,
// because every environment had them.
var poetryUnsafe = []string{"setuptools", "pip", "wheel", "distribute"}

// poetryStep is a package whose edges are followed, or one extra of it.
type poetryStep struct {
	pkg   *Package
	extra string // "" is the package itself
}

// poetryWalk walks the graph of a lock whose packages have no groups and
// markers.
//
// A package may be locked in several versions. An environment needs the newest
// version that all edges to the package allow. The edges depend on the chosen
// versions. So the graph is walked again with the edges of the previous walk,
// until they are the same.
type poetryWalk struct {
	s *selector
	// root is the project's own name.
	root  string
	roots []poetryEdge
	// before are the edges of the previous walk, by name; now are those of this
	// walk.
	before, now map[string][]*poetryEdge
	seen        map[poetryStep]bool
	// counted are the edges in now, and common the answers of allowedBefore.
	counted map[*poetryEdge]bool
	common  map[*Package]bool
	// followed are the edges of each step whose marker is true here.
	followed map[poetryStep][]*poetryEdge
	queue    []poetryStep
	// excluded are packages that contradict others in this environment.
	excluded map[*Package]bool
}

// maxWalks limits how often the graph is walked; real locks need a few walks.
const maxWalks = 100

// poetryGraph returns the project's requirements and their dependencies.
//
// As in Poetry before 2.0, the requirements of all extras influence the choice
// of versions, also those of extras that are not selected. Packages that only
// those extras need are then removed.
func (s *selector) poetryGraph() error {
	w := &poetryWalk{s: s, root: pep503.Normalize(s.sel.Project.Name), excluded: map[*Package]bool{}}
	wanted := w.edges(s.sel.Project.wanted(s.sel))
	all := s.sel
	for _, set := range s.sel.Project.Extras {
		all.Extras = append(slices.Clone(all.Extras), pep503.Normalize(set.Name))
	}
	w.roots = w.edges(s.sel.Project.wanted(all))
	left := attemptsFor(len(s.lock.Packages))
	if err := w.solve(&left); err != nil {
		return err
	}
	w.removeUnchosenExtras(wanted)
	for p := range s.chosen {
		ok, err := s.holds(poetryOf(p).only, p.Pos, pep508.Active{AnyExtra: true})
		if err != nil {
			return err
		}
		if !ok {
			delete(s.chosen, p)
		}
	}
	return nil
}

// edges are the requirements of the project that Poetry reads.
func (w *poetryWalk) edges(list []Requirement) []poetryEdge {
	var edges []poetryEdge
	for _, r := range readBy("poetry", list) {
		edges = append(edges, poetryEdge{name: r.NormalizedName(), versions: r.constraint(), extras: r.NormalizedExtras(),
			marker: r.Marker, origin: r.origin(), pos: r.Pos})
	}
	return edges
}

// removeUnchosenExtras removes the packages of extras that are not selected. As in Poetry,
// a package remains if a requirement of the selection leads to it, even a
// requirement for another environment, or if a selected extra may need it in
// any environment.
func (w *poetryWalk) removeUnchosenExtras(wanted []poetryEdge) {
	needed := w.extraNames()
	visited := map[poetryStep]bool{}
	var queue []poetryStep
	add := func(e *poetryEdge) {
		for _, p := range poetryLock(w.s.lock).byName[e.name] {
			for _, extra := range append([]string{""}, e.extras...) {
				if step := (poetryStep{p, extra}); w.seen[step] && !visited[step] && w.allows(e, p) {
					visited[step] = true
					queue = append(queue, step)
				}
			}
		}
	}
	for i := range wanted {
		add(&wanted[i])
	}
	for len(queue) > 0 {
		step := queue[0]
		queue = queue[1:]
		needed[step.pkg.Name] = true
		for _, e := range w.followed[step] {
			add(e)
		}
	}
	maps.DeleteFunc(w.s.chosen, func(p *Package, _ *Chosen) bool { return !needed[p.Name] })
}

// extraNames are the packages of the selected extras, and all packages that
// those may need in any environment.
func (w *poetryWalk) extraNames() map[string]bool {
	d := poetryLock(w.s.lock)
	names := map[string]bool{}
	var queue []string
	for _, extra := range w.s.sel.Extras {
		queue = append(queue, d.extras[extra]...)
	}
	for len(queue) > 0 {
		name := queue[0]
		queue = queue[1:]
		packages := d.byName[name]
		if names[name] || len(packages) == 0 {
			continue
		}
		names[name] = true
		for _, e := range poetryOf(packages[len(packages)-1]).dependencies {
			queue = append(queue, e.name)
		}
	}
	return names
}

// walk walks the graph once.
func (w *poetryWalk) walk() error {
	w.now, w.seen, w.queue = map[string][]*poetryEdge{}, map[poetryStep]bool{}, nil
	w.followed = map[poetryStep][]*poetryEdge{}
	w.counted, w.common = map[*poetryEdge]bool{}, map[*Package]bool{}
	clear(w.s.chosen)
	for i := range w.roots {
		if err := w.follow(poetryStep{}, &w.roots[i], pep508.Active{Extras: w.s.sel.Extras}); err != nil {
			return err
		}
	}
	for len(w.queue) > 0 {
		step := w.queue[0]
		w.queue = w.queue[1:]
		u := poetryOf(step.pkg)
		for i := range u.dependencies {
			e := &u.dependencies[i]
			if e.optional && !slices.Contains(u.extras[step.extra], e.name) {
				continue
			}
			if err := w.follow(step, e, pep508.Active{AnyExtra: true}); err != nil {
				return err
			}
		}
	}
	return nil
}

// follow takes the package of an edge, if the edge's marker is true.
func (w *poetryWalk) follow(from poetryStep, e *poetryEdge, active pep508.Active) error {
	s := w.s
	if e.name == "" || e.name == w.root {
		return nil
	}
	ok, err := s.holds(e.marker, e.pos, active)
	if err != nil || !ok || !e.python.Holds(s.python.fits) || !e.marker.InPythonRange(s.env.PythonFullVersion) {
		return err
	}
	p := w.find(e)
	if p == nil {
		if len(poetryLock(s.lock).byName[e.name]) == 0 && (e.optional || slices.Contains(poetryUnsafe, e.name)) {
			return nil
		}
		return source.Errorf(e.pos, "the lock has no %s that fits %s for this environment", e.name, cmp.Or(e.versions.String(), e.origin.URL, e.origin.Path, "*")).
			WithHint("run: poetry lock")
	}
	w.followed[from] = append(w.followed[from], e)
	if !w.counted[e] {
		w.counted[e] = true
		w.now[e.name] = append(w.now[e.name], e)
	}
	s.take(p, e.extras...)
	for _, extra := range append([]string{""}, e.extras...) {
		if step := (poetryStep{p, extra}); !w.seen[step] {
			w.seen[step] = true
			w.queue = append(w.queue, step)
		}
	}
	return nil
}

// find returns the newest locked package that an edge allows; if possible, one
// that the other edges to this name allow too.
func (w *poetryWalk) find(e *poetryEdge) *Package {
	var best, common *Package
	for _, p := range poetryLock(w.s.lock).byName[e.name] {
		if w.excluded[p] || !poetryOf(p).python.Holds(w.s.python.fits) || !w.allows(e, p) {
			continue
		}
		if best == nil || p.Parsed.Compare(best.Parsed) > 0 {
			best = p
		}
		if w.allowedBefore(p) && (common == nil || p.Parsed.Compare(common.Parsed) > 0) {
			common = p
		}
	}
	return cmp.Or(common, best)
}

// allowedBefore reports whether all edges of the previous walk to a package's name
// allow it.
func (w *poetryWalk) allowedBefore(p *Package) bool {
	all, known := w.common[p]
	if !known {
		all = !slices.ContainsFunc(w.before[p.Name], func(e *poetryEdge) bool { return !w.allows(e, p) })
		w.common[p] = all
	}
	return all
}

// allows reports whether an edge allows a package: the one from its origin,
// or else one of its versions from any origin.
func (w *poetryWalk) allows(e *poetryEdge, p *Package) bool {
	switch e.origin.Kind {
	case "":
		return e.versions.Allows(p.Parsed)
	case FromGit:
		return p.Source.Kind == FromGit && sameRepository(e.origin.URL, p.Source.URL)
	case FromURL:
		return p.Source.Kind == FromURL && p.Source.URL == e.origin.URL
	case FromDirectory:
		local := p.Source.Kind == FromDirectory || p.Source.Kind == FromFile
		return local && p.Source.Path == e.origin.Path
	}
	return p.Source.Kind != FromIndex
}

// sameRepository compares the URLs of repositories as people write them.
func sameRepository(a, b string) bool {
	bare := func(s string) string {
		s = strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(s, "git+"), "/"), ".git")
		if host, repository, ok := strings.Cut(s, ":"); ok && !strings.Contains(s, "://") {
			s = "ssh://" + host + "/" + repository
		}
		return s
	}
	return bare(a) == bare(b)
}
