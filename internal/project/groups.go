package project

import (
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// groupItem is one element of a dependency group (PEP 735).
type groupItem struct {
	requirement *Requirement
	include     source.At[string]
}

// groups reads [dependency-groups] and resolves include-group.
func (r *reader) groups(n *toml.Node) []Set {
	if err := n.Expect(toml.Table); err != nil {
		r.fail(err)
		return nil
	}
	var names []source.At[string]
	items := map[string][]groupItem{}
	for _, g := range n.Items {
		name := pep503.Normalize(g.Key)
		if !pep503.IsValid(g.Key) {
			r.fail(source.Errorf(g.KeyPos(), "%q is not a valid name of a dependency group", g.Key))
			continue
		}
		if _, twice := items[name]; twice {
			r.fail(source.Errorf(g.KeyPos(), "the dependency group %q is there twice", g.Key))
			continue
		}
		if err := g.Expect(toml.Array); err != nil {
			r.fail(err)
			continue
		}
		names = append(names, source.At[string]{V: g.Key, Pos: g.KeyPos()})
		items[name] = []groupItem{}
		for _, item := range g.Items {
			switch item.Kind {
			case toml.String:
				if req, ok := r.requirement(source.At[string]{V: item.Str, Pos: item.Pos()}); ok {
					items[name] = append(items[name], groupItem{requirement: &req})
				}
			case toml.Table:
				var t struct {
					Include source.At[string] `toml:"include-group,required"`
				}
				if err := toml.Decode(item, &t); err != nil {
					r.fail(err)
					continue
				}
				items[name] = append(items[name], groupItem{include: t.Include})
			default:
				r.fail(source.Errorf(item.Pos(), "%s must be a requirement or {include-group = \"NAME\"}, not %s", item.Path(), item.Kind))
			}
		}
	}
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = name.V
	}
	resolved := map[string][]Requirement{}
	var resolve func(name string, trail []string) []Requirement
	resolve = func(name string, trail []string) []Requirement {
		if list, done := resolved[name]; done {
			return list
		}
		trail = append(slices.Clone(trail), name)
		var list []Requirement
		for _, item := range items[name] {
			if item.requirement != nil {
				list = append(list, *item.requirement)
				continue
			}
			included := pep503.Normalize(item.include.V)
			if _, known := items[included]; !known {
				r.fail(unknownName(item.include, "dependency group", all))
				continue
			}
			if i := slices.Index(trail, included); i >= 0 {
				r.fail(source.Errorf(item.include.Pos, "the dependency group %q includes itself: %s", included, strings.Join(append(trail[i:], included), " → ")))
				continue
			}
			list = append(list, resolve(included, trail)...)
		}
		resolved[name] = list
		return list
	}
	var sets []Set
	for _, name := range names {
		sets = append(sets, Set{Name: name, Requirements: resolve(pep503.Normalize(name.V), nil)})
	}
	return sets
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
