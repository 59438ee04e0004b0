package project

import (
	"maps"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/source"
)

// Requirements returns the requirements for pip of a project without a lock:
// the main dependencies, requirement files, the selected extras and groups,
// and the requirements of the local packages among them.
func Requirements(p *Project, sel Selection) (*Requested, error) {
	c := &collector{
		r:         &reader{files: p.files, p: p},
		sel:       sel,
		lines:     map[string]Line{},
		locals:    map[string]*local{},
		chosen:    map[string]bool{},
		indexPins: map[string][]IndexPin{},
	}
	out := &Requested{}
	c.all(p, p.Dependencies, "", "")
	for _, v := range sel.Extras {
		if findSet(p.Extras, v.V) == nil && !p.DynamicExtras {
			c.r.fail(unknownName(v, "extra", setNames(p.Extras)))
			continue
		}
		c.extra(p, v, nil)
	}
	for _, v := range sel.Groups {
		group := findSet(p.Groups, v.V)
		if group == nil {
			c.r.fail(unknownName(v, "dependency group", setNames(p.Groups)))
			continue
		}
		c.all(p, group.Requirements, "", pep503.Normalize(v.V))
	}
	constraints := map[string]Line{}
	for _, f := range p.RequirementFiles {
		c.all(p, f.Requirements, "", "")
		for _, req := range f.Constraints {
			c.constraint(constraints, req)
		}
		for _, v := range f.ConstraintURLs {
			// pip reads it when it resolves, as a line of the list of constraints.
			constraints[v.V] = Line{Text: "-c " + v.V, Pos: v.Pos}
		}
		out.Options.add(f.Options)
	}
	for _, req := range p.Constraints {
		c.constraint(constraints, req)
	}
	out.Options.Pre = out.Options.Pre || p.Prereleases
	if err := c.r.err(); err != nil {
		return nil, err
	}
	out.Lines, out.Constraints = sorted(c.lines), sorted(constraints)
	for _, name := range slices.Sorted(maps.Keys(c.indexPins)) {
		out.IndexPins = append(out.IndexPins, c.indexPins[name]...)
	}
	for _, l := range c.locals {
		l.Extras = sortedKeys(l.extras)
		out.Locals = append(out.Locals, l.Local)
	}
	slices.SortFunc(out.Locals, func(a, b Local) int {
		if d := strings.Compare(a.Name, b.Name); d != 0 {
			return d
		}
		return strings.Compare(a.Path, b.Path)
	})
	return out, nil
}

// collector follows requirements through the local packages.
type collector struct {
	r         *reader
	sel       Selection
	lines     map[string]Line
	locals    map[string]*local     // by path
	chosen    map[string]bool       // project's folder and extra, once followed
	indexPins map[string][]IndexPin // by name
}

// all adds the requirements of a project, or those of an extra or a group.
func (c *collector) all(p *Project, list []Requirement, extra, group string) {
	for _, req := range list {
		c.one(p, req, extra, group)
	}
}

// extra adds the requirements of an extra of a project, with the marker if it
// is not nil. As in pip, an unknown extra in a dependency is ignored.
func (c *collector) extra(p *Project, v source.At[string], marker *pep508.Marker) {
	set := findSet(p.Extras, v.V)
	if set == nil {
		return
	}
	name := pep503.Normalize(v.V)
	key := p.Dir + "\x00" + name
	if marker != nil {
		key += "\x00" + marker.String()
	}
	if c.chosen[key] {
		return
	}
	c.chosen[key] = true
	list := slices.Clone(set.Requirements)
	for i := range list {
		list[i].Marker = list[i].Marker.And(marker)
	}
	c.all(p, list, name, "")
}

// one adds one requirement of the project p.
func (c *collector) one(p *Project, req Requirement, extra, group string) {
	name := ""
	if req.Name != "" {
		name = req.NormalizedName()
	}
	if req.Path != "" {
		c.local(req.Path, name, req, req.Pos)
		return
	}
	if name != "" && name == pep503.Normalize(p.Name.V) {
		c.self(p, req) // package[extra] in its own extras
		return
	}
	for _, s := range p.Settings.Packages {
		if s.Name == name && s.Path != "" {
			c.local(s.Path, name, req, s.Pos)
			return
		}
	}
	if index := p.IndexFor(name); index.V != "" && req.URL == "" && c.applies(req.Marker) {
		c.bind(name, index.V, index.Pos)
		c.line(c.lines, req)
		return
	}
	s, marker := req.Source, (*pep508.Marker)(nil)
	if s == nil {
		s, marker = c.source(p, name, extra, group)
	}
	if s != nil {
		if s.Err != nil {
			c.r.fail(s.Err)
			return
		}
		req.Marker = req.Marker.And(marker)
		switch {
		case s.Path != "":
			c.local(s.Path, name, req, s.Pos)
			return
		case s.Workspace:
			if m := p.Workspace.find(name); m != nil {
				c.local(m.Dir, name, req, s.Pos)
				return
			}
		case s.Git != nil:
			req.URL, req.Specifier = s.Git.pip(), pep440.SpecifierSet{}
		case s.URL != "":
			req.URL, req.Specifier = s.URL, pep440.SpecifierSet{}
		case s.Index != "" && req.URL == "" && c.applies(req.Marker):
			c.bind(name, s.Index, s.Pos)
		}
	}
	c.line(c.lines, req)
}

// applies reports whether a marker is true, as far as the environment is
// known.
func (c *collector) applies(m *pep508.Marker) bool {
	if c.sel.Environment == nil || m == nil {
		return true
	}
	ok, err := m.Evaluate(*c.sel.Environment, pep508.Active{Context: pep508.InRequirement})
	return ok || err != nil
}

// bind records that a package is pinned to an index, at the position pos.
func (c *collector) bind(name, index string, pos source.Pos) {
	b := IndexPin{Name: name, Index: Index{Name: index}, Pos: pos}
	for _, i := range c.r.p.Indexes {
		if strings.EqualFold(i.Name, index) {
			b.Index = i
			break
		}
	}
	if b.Index.URL.V == "" && strings.EqualFold(index, "pypi") {
		return // the public index by its name, as poetry has it
	}
	if !slices.ContainsFunc(c.indexPins[name], func(o IndexPin) bool { return o.Index.Name == b.Index.Name }) {
		c.indexPins[name] = append(c.indexPins[name], b)
	}
}

// self adds the extras that a project requires of itself.
func (c *collector) self(p *Project, req Requirement) {
	if !c.applies(req.Marker) {
		return
	}
	marker := req.Marker
	if c.sel.Environment != nil {
		marker = nil // it is decided
	}
	for _, extra := range req.Extras {
		c.extra(p, source.At[string]{V: extra, Pos: req.Pos}, marker)
	}
}

// source finds the source of a package, and its marker if there is no
// environment to evaluate it.
func (c *collector) source(p *Project, name, extra, group string) (*Source, *pep508.Marker) {
	for i := range p.Sources {
		s := &p.Sources[i]
		if s.Name != name || s.Extra != "" && pep503.Normalize(s.Extra) != extra || s.Group != "" && pep503.Normalize(s.Group) != group {
			continue
		}
		if s.Marker == nil || c.sel.Environment == nil {
			return s, s.Marker
		}
		ok, err := s.Marker.Evaluate(*c.sel.Environment, pep508.Active{Context: pep508.InRequirement})
		if err != nil {
			c.r.fail(source.Errorf(s.Pos, "the marker of %s: %w", name, err))
			continue
		}
		if ok {
			return s, nil
		}
	}
	return nil, nil
}
