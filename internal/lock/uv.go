package lock

import (
	"fmt"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// uvData is what only uv.lock has.
type uvData struct {
	byName map[string][]*Package
	// conflicts are sets of which no two may be active.
	conflicts [][]uvConflict
	// requirements and groups are those of a workspace root that is no
	// project itself.
	requirements []uvRequirement
	groups       map[string][]uvRequirement
}

type uvConflict struct {
	pkg, extra, group string
	pos               source.Pos
}

// uvPackage is what only a package of uv.lock has.
type uvPackage struct {
	// resolution are markers of the forks the package belongs to; none means
	// all.
	resolution   []*pep508.Marker
	dependencies []uvEdge
	optional     map[string][]uvEdge
	dev          map[string][]uvEdge
	// metadata is what the project asked for when it was locked; nil where
	// the lock does not tell.
	metadata *uvMetadata
}

// uvEdge leads from a package to one it needs.
type uvEdge struct {
	name    string
	version string
	source  *Source
	extras  []string
	marker  *pep508.Marker
	pos     source.Pos
	target  *Package
}

// uvMetadata is [package.metadata].
type uvMetadata struct {
	requires []uvRequirement
	extras   []string
	dev      map[string][]uvRequirement
}

// uvRequirement is a requirement as uv writes it.
type uvRequirement struct {
	name      string
	extras    []string
	specifier pep440.SpecifierSet
	marker    *pep508.Marker
	// direct is true for what comes from a URL, a repository or a folder, so
	// that the specifier does not count.
	direct bool
	pos    source.Pos
}

// readUV reads uv.lock, format version 1 in any revision; revisions only add
// keys that old readers may leave out.
func readUV(file *source.File, root *toml.Node) (*Lock, error) {
	f := &fields{}
	l := &Lock{Format: UV, File: file, Tool: "uv", uv: &uvData{byName: map[string][]*Package{}}}
	f.require(root, "version")
	version := f.size(root, "version")
	if f.err != nil {
		return nil, f.err
	}
	l.Version = fmt.Sprint(version)
	if revision := f.size(root, "revision"); revision > 0 {
		l.Version += fmt.Sprintf(" revision %d", revision)
	}
	if version != 1 {
		return nil, source.Errorf(root.Get("version").Pos(), "format version %d of uv.lock is not supported", version).
			WithHint("Moult reads version 1; a newer Moult may read this one")
	}
	l.RequiresPython = f.specifiers(root, "requires-python")
	l.RequiresPythonPos = root.Get("requires-python").Pos()
	for _, n := range f.list(root, "supported-markers", toml.String) {
		l.Environments = append(l.Environments, Condition{Marker: f.parseMarker(n.Str, n.Pos()), Pos: n.Pos()})
	}
	if conflicts := root.Get("conflicts"); f.kind(conflicts, toml.Array) {
		for _, set := range conflicts.Items {
			if f.kind(set, toml.Array) {
				l.uv.conflicts = append(l.uv.conflicts, f.uvConflicts(set))
			}
		}
	}
	if manifest := f.table(root, "manifest"); manifest != nil {
		l.Members = f.normalized(manifest, "members")
		l.uv.requirements = f.uvRequirements(manifest, "requirements")
		l.uv.groups = f.uvRequirementSets(manifest, "dependency-groups")
	}
	key := "package"
	if root.Get(key) == nil && root.Get("distribution") != nil {
		key = "distribution" // uv before 0.3
	}
	for _, n := range f.list(root, key, toml.Table) {
		p := f.uvPackage(n)
		l.Packages = append(l.Packages, p)
		l.uv.byName[p.Name] = append(l.uv.byName[p.Name], p)
	}
	if f.err != nil {
		return nil, f.err
	}
	seen := map[string]bool{}
	for _, p := range l.Packages {
		id := fmt.Sprintf("%s\x00%s\x00%+v", p.Name, p.Version, p.Source)
		if seen[id] {
			f.errorf(p.Pos, "%s %s is listed twice", p.Name, p.Version)
		}
		seen[id] = true
		if s := p.Source; s.Index != "" && s.Kind == FromIndex && !s.IndexIsPath {
			l.addIndex("", s.Index, p.Pos)
		}
	}
	for _, p := range l.Packages {
		l.uv.link(f, p.uv.dependencies)
		for _, sets := range []map[string][]uvEdge{p.uv.optional, p.uv.dev} {
			for _, name := range slices.Sorted(maps.Keys(sets)) {
				l.uv.link(f, sets[name])
			}
		}
	}
	if len(l.Members) == 0 {
		// With a single project the manifest does not list it: it is the one
		// tree at the lock's own folder.
		for _, p := range l.Packages {
			if p.Source.Kind == FromDirectory && p.Source.Path == "." {
				l.Members = []string{p.Name}
			}
		}
	}
	for _, m := range l.Members {
		for _, p := range l.uv.byName[m] {
			for extra := range p.uv.optional {
				l.Extras = append(l.Extras, extra)
			}
			if p.uv.metadata != nil {
				l.Extras = append(l.Extras, p.uv.metadata.extras...)
				for group := range p.uv.metadata.dev {
					l.Groups = append(l.Groups, group)
				}
			}
			for group := range p.uv.dev {
				l.Groups = append(l.Groups, group)
			}
		}
	}
	for group := range l.uv.groups {
		l.Groups = append(l.Groups, group)
	}
	l.Extras, l.Groups = sortedUnique(l.Extras), sortedUnique(l.Groups)
	if f.err != nil {
		return nil, f.err
	}
	return l, nil
}

func (l *Lock) addIndex(name, address string, pos source.Pos) {
	for _, i := range l.Indexes {
		if i.Name == name && i.URL == address {
			return
		}
	}
	l.Indexes = append(l.Indexes, Index{Name: name, URL: address, Pos: pos})
}

func (f *fields) uvConflicts(set *toml.Node) []uvConflict {
	var items []uvConflict
	for _, n := range set.Items {
		if !f.kind(n, toml.Table) {
			continue
		}
		f.require(n, "package")
		items = append(items, uvConflict{pos: n.Pos(), pkg: pep503.Normalize(f.text(n, "package")),
			extra: pep503.Normalize(f.text(n, "extra")), group: pep503.Normalize(f.text(n, "group"))})
	}
	return items
}

func (f *fields) uvPackage(n *toml.Node) *Package {
	p := &Package{Pos: n.Pos(), uv: &uvPackage{}}
	p.Name = f.name(n, "name")
	p.Version, p.Parsed = f.version(n, "version")
	f.require(n, "source")
	if s := n.Get("source"); s != nil {
		p.Source = f.uvSource(s)
	}
	for _, m := range f.list(n, "resolution-markers", toml.String) {
		p.uv.resolution = append(p.uv.resolution, f.parseMarker(m.Str, m.Pos()))
	}
	if t := f.table(n, "sdist"); t != nil {
		a := f.uvFile(t, p)
		p.Sdist = &a
	}
	for _, t := range f.list(n, "wheels", toml.Table) {
		p.Wheels = append(p.Wheels, f.uvFile(t, p))
	}
	p.uv.dependencies = f.uvEdges(n, "dependencies")
	p.uv.optional = f.uvEdgeSets(n, "optional-dependencies")
	p.uv.dev = f.uvEdgeSets(n, "dev-dependencies")
	if t := f.table(n, "metadata"); t != nil {
		p.uv.metadata = &uvMetadata{requires: f.uvRequirements(t, "requires-dist"), extras: f.normalized(t, "provides-extras"),
			dev: f.uvRequirementSets(t, "requires-dev")}
	}
	return p
}

// uvSource reads a source: a table with one of registry, git, url, path,
// directory, editable and virtual. uv before 0.3 wrote "kind+location".
func (f *fields) uvSource(n *toml.Node) Source {
	if n.Kind == toml.String {
		kind, location, _ := strings.Cut(n.Str, "+")
		if kind == "direct" {
			kind = "url"
		}
		return f.uvSourceOf(n, kind, location)
	}
	if !f.kind(n, toml.Table) {
		return Source{}
	}
	for _, key := range []string{"registry", "git", "url", "path", "directory", "editable", "virtual"} {
		if n.Get(key) != nil {
			s := f.uvSourceOf(n, key, f.text(n, key))
			if key == "url" {
				s.Subdirectory = cleanPath(f.text(n, "subdirectory"))
			}
			return s
		}
	}
	f.errorf(n.Pos(), "%s has none of registry, git, url, path, directory, editable and virtual", n.Path())
	return Source{}
}

func (f *fields) uvSourceOf(n *toml.Node, key, value string) Source {
	s := Source{Kind: FromDirectory}
	switch key {
	case "registry":
		s = Source{Kind: FromIndex, Index: value}
		if !strings.Contains(value, "://") {
			s.Index, s.IndexIsPath = cleanPath(value), true
		} else if p := filePath(value); p != "" {
			s.Index, s.IndexIsPath = p, true
		}
		return s
	case "git":
		return f.uvGit(n, value)
	case "url":
		if err := checkURL(value); err != nil && f.err == nil {
			f.errorf(n.Pos(), "%w", err)
		}
		return Source{Kind: FromURL, URL: value}
	case "path":
		s.Kind = FromFile
	case "directory":
	case "editable":
		s.Editable = true
	case "virtual":
		s.Virtual = true
	default:
		f.errorf(n.Pos(), "the source %.80q is not known", key+"+"+value)
	}
	if err := checkPath(value); err != nil && f.err == nil {
		f.errorf(n.Pos(), "%w", err)
	}
	s.Path = cleanPath(value)
	return s
}

// uvGit reads "https://host/repo?rev=...&subdirectory=...#commit".
func (f *fields) uvGit(n *toml.Node, value string) Source {
	s := Source{Kind: FromGit, VCS: "git"}
	u, err := url.Parse(value)
	if err != nil {
		f.errorf(n.Pos(), "%.200q is not the URL of a repository", source.HideCredentials(value))
		return s
	}
	query := u.Query()
	for _, key := range []string{"rev", "tag", "branch"} {
		if v := query.Get(key); v != "" {
			s.Requested = v
		}
	}
	s.Subdirectory = cleanPath(query.Get("subdirectory"))
	s.LFS = query.Get("lfs") == "true"
	s.Commit = u.Fragment
	if s.Commit == "" {
		f.errorf(n.Pos(), "the repository has no locked commit")
	}
	u.RawQuery, u.Fragment = "", ""
	s.URL = u.String()
	return s
}

func (f *fields) uvFile(t *toml.Node, p *Package) Artifact {
	a := Artifact{Pos: t.Pos(), URL: f.text(t, "url"), Size: f.size(t, "size"), Hashes: f.hash(t, "hash")}
	file := f.text(t, "path")
	a.Filename = f.text(t, "filename")
	switch {
	case a.URL != "":
		if local := filePath(a.URL); local != "" {
			a.URL, a.Path = "", local
		}
	case file != "":
		a.Path = cleanPath(file)
		if p.Source.IndexIsPath {
			a.Path = path.Join(p.Source.Index, a.Path)
		}
	case p.Source.Kind == FromURL:
		a.URL = p.Source.URL
	case p.Source.Kind == FromFile:
		a.Path = p.Source.Path
	}
	if a.Filename == "" && a.URL != "" {
		a.Filename = urlFilename(a.URL)
	}
	if a.Filename == "" && a.Path != "" {
		a.Filename = path.Base(a.Path)
	}
	if f.err == nil && p.Source.Kind != FromGit && p.Source.Kind != FromDirectory {
		if err := checkFilename(a.Filename); err != nil {
			f.errorf(a.Pos, "%w", err)
		}
		if a.URL != "" {
			if err := checkURL(a.URL); err != nil {
				f.errorf(a.Pos, "%w", err)
			}
		}
	}
	return a
}

func (f *fields) uvEdges(n *toml.Node, key string) []uvEdge {
	return f.uvEdgeList(f.list(n, key, toml.Table))
}

func (f *fields) uvEdgeList(list []*toml.Node) []uvEdge {
	var edges []uvEdge
	for _, t := range list {
		e := uvEdge{pos: t.Pos(), name: f.name(t, "name"), version: f.text(t, "version"), extras: f.normalized(t, "extra"), marker: f.marker(t, "marker")}
		if s := t.Get("source"); s != nil {
			src := f.uvSource(s)
			e.source = &src
		}
		edges = append(edges, e)
	}
	return edges
}

func (f *fields) uvEdgeSets(n *toml.Node, key string) map[string][]uvEdge {
	t := f.table(n, key)
	if t == nil {
		return nil
	}
	sets := map[string][]uvEdge{}
	for _, set := range t.Items {
		name := pep503.Normalize(set.Key)
		sets[name] = append(sets[name], f.uvEdges(t, set.Key)...)
	}
	return sets
}

func (f *fields) uvRequirements(n *toml.Node, key string) []uvRequirement {
	var list []uvRequirement
	for _, t := range f.list(n, key, toml.Table) {
		r := uvRequirement{pos: t.Pos(), name: f.name(t, "name"), extras: f.normalized(t, "extras"),
			specifier: f.specifiers(t, "specifier"), marker: f.marker(t, "marker")}
		for _, key := range []string{"git", "url", "path", "directory", "editable", "virtual"} {
			r.direct = r.direct || t.Get(key) != nil
		}
		list = append(list, r)
	}
	return list
}

func (f *fields) uvRequirementSets(n *toml.Node, key string) map[string][]uvRequirement {
	t := f.table(n, key)
	if t == nil {
		return nil
	}
	sets := map[string][]uvRequirement{}
	for _, set := range t.Items {
		name := pep503.Normalize(set.Key)
		sets[name] = append(sets[name], f.uvRequirements(t, set.Key)...)
	}
	return sets
}

// link finds the packages that edges lead to. An edge leaves out the version
// and the source where the name alone tells.
func (d *uvData) link(f *fields, edges []uvEdge) {
	for i := range edges {
		e := &edges[i]
		var fits []*Package
		for _, p := range d.byName[e.name] {
			if e.version != "" && p.Version != e.version {
				continue
			}
			if e.source != nil && !sameSource(*e.source, p.Source) {
				continue
			}
			fits = append(fits, p)
		}
		switch len(fits) {
		case 1:
			e.target = fits[0]
		case 0:
			f.errorf(e.pos, "%s is needed here, but the lock has no such package", describe(e.name, e.version))
		default:
			f.errorf(e.pos, "%s is needed here, but the lock has %d such packages", describe(e.name, e.version), len(fits))
		}
	}
}

func describe(name, version string) string {
	if version == "" {
		return name
	}
	return name + " " + version
}

func sameSource(a, b Source) bool {
	a.Subdirectory, b.Subdirectory = strings.TrimSuffix(a.Subdirectory, "/"), strings.TrimSuffix(b.Subdirectory, "/")
	return a == b
}
