package lock

import (
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/source"
)

// pdmTarget is an environment the lock was made for.
type pdmTarget struct {
	requiresPython pep440.SpecifierSet
	platform       string
	implementation string
	pos            source.Pos
}

func (s *selector) pdm() error {
	if err := s.pdmTarget(); err != nil {
		return err
	}
	if pdmLock(s.lock).inherit {
		s.sel.Groups = sortedUnique(append(slices.Clone(s.sel.Groups), s.sel.Extras...))
		return s.pdmFlat()
	}
	if s.sel.Project == nil {
		return source.Errorf(source.Pos{File: s.lock.File}, "this pdm.lock does not record which dependency group needs a package").
			WithHint("lock again with the strategy inherit_metadata: pdm lock -S inherit_metadata")
	}
	return s.pdmGraph()
}

// pdmTarget checks that the lock was made for this environment.
func (s *selector) pdmTarget() error {
	targets := pdmLock(s.lock).targets
	for _, t := range targets {
		if s.python.fits(t.requiresPython) && pdmPlatform(t.platform, s.env) &&
			(t.implementation == "" || strings.EqualFold(t.implementation, s.env.ImplementationName)) {
			return nil
		}
	}
	if len(targets) == 0 {
		return nil
	}
	return source.Errorf(targets[0].pos, "the lock was not made for Python %s on %s %s", s.python, s.env.SysPlatform, s.env.PlatformMachine).
		WithHint("add it to the lock: pdm lock --append --platform=linux --python=%d.%d", s.python.major, s.python.minor)
}

// pdmPlatform reports whether a target's platform ("linux",
// "manylinux_2_17_x86_64", "macos_arm64") is the environment's; the version of
// the choice of the wheel considers the libc.
func pdmPlatform(platform string, env pep508.Environment) bool {
	if platform == "" {
		return true
	}
	if env.SysPlatform != "linux" {
		return strings.HasPrefix(platform, map[string]string{"darwin": "macos", "win32": "windows"}[env.SysPlatform])
	}
	switch platform {
	case "linux", "alpine":
		return env.PlatformMachine == "x86_64"
	}
	linux := strings.HasPrefix(platform, "manylinux") || strings.HasPrefix(platform, "musllinux") || strings.HasPrefix(platform, "linux")
	return linux && strings.HasSuffix(platform, "_"+env.PlatformMachine)
}

func (s *selector) pdmFlat() error {
	for _, p := range s.lock.Packages {
		if !s.wantsGroup(p.groups) {
			continue
		}
		ok, err := s.holds(p.Marker, p.Pos, pep508.Active{})
		if err != nil {
			return err
		}
		if ok {
			s.take(p, p.Extras...)
		}
	}
	s.pdmFold()
	return nil
}

// pdmFold merges the entries of one release into one package: entries with
// extras only add requirements to the entry without.
func (s *selector) pdmFold() {
	for _, p := range s.lock.Packages {
		extended := s.chosen[p]
		if extended == nil || len(p.Extras) == 0 {
			continue
		}
		for _, q := range pdmLock(s.lock).byName[p.Name] {
			release := s.chosen[q]
			if q == p || release == nil || q.Version != p.Version {
				continue
			}
			// If no entry is without extras, the first one is used instead.
			if len(q.Extras) == 0 || q.Source == p.Source {
				release.Extras = sortedUnique(append(release.Extras, extended.Extras...))
				delete(s.chosen, p)
				break
			}
		}
	}
}

// pdmWalk walks the graph from the project's requirements.
type pdmWalk struct {
	s     *selector
	root  string
	seen  map[*Package]bool
	own   map[string]bool // extras of the project that were followed
	queue []pdmEdge
}

func (s *selector) pdmGraph() error {
	w := &pdmWalk{s: s, root: pep503.Normalize(s.sel.Project.Name), seen: map[*Package]bool{}, own: map[string]bool{}}
	w.add(s.sel.Project.wanted(s.sel))
	for len(w.queue) > 0 {
		e := w.queue[0]
		w.queue = w.queue[1:]
		if err := w.follow(e); err != nil {
			return err
		}
	}
	s.pdmFold()
	return nil
}

func (w *pdmWalk) add(list []Requirement) {
	for _, r := range readBy("pdm", list) {
		w.queue = append(w.queue, pdmEdge{r.Requirement, r.Pos})
	}
}

func (w *pdmWalk) follow(e pdmEdge) error {
	s, name := w.s, e.NormalizedName()
	ok, err := s.holds(e.Marker, e.pos, pep508.Active{})
	if err != nil || !ok {
		return err
	}
	if name == w.root {
		// The project requires extras of itself.
		for _, set := range s.sel.Project.Extras {
			extra := pep503.Normalize(set.Name)
			if slices.Contains(e.NormalizedExtras(), extra) && !w.own[extra] {
				w.own[extra] = true
				w.add(set.Requirements)
			}
		}
		return nil
	}
	found := false
	for _, p := range pdmLock(s.lock).byName[name] {
		wants := len(p.Extras) == 0 || slices.Equal(p.Extras, e.NormalizedExtras())
		if !wants || e.URL == "" && p.Source.Kind == FromIndex && !e.Specifier.Contains(p.Parsed, pep440.PrereleasesAllowed) {
			continue
		}
		if ok, err := s.holds(p.Marker, p.Pos, pep508.Active{}); err != nil {
			return err
		} else if !ok {
			continue
		}
		found = true
		s.take(p, p.Extras...)
		if !w.seen[p] {
			w.seen[p] = true
			w.queue = append(w.queue, pdmOf(p).dependencies...)
		}
	}
	if !found {
		return source.Errorf(e.pos, "the lock has no %s that fits %q for this environment", name, e.Specifier).WithHint("run: pdm lock")
	}
	return nil
}
