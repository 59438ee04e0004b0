package project

import (
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/constraint"
	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// groupItem is one element of a dependency group (PEP 735).
type groupItem struct {
	requirement *Requirement
	include     source.At[string]
}

// groupReader reads [dependency-groups] and resolves include-group.
type groupReader struct {
	r     *reader
	names []source.At[string]
	items map[string][]groupItem
	// markers are the conditions of whole groups, see uvGroupMarkers.
	markers  map[string]*pep508.Marker
	resolved map[string][]Requirement
	// positions are those of the groups, total is the number of requirements
	// in resolved.
	positions map[string]source.Pos
	total     int
}

// groups reads [dependency-groups] of the file with the given root.
func (r *reader) groups(root, n *toml.Node) []Set {
	if err := n.Expect(toml.Table); err != nil {
		r.fail(err)
		return nil
	}
	g := &groupReader{r: r, items: map[string][]groupItem{}, markers: r.uvGroupMarkers(root), resolved: map[string][]Requirement{}, positions: map[string]source.Pos{}}
	for _, group := range n.Items {
		g.read(group)
	}
	var sets []Set
	for _, name := range g.names {
		sets = append(sets, Set{Name: name, Requirements: g.resolve(pep503.Normalize(name.V), nil)})
	}
	return sets
}

// read reads one group.
func (g *groupReader) read(n *toml.Node) {
	r, name := g.r, pep503.Normalize(n.Key)
	if !pep503.IsValid(n.Key) {
		r.fail(source.Errorf(n.KeyPos(), "%q is not a valid name of a dependency group", n.Key))
		return
	}
	if _, twice := g.items[name]; twice {
		r.fail(source.Errorf(n.KeyPos(), "the dependency group %q is there twice", n.Key))
		return
	}
	if err := n.Expect(toml.Array); err != nil {
		r.fail(err)
		return
	}
	g.names = append(g.names, source.At[string]{V: n.Key, Pos: n.KeyPos()})
	g.items[name] = []groupItem{}
	g.positions[name] = n.KeyPos()
	for _, item := range n.Items {
		switch item.Kind {
		case toml.String:
			if req, ok := r.groupRequirement(source.At[string]{V: item.Str, Pos: item.Pos()}); ok {
				g.items[name] = append(g.items[name], groupItem{requirement: &req})
			}
		case toml.Table:
			var t struct {
				Include source.At[string] `toml:"include-group,required"`
			}
			if err := toml.Decode(item, &t); err != nil {
				r.fail(err)
				continue
			}
			g.items[name] = append(g.items[name], groupItem{include: t.Include})
		default:
			r.fail(source.Errorf(item.Pos(), "%s must be a requirement or {include-group = \"NAME\"}, not %s", item.Path(), item.Kind))
		}
	}
}

// maxGrouped limits the requirements of all groups together, with those that
// they include.
const maxGrouped = 100_000

// resolve returns the requirements of a group, those of each group that it
// includes once; trail are the groups that include it.
func (g *groupReader) resolve(name string, trail []string) []Requirement {
	if list, done := g.resolved[name]; done {
		return list
	}
	trail = append(trail, name)
	var list []Requirement
	had := map[source.Pos]bool{}
	for _, item := range g.items[name] {
		if item.requirement != nil {
			list = append(list, *item.requirement)
			continue
		}
		included := pep503.Normalize(item.include.V)
		if _, known := g.items[included]; !known {
			all := make([]string, len(g.names))
			for i, name := range g.names {
				all[i] = name.V
			}
			g.r.fail(unknownName(item.include, "dependency group", all))
			continue
		}
		if i := slices.Index(trail, included); i >= 0 {
			g.r.fail(source.Errorf(item.include.Pos, "the dependency group %q includes itself: %s", included, strings.Join(append(slices.Clone(trail[i:]), included), " → ")))
			continue
		}
		if len(trail) >= maxIncludes {
			g.r.fail(source.Errorf(item.include.Pos, "dependency groups include each other more than %d deep", maxIncludes))
			continue
		}
		for _, req := range g.resolve(included, trail) {
			if !had[req.Pos] {
				had[req.Pos] = true
				list = append(list, req)
			}
		}
	}
	if g.total += len(list); g.total > maxGrouped {
		if g.total-len(list) <= maxGrouped {
			g.r.fail(source.Errorf(g.positions[name], "the dependency groups have more than %d requirements with those that they include", maxGrouped))
		}
		list = nil
	}
	if m := g.markers[name]; m != nil {
		list = slices.Clone(list)
		for i := range list {
			list[i].Marker = list[i].Marker.And(m)
		}
	}
	g.resolved[name] = list
	return list
}

// uvGroupMarkers are the conditions that [tool.uv.dependency-groups] puts on
// groups: NAME = {requires-python = ">=3.12"}.
func (r *reader) uvGroupMarkers(root *toml.Node) map[string]*pep508.Marker {
	markers := map[string]*pep508.Marker{}
	table := root.Get("tool", "uv", "dependency-groups")
	if table == nil || table.Kind != toml.Table {
		return nil
	}
	for _, n := range table.Items {
		v := n.Get("requires-python")
		if v == nil || v.Kind != toml.String {
			continue
		}
		set, err := pep440.ParseSpecifierSet(v.Str)
		if err != nil {
			r.fail(source.Errorf(v.Pos(), "requires-python: %q is not a valid version specifier", v.Str))
			continue
		}
		if text := constraint.Of(set).PythonMarker(); text != "" {
			m, err := pep508.ParseMarker(text)
			if err != nil {
				r.fail(source.Errorf(v.Pos(), "requires-python: %w", err))
				continue
			}
			markers[pep503.Normalize(n.Key)] = m
		}
	}
	return markers
}

// unknownName is the error for a name of something that does not exist.
func unknownName(v source.At[string], what string, known []string) *source.Error {
	err := source.Errorf(v.Pos, "there is no %s %q", what, v.V)
	if near := toml.Nearest(v.V, known); near != "" {
		return err.WithHint("did you mean %q?", near)
	}
	if len(known) == 0 {
		return err.WithHint("the project has none")
	}
	sorted := slices.Clone(known)
	slices.Sort(sorted)
	return err.WithHint("the project has %s", strings.Join(sorted, ", "))
}

// UnaskedGroup is a group that a command of the project's tool installs unasked.
type UnaskedGroup struct {
	Name    source.At[string]
	Command string
}
