package lock

import (
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/source"
)

// uv compares the requirements with those that uv.lock remembers, as far as
// they concern this environment: uv rewrites markers, so that their texts say
// nothing.
func (c *checker) uv() error {
	p := c.project
	packages := uvLock(c.lock).byName[pep503.Normalize(p.Name)]
	if p.Name != "" && len(packages) == 0 {
		return c.stale(source.Pos{}, "it does not know the project %q", p.Name)
	}
	if len(packages) == 0 {
		return c.uvNameless()
	}
	if uvOf(packages[0]).metadata == nil {
		return c.satisfied("uv")
	}
	root := packages[0]
	if err := c.uvPython(); err != nil {
		return err
	}
	if err := c.uvSettings(); err != nil {
		return err
	}
	if p.Dynamic {
		return nil
	}
	m := uvOf(root).metadata
	if err := c.same("", readBy("uv", p.Main), m.requires, "", ""); err != nil {
		return err
	}
	for _, extra := range p.Extras {
		name := pep503.Normalize(extra.Name)
		if err := c.same("the extra "+extra.Name, readBy("uv", extra.Requirements), m.requires, name, ""); err != nil {
			return err
		}
	}
	for _, group := range p.Groups {
		name := pep503.Normalize(group.Name)
		if err := c.same("the group "+group.Name, readBy("uv", group.Requirements), m.dev[name], "", name); err != nil {
			return err
		}
	}
	return nil
}

// uvNameless compares a lock that has no project of its own: of a script, whose
// requirements it remembers, or of a workspace whose root is no project.
func (c *checker) uvNameless() error {
	if len(c.lock.Members) == 0 {
		if err := c.uvPython(); err != nil {
			return err
		}
	}
	if err := c.satisfied("uv"); err != nil {
		return err
	}
	if err := c.uvSettings(); err != nil || !isScriptLock(c.lock) {
		return err
	}
	return c.same("", c.project.Main, uvLock(c.lock).requirements, "", "")
}

// uvPython compares the releases of Python, which a workspace takes from all of
// its members.
func (c *checker) uvPython() error {
	wanted := c.project.RequiresPython
	if wanted == "" || len(c.lock.Members) > 1 {
		return nil
	}
	set, err := pep440.ParseSpecifierSet(wanted)
	if err == nil && !sameMinors(set, c.lock.RequiresPython) && !sameMinors(withoutGaps(set), c.lock.RequiresPython) {
		return c.stale(c.lock.RequiresPythonPos, "the project is for Python %s, the lock for %s", wanted, c.lock.RequiresPython)
	}
	return nil
}

// withoutGaps leaves out what "!=" excludes, as uv did before 0.9 when it wrote
// requires-python.
func withoutGaps(set pep440.SpecifierSet) pep440.SpecifierSet {
	var parts []string
	for _, s := range set.Specifiers() {
		if s.Op != pep440.NotEqual {
			parts = append(parts, s.String())
		}
	}
	limits, err := pep440.ParseSpecifierSet(strings.Join(parts, ","))
	if err != nil {
		return set
	}
	return limits
}

// sameMinors reports whether two sets leave the same Python releases.
func sameMinors(a, b pep440.SpecifierSet) bool {
	for minor := 0; minor < 40; minor++ {
		if pep440.AllowsMinor(a, 3, minor) != pep440.AllowsMinor(b, 3, minor) {
			return false
		}
	}
	return true
}

// asked is what is wanted of one package: as uv compares it, the extras of all
// requirements, and the versions that all of them allow.
type asked struct {
	name   string
	extras []string
	direct bool
	specs  pep440.SpecifierSet
	pos    source.Pos
	// places are where it comes from; unplaced is true if that is not known.
	places   []Place
	unplaced bool
}

func (a *asked) String() string {
	text := a.name
	if len(a.extras) > 0 {
		text += "[" + strings.Join(a.extras, ",") + "]"
	}
	return text + a.specs.String()
}

// same compares requirements with those that the lock was made for. extra and
// group are the names under which both have them, or "".
func (c *checker) same(where string, wanted []Requirement, locked []uvRequirement, extra, group string) error {
	now, then := map[string]*asked{}, map[string]*asked{}
	add := func(m map[string]*asked, name string, extras []string, spec pep440.SpecifierSet, direct bool, pos source.Pos, place Place, placed bool) {
		a := m[name]
		if a == nil {
			a = &asked{name: name, pos: pos}
			m[name] = a
		}
		a.extras = sortedUnique(append(a.extras, extras...))
		a.direct = a.direct || direct
		a.places, a.unplaced = append(a.places, place), a.unplaced || !placed
		a.specs = a.specs.And(spec)
	}
	for _, r := range wanted {
		if r.Name != "" && c.holds(r.Marker) {
			place, placed := c.place(r, extra, group)
			add(now, r.NormalizedName(), r.NormalizedExtras(), r.Specifier, r.Direct || r.URL != "", r.Pos, place, placed)
		}
	}
	for _, r := range locked {
		active := []string{}
		if extra != "" {
			active = append(active, extra)
		}
		if !c.holds(r.marker, active...) || extra != "" && c.holds(r.marker) {
			continue
		}
		add(then, r.name, r.extras, r.specifier, r.direct, r.pos, r.place, r.placed)
	}
	in := ""
	if where != "" {
		in = " in " + where
	}
	for _, key := range sortedKeys(now) {
		a, b := now[key], then[key]
		if b == nil {
			return c.stale(a.pos, "it does not know %s%s", a, in)
		}
		if err := c.samePlace(a, b, in); err != nil {
			return err
		}
		if slices.Equal(a.extras, b.extras) && (a.direct || b.direct || a.specs.IsEmpty() == b.specs.IsEmpty() && pep440.SameVersions(a.specs, b.specs)) {
			continue
		}
		return c.stale(a.pos, "the project asks for %s%s, the lock was made for %s", a, in, b)
	}
	for _, key := range sortedKeys(then) {
		if now[key] == nil {
			return c.stale(then[key].pos, "it was made for %s%s, which the project does not ask for", then[key], in)
		}
	}
	return nil
}

// samePlace compares where a requirement comes from, if there is one place on
// either side.
func (c *checker) samePlace(now, then *asked, in string) error {
	if now.unplaced || then.unplaced {
		return nil
	}
	for _, all := range [][]Place{now.places, then.places} {
		for _, p := range all[1:] {
			if !p.same(all[0]) {
				return nil
			}
		}
	}
	a, b := now.places[0], then.places[0]
	if a.same(b) {
		return nil
	}
	pos := a.Pos
	if !pos.IsValid() {
		pos = now.pos
	}
	return c.stale(pos, "%s%s comes from %s, the lock was made for %s", now.name, in, a, b)
}

func canonicalSpecifier(s pep440.SpecifierSet) string {
	for _, one := range s.Specifiers() {
		switch {
		case one.Op == pep440.ArbitraryEq:
		case one.Prefix:
			return string(one.Op) + one.Version.String() + ".*"
		case one.Op == pep440.Compatible:
			return string(one.Op) + one.Version.String() // 1.0 and 1 differ here
		default:
			return string(one.Op) + one.Version.Canonical()
		}
	}
	return s.String()
}
