package lock

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/source"
)

// Selection selects packages of a lock.
type Selection struct {
	// Member is the project to start from, normalized or not; "" takes the
	// lock's own: the project in the lock file's folder, or all members if
	// there is none.
	Member string
	// AllMembers starts from every member of a workspace.
	AllMembers bool
	// Extras and Groups are names as the user wrote them.
	Extras, Groups []string
	// AllExtras and AllGroups select all extras and groups of the lock.
	AllExtras, AllGroups bool
	// Project are the project's requirements. Formats without roots (poetry.lock
	// before 2.1, pdm.lock without inherit_metadata) need it.
	Project *Project
}

// Chosen is one package to install.
type Chosen struct {
	*Package
	// Extras are those of the package that are active, normalized and sorted.
	Extras []string
	// Root is true for the project (or a workspace member) itself.
	Root bool
}

// Select returns the packages to install for an environment, sorted by name.
// env.PythonFullVersion may be empty if the patch version is not known.
//
// Errors are *source.Error: an interpreter or a platform the lock is not for,
// an unknown extra or group, extras that conflict, two versions of one
// package.
func Select(l *Lock, sel Selection, env pep508.Environment) ([]Chosen, error) {
	python, err := pythonOf(env)
	if err != nil {
		return nil, err
	}
	env = python.complete(env)
	if !python.fits(l.RequiresPython) {
		pos := l.RequiresPythonPos
		if !pos.IsValid() {
			pos = source.Pos{File: l.File}
		}
		return nil, source.Errorf(pos, "this lock is for Python %s, not for Python %s", l.RequiresPython, python).
			WithHint("choose another Python, or change requires-python and lock again")
	}
	if err := l.checkEnvironments(env); err != nil {
		return nil, err
	}
	sel, err = l.resolveNames(sel)
	if err != nil {
		return nil, err
	}
	s := &selector{lock: l, sel: sel, env: env, python: python, chosen: map[*Package]*Chosen{}}
	if err := l.format().choose(s); err != nil {
		return nil, err
	}
	s.addSetuptools()
	return s.result()
}

// python is the interpreter's version, as far as it is known.
type python struct {
	full         string
	major, minor int
}

func pythonOf(env pep508.Environment) (python, error) {
	p := python{full: strings.TrimSuffix(env.PythonFullVersion, "+")}
	text := p.full
	if text == "" {
		text = env.PythonVersion
	}
	v, err := pep440.Parse(text)
	if err != nil {
		return p, fmt.Errorf("the environment names no Python version: %w", err)
	}
	p.major, p.minor = v.Release(0), v.Release(1)
	return p, nil
}

func (p python) String() string {
	if p.full != "" {
		return p.full
	}
	return fmt.Sprintf("%d.%d", p.major, p.minor)
}

// complete fills the variables in that follow from others.
func (p python) complete(env pep508.Environment) pep508.Environment {
	if env.PythonFullVersion == "" {
		env.PythonFullVersion = fmt.Sprintf("%d.%d.0", p.major, p.minor)
	}
	if env.PythonVersion == "" {
		env.PythonVersion = fmt.Sprintf("%d.%d", p.major, p.minor)
	}
	if env.ImplementationVersion == "" {
		env.ImplementationVersion = env.PythonFullVersion
	}
	return env
}

// fits answers leniently where the patch version is not known.
func (p python) fits(set pep440.SpecifierSet) bool {
	if p.full == "" {
		return pep440.AllowsMinor(set, p.major, p.minor)
	}
	return set.ContainsString(p.full, pep440.PrereleasesDefault)
}

func (l *Lock) checkEnvironments(env pep508.Environment) error {
	for _, c := range l.Environments {
		ok, err := c.Marker.Evaluate(env, pep508.Active{Context: pep508.InRequirement})
		if err != nil {
			return source.Errorf(c.Pos, "%w", err)
		}
		if ok {
			return nil
		}
	}
	if len(l.Environments) == 0 {
		return nil
	}
	return source.Errorf(l.Environments[0].Pos, "this lock is not made for %s on %s %s", env.PythonVersion, env.SysPlatform, env.PlatformMachine).
		WithHint("lock again with this environment among the supported ones")
}

// resolveNames normalizes what was asked for and checks it against what the
// lock offers.
func (l *Lock) resolveNames(sel Selection) (Selection, error) {
	offered := func(what string, names, known []string) ([]string, error) {
		var out []string
		for _, name := range names {
			n := pep503.Normalize(name)
			found := ""
			for _, k := range known {
				if pep503.Normalize(k) == n {
					found = k
				}
			}
			if found == "" && known != nil {
				err := source.Errorf(source.Pos{File: l.File}, "the lock has no %s %q", what, name)
				if len(known) > 0 {
					return nil, err.WithHint("it has %s", strings.Join(known, ", "))
				}
				return nil, err.WithHint("it has no %s at all; lock again if the project has it now", what)
			}
			if found == "" {
				found = n
			}
			out = append(out, found)
		}
		return sortedUnique(out), nil
	}
	if sel.AllExtras {
		sel.Extras = l.Extras
	}
	if sel.AllGroups {
		sel.Groups = l.Groups
	}
	var err error
	// An empty list means that the lock offers none, nil that it may have any.
	var knownExtras, knownGroups []string
	extras, groups := l.format().listsNames(l)
	if extras {
		knownExtras = append([]string{}, l.Extras...)
	}
	if groups {
		knownGroups = append([]string{}, l.Groups...)
	}
	if sel.Extras, err = offered("extra", sel.Extras, knownExtras); err != nil {
		return sel, err
	}
	if sel.Groups, err = offered("dependency group", sel.Groups, knownGroups); err != nil {
		return sel, err
	}
	sel.Member = pep503.Normalize(sel.Member)
	return sel, nil
}

type selector struct {
	lock   *Lock
	sel    Selection
	env    pep508.Environment
	python python
	chosen map[*Package]*Chosen
}

// take adds a package; it reports whether it is new.
func (s *selector) take(p *Package, extras ...string) (*Chosen, bool) {
	c, known := s.chosen[p]
	if !known {
		c = &Chosen{Package: p}
		s.chosen[p] = c
	}
	c.Extras = sortedUnique(append(c.Extras, extras...))
	return c, !known
}

func (s *selector) holds(m *pep508.Marker, pos source.Pos, active pep508.Active) (bool, error) {
	ok, err := m.Evaluate(s.env, active)
	if err != nil {
		return false, source.Errorf(pos, "%w", err)
	}
	return ok, nil
}

// result sorts what was taken and makes sure that every name is there once
// and may run on this interpreter.
func (s *selector) result() ([]Chosen, error) {
	all := make([]Chosen, 0, len(s.chosen))
	for _, c := range s.chosen {
		all = append(all, *c)
	}
	sort.Slice(all, func(i, j int) bool {
		if all[i].Name != all[j].Name {
			return all[i].Name < all[j].Name
		}
		a, b := all[i].Pos, all[j].Pos
		return a.Line < b.Line || a.Line == b.Line && a.Col < b.Col
	})
	for i, c := range all {
		if i > 0 && all[i-1].Name == c.Name {
			return nil, source.Errorf(c.Pos, "the lock gives %s twice for this environment: %s, and %s on line %d",
				c.Name, c.what(), all[i-1].what(), all[i-1].Pos.Line).
				WithHint("the lock is broken or the extras exclude each other; lock again")
		}
		if !s.python.fits(c.RequiresPython) {
			return nil, source.Errorf(c.Pos, "%s needs Python %s, not Python %s", describe(c.Name, c.Version), c.RequiresPython, s.python)
		}
	}
	return all, nil
}

func (p *Package) what() string {
	switch p.Source.Kind {
	case FromGit:
		return p.Source.URL
	case FromURL:
		return p.Source.URL
	case FromDirectory, FromFile:
		return p.Source.Path
	}
	return "version " + p.Version
}

// flat takes the entries whose marker holds and whose category is wanted.
func (s *selector) flat(active pep508.Active) error {
	for _, p := range s.lock.Packages {
		if !s.wantsGroup(p.groups) {
			continue
		}
		ok, err := s.holds(p.Marker, p.Pos, active)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		if twin := s.twin(p); twin != nil {
			s.take(twin, p.Extras...)
			continue
		}
		s.take(p, p.Extras...)
	}
	return nil
}

// twin finds a package already taken that is the same release under another
// heading; Pipenv lists a package once per category.
func (s *selector) twin(p *Package) *Package {
	for q := range s.chosen {
		if q.Name == p.Name && q.Version == p.Version && q.Source == p.Source && slices.Equal(q.Hashes, p.Hashes) {
			return q
		}
	}
	return nil
}

// wantsGroup reports whether one of an entry's groups is wanted; nil is all.
func (s *selector) wantsGroup(groups []string) bool {
	if groups == nil {
		return true
	}
	for _, g := range groups {
		if g == mainGroup || g != mainGroup && slices.Contains(s.sel.Groups, g) {
			return true
		}
	}
	return false
}

// mainGroup stands for the main dependencies among an entry's groups; no
// dependency group can have this name.
const mainGroup = ""
