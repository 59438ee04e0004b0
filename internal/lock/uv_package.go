package lock

import (
	"net/url"
	"path"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/artifact"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

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
	// defaultGroups is the project's default-groups if they are not the usual
	// ones; from revision 5 on.
	defaultGroups *toml.Node
}

// firstKey returns the first key that a table has; else the first of all.
func firstKey(n *toml.Node, keys ...string) string {
	for _, key := range keys {
		if n.Get(key) != nil {
			return key
		}
	}
	return keys[0]
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
	u := &uvPackage{}
	p := &Package{Pos: n.Pos(), own: u}
	p.Name = f.name(n, "name")
	p.Version, p.Parsed = f.version(n, "version")
	f.require(n, "source")
	if s := n.Get("source"); s != nil {
		p.Source = f.uvSource(s)
	}
	for _, m := range f.list(n, "resolution-markers", toml.String) {
		u.resolution = append(u.resolution, f.parseMarker(m.Str, m.Pos()))
	}
	if t := f.table(n, "sdist"); t != nil {
		a := f.uvFile(t, p)
		p.Sdist = &a
	}
	for _, t := range f.list(n, "wheels", toml.Table) {
		p.Wheels = append(p.Wheels, f.uvFile(t, p))
	}
	if p.Source.File != "" && p.Sdist == nil && len(p.Wheels) == 0 {
		f.placeFile(p, Artifact{Pos: p.Pos, Filename: path.Base(p.Source.File)})
	}
	u.dependencies = f.uvEdges(n, "dependencies")
	u.optional = f.uvEdgeSets(n, "optional-dependencies")
	// uv 0.4.27 and the next releases wrote "dependency-groups" in both places.
	u.dev = f.uvEdgeSets(n, firstKey(n, "dev-dependencies", "dependency-groups"))
	u.defaultGroups = n.Get("default-groups")
	if t := f.table(n, "metadata"); t != nil {
		u.metadata = &uvMetadata{requires: f.uvRequirements(t, "requires-dist"), extras: f.normalized(t, "provides-extras"),
			listsExtras: t.Get("provides-extras") != nil,
			dev:         f.uvRequirementSets(t, firstKey(t, "requires-dev", "dependency-groups"))}
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

// uvGit reads "https://host/repo?rev=...&subdirectory=...#commit", with path=...
// for a file of the repository.
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
	if s.File = cleanPath(query.Get("path")); source.LeavesFolder(s.File) || path.IsAbs(s.File) {
		f.errorf(n.Pos(), "%.200q is not a path in the repository", query.Get("path"))
	}
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
	if p.Source.File != "" {
		a.Filename = path.Base(p.Source.File)
	}
	if a.Filename == "" && a.URL != "" {
		a.Filename = artifact.URLFilename(a.URL)
	}
	if a.Filename == "" && a.Path != "" {
		a.Filename = path.Base(a.Path)
	}
	if f.err == nil && (p.Source.Kind != FromGit || p.Source.File != "") && p.Source.Kind != FromDirectory {
		if err := artifact.CheckFilename(a.Filename); err != nil {
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
		git, file := t.Get("git").Text(), t.Get("url").Text()
		r.place, r.placed = uvPlace(git, file, t.Get("index").Text(), r.direct && git == "" && file == "")
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
