package project

import (
	"strings"

	"github.com/moult-build/moult/internal/pypkg/constraint"
	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// poetryTable are the keys of [tool.poetry] that are read.
type poetryTable struct {
	Name         source.At[string]                 `toml:"name"`
	Version      source.At[string]                 `toml:"version"`
	Readme       *toml.Node                        `toml:"readme"`
	PackageMode  *bool                             `toml:"package-mode"`
	Dependencies toml.Entries[*toml.Node]          `toml:"dependencies"`
	Dev          toml.Entries[*toml.Node]          `toml:"dev-dependencies"`
	Groups       toml.Entries[poetryGroup]         `toml:"group"`
	Extras       toml.Entries[[]source.At[string]] `toml:"extras"`
	Scripts      toml.Entries[*toml.Node]          `toml:"scripts"`
	Sources      []poetrySource                    `toml:"source"`
}

type poetryGroup struct {
	Dependencies toml.Entries[*toml.Node] `toml:"dependencies"`
	Include      []source.At[string]      `toml:"include-groups"`
	Optional     bool                     `toml:"optional"`
}

type poetrySource struct {
	place
	Name      string             `toml:"name"`
	URL       *source.At[string] `toml:"url"`
	Priority  string             `toml:"priority"`
	Default   bool               `toml:"default"`
	Secondary bool               `toml:"secondary"`
}

// poetry reads [tool.poetry]. If there is a [project], it reads only the
// sources of dependencies, the groups, the scripts if [project] has none, and the
// fields that [project] calls dynamic.
func (r *reader) poetry(n *toml.Node, dir string) {
	var t poetryTable
	r.fail(toml.Decode(n, &t, toml.AllowUnknown()))
	p := r.p
	if t.PackageMode != nil && !*t.PackageMode {
		p.BuildSystem, r.unpackaged = nil, true
	}
	alone := p.Origin == OriginNone
	if alone {
		if t.Name.V == "" && len(t.Dependencies) == 0 {
			return // settings of poetry itself
		}
		r.poetryAlone(t, dir)
	}
	r.poetryScripts(t)
	r.poetryMain(t, dir, alone)
	r.poetryGroups(t, n, dir)
	r.poetrySources(t.Sources)
}

// poetryAlone reads the keys that [project] would have: the name and the readme.
func (r *reader) poetryAlone(t poetryTable, dir string) {
	p := r.p
	p.Origin, p.Name, p.Version = OriginPoetry, t.Name, t.Version
	p.staticDependencies = true
	if t.Name.V != "" {
		p.name(t.Name)
	}
	if t.Readme != nil {
		for _, v := range stringOrList(t.Readme) {
			r.buildFile(&r.p.BuildFiles, v, dir)
		}
	}
}

// poetryScripts reads the scripts, which Poetry installs where [project] has none.
func (r *reader) poetryScripts(t poetryTable) {
	p := r.p
	if len(p.Scripts) > 0 || p.Origin != OriginPoetry && (p.BuildSystem == nil || !strings.HasPrefix(p.BuildSystem.Backend.V, "poetry.")) {
		return
	}
	for _, e := range t.Scripts {
		target := e.V
		if target.Kind == toml.Table {
			if target = e.V.Get("callable"); target == nil && e.V.Get("type").Text() == "console" {
				target = e.V.Get("reference")
			}
		}
		if target != nil && target.Kind == toml.String {
			p.Scripts = append(p.Scripts, r.scripts(toml.Entries[source.At[string]]{{Key: e.Key, KeyPos: e.KeyPos, V: source.At[string]{V: target.Str, Pos: target.Pos()}}}, "scripts")...)
		}
	}
}

func (r *reader) poetryPython(n *toml.Node) {
	if n.Kind != toml.String {
		r.fail(n.Expect(toml.String))
		return
	}
	c, err := constraint.Parse(n.Str)
	if err != nil {
		r.fail(source.Errorf(n.Pos(), "python: %w", err))
		return
	}
	// Python 2 is never built for, so that "~2.7 || ^3.4" is ">=3.4,<4".
	set, ok := c.FromMajor(3).Specifiers()
	if !ok {
		r.fail(notOneSpecifier(n.Pos(), "python", c))
		return
	}
	if !set.IsEmpty() {
		r.p.RequiresPython, r.p.Requires = source.At[string]{V: specifierText(set), Pos: n.Pos()}, set
	}
}

// specifierText returns the text of a set, in its own order.
func specifierText(set pep440.SpecifierSet) string {
	var parts []string
	for _, s := range set.Specifiers() {
		parts = append(parts, s.String())
	}
	return strings.Join(parts, ",")
}

// notOneSpecifier is the error for alternatives where one specifier is needed.
func notOneSpecifier(pos source.Pos, name string, c constraint.Constraint) *source.Error {
	return source.Errorf(pos, "%s: %q cannot be written as one version specifier", name, c.String())
}

// setVersions sets the versions of a requirement to a constraint.
func (req *Requirement) setVersions(c constraint.Constraint) {
	set, ok := c.Specifiers()
	if !ok {
		req.Versions = &c
	}
	req.Specifier = set
}

func (r *reader) poetryGroups(t poetryTable, n *toml.Node, dir string) {
	includes := map[string][]source.At[string]{}
	add := func(name source.At[string], entries toml.Entries[*toml.Node]) {
		var list []Requirement
		for _, e := range entries {
			if strings.EqualFold(e.Key, "python") {
				continue // Poetry reads it among the main dependencies alone
			}
			for _, d := range r.poetryDependency(e, dir) {
				// Poetry never installs an optional dependency of a group, because extras
				// name only main dependencies.
				if !d.optional {
					d.ReadBy = LockerPoetry
					list = append(list, d.Requirement)
				}
			}
		}
		if set := findSet(r.p.Groups, name.V); set != nil {
			set.Requirements = append(set.Requirements, list...)
			return
		}
		r.p.Groups = append(r.p.Groups, Set{Name: name, Requirements: list})
	}
	if len(t.Dev) > 0 {
		add(source.At[string]{V: "dev", Pos: n.Get("dev-dependencies").KeyPos()}, t.Dev)
	}
	for _, g := range t.Groups {
		name := source.At[string]{V: g.Key, Pos: g.KeyPos}
		add(name, g.V.Dependencies)
		if !g.V.Optional {
			r.p.Unasked = append(r.p.Unasked, UnaskedGroup{Name: name, Command: "poetry install"})
		}
		includes[pep503.Normalize(g.Key)] = g.V.Include
	}
	// Included groups are followed to any depth. In a cycle each group is read
	// once.
	own := map[string][]Requirement{}
	for _, set := range r.p.Groups {
		own[pep503.Normalize(set.Name.V)] = set.Requirements
	}
	for i := range r.p.Groups {
		name := pep503.Normalize(r.p.Groups[i].Name.V)
		seen := map[string]bool{name: true}
		queue := includes[name]
		for len(queue) > 0 {
			v := queue[0]
			queue = queue[1:]
			included := pep503.Normalize(v.V)
			if seen[included] {
				continue
			}
			seen[included] = true
			list, ok := own[included]
			if !ok {
				r.fail(unknownName(v, "dependency group", setNames(r.p.Groups)))
				continue
			}
			r.p.Groups[i].Requirements = append(r.p.Groups[i].Requirements, list...)
			queue = append(append([]source.At[string]{}, queue...), includes[included]...)
		}
	}
}

func (r *reader) poetrySources(sources []poetrySource) {
	pypi, primary := false, false
	for _, s := range sources {
		pypi = pypi || strings.EqualFold(s.Name, "pypi")
	}
	for _, s := range sources {
		if s.URL == nil {
			continue // PyPI by its name
		}
		index := Index{Pos: s.pos, Name: s.Name, URL: *s.URL}
		switch {
		case s.Priority == "explicit":
			index.Explicit = true
		case s.Priority == "default" || s.Default:
			index.Default = true
		case (s.Priority == "" || s.Priority == "primary") && !s.Secondary && !pypi && !primary:
			// A primary source replaces PyPI unless PyPI is named too.
			index.Default, primary = true, true
		}
		r.addIndex(index)
	}
}

type poetryRequirement struct {
	Requirement
	optional bool
}

type poetryDetail struct {
	Version  *source.At[string]  `toml:"version"`
	Optional bool                `toml:"optional"`
	Extras   []source.At[string] `toml:"extras"`
	Markers  *source.At[string]  `toml:"markers"`
	Python   *source.At[string]  `toml:"python"`
	Platform *source.At[string]  `toml:"platform"`
	Git      *source.At[string]  `toml:"git"`
	Branch   string              `toml:"branch"`
	Tag      string              `toml:"tag"`
	Rev      string              `toml:"rev"`
	Subdir   string              `toml:"subdirectory"`
	Path     *source.At[string]  `toml:"path"`
	File     *source.At[string]  `toml:"file"`
	Develop  bool                `toml:"develop"`
	URL      *source.At[string]  `toml:"url"`
	Source   *source.At[string]  `toml:"source"`
}

// poetryDependency turns one entry of a dependency table, which may hold several
// requirements, into PEP 508; its origin becomes a Source.
func (r *reader) poetryDependency(e toml.Entry[*toml.Node], dir string) []poetryRequirement {
	if !pep503.IsValid(e.Key) {
		r.fail(source.Errorf(e.KeyPos, "%q is not a valid project name", e.Key))
		return nil
	}
	nodes := []*toml.Node{e.V}
	if e.V.Kind == toml.Array {
		nodes = e.V.Items
	}
	var list []poetryRequirement
	for _, n := range nodes {
		var t poetryDetail
		if n.Kind == toml.String {
			t.Version = &source.At[string]{V: n.Str, Pos: n.Pos()}
		} else if err := toml.Decode(n, &t, toml.AllowUnknown()); err != nil {
			r.fail(err)
			continue
		}
		req := Requirement{Pos: e.KeyPos}
		req.Name = e.Key
		for _, extra := range t.Extras {
			req.Extras = append(req.Extras, extra.V)
		}
		if t.Version != nil {
			c, err := constraint.Parse(t.Version.V)
			if err != nil {
				r.fail(source.Errorf(t.Version.Pos, "%s: %w", e.Key, err))
				continue
			}
			req.setVersions(c)
		}
		marker, ok := r.poetryMarker(t)
		if !ok {
			continue
		}
		req.Marker = marker
		s := Source{Pos: e.KeyPos, Name: pep503.Normalize(e.Key), Marker: marker, Editable: t.Develop}
		if t.File != nil {
			t.Path = t.File
		}
		switch {
		case t.Git != nil:
			if err := checkURL(t.Git.V, t.Git.Pos); err != nil {
				r.fail(err)
				continue
			}
			s.Git = &GitSource{URL: t.Git.V, Rev: t.Rev + t.Tag + t.Branch, Subdirectory: t.Subdir}
		case t.Path != nil:
			s.Pos = t.Path.Pos
			s.Path, s.Err = contextPath(dir, *t.Path)
		case t.URL != nil:
			if err := checkURL(t.URL.V, t.URL.Pos); err != nil {
				r.fail(err)
				continue
			}
			s.URL = t.URL.V
		case t.Source != nil:
			s.Index = t.Source.V
		}
		if s.Git != nil || s.Path != "" || s.Err != nil || s.URL != "" || s.Index != "" {
			req.Source = &s
		}
		list = append(list, poetryRequirement{Requirement: req, optional: t.Optional})
	}
	return list
}

func (r *reader) poetryMarker(t poetryDetail) (*pep508.Marker, bool) {
	var marker *pep508.Marker
	and := func(text string, pos source.Pos) bool {
		if text == "" {
			return true
		}
		m, err := pep508.ParseMarker(text)
		if err != nil {
			r.fail(source.Errorf(pos, "invalid marker: %w", err))
			return false
		}
		marker = marker.And(m)
		return true
	}
	if t.Markers != nil && !and(t.Markers.V, t.Markers.Pos) {
		return nil, false
	}
	if t.Python != nil {
		c, err := constraint.Parse(t.Python.V)
		if err != nil {
			r.fail(source.Errorf(t.Python.Pos, "python: %w", err))
			return nil, false
		}
		if !and(c.PythonMarker(), t.Python.Pos) {
			return nil, false
		}
	}
	if t.Platform != nil && !and(`sys_platform == "`+strings.ReplaceAll(t.Platform.V, `"`, "")+`"`, t.Platform.Pos) {
		return nil, false
	}
	return marker, true
}
