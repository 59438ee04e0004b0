package lock

import (
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/artifact"
	"github.com/moult-build/moult/internal/pypkg/constraint"
	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/pypkg/tags"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

func (f *fields) poetryPackage(n *toml.Node, d *poetryData) *Package {
	u := &poetryPackage{markers: map[string]*pep508.Marker{}, extras: map[string][]string{}}
	p := &Package{Pos: n.Pos(), own: u}
	p.Name = f.name(n, "name")
	f.require(n, "version")
	p.Version, p.Parsed = f.version(n, "version")
	u.optional = f.bool(n, "optional")
	u.python, _ = f.constraint(n, "python-versions")
	if set, ok := u.python.Specifiers(); ok {
		p.RequiresPython = set
	}
	if d.flat {
		f.require(n, "groups")
		p.groups = []string{}
		for _, g := range f.normalized(n, "groups") {
			p.groups = append(p.groups, poetryGroup(g))
		}
		if m := n.Get("markers"); m != nil && m.Kind == toml.Table {
			for _, item := range m.Items {
				u.markers[poetryGroup(pep503.Normalize(item.Key))] = f.marker(m, item.Key)
			}
		} else if m != nil {
			u.markers["*"] = f.marker(n, "markers")
		}
	}
	if !d.flat {
		u.only = f.marker(n, "marker")
	}
	f.poetrySource(n, p)
	files := f.list(n, "files", toml.Table)
	for _, t := range files {
		f.poetryFile(t, p)
	}
	p.Unlisted = p.Source.Kind == FromIndex && n.Get("files") != nil && len(files) == 0
	if deps := f.table(n, "dependencies"); deps != nil {
		for _, item := range deps.Items {
			u.dependencies = append(u.dependencies, f.poetryEdges(deps, item, p, d)...)
		}
	}
	if extras := f.table(n, "extras"); extras != nil {
		for _, item := range extras.Items {
			name := pep503.Normalize(item.Key)
			for _, dep := range f.texts(extras, item.Key) {
				u.extras[name] = append(u.extras[name], poetryName(dep))
			}
		}
	}
	return p
}

// poetryGroup maps Poetry's main group to ours.
func poetryGroup(name string) string {
	if name == "main" {
		return mainGroup
	}
	return name
}

// poetryName gives the name in "name[extra] (>=1.0) ; marker".
func poetryName(dep string) string {
	if i := strings.IndexAny(dep, " [(;<>=!~@"); i >= 0 {
		dep = dep[:i]
	}
	return pep503.Normalize(dep)
}

func (f *fields) poetrySource(n *toml.Node, p *Package) {
	p.Source = Source{Kind: FromIndex}
	s := f.table(n, "source")
	if s == nil {
		return
	}
	address := f.text(s, "url")
	reference, resolved := f.text(s, "reference"), f.text(s, "resolved_reference")
	subdirectory := cleanPath(f.text(s, "subdirectory"))
	switch kind := f.text(s, "type"); kind {
	case "", "legacy", "pypi":
		p.Source.Index, p.Source.IndexName = address, reference
	case "git":
		if resolved == "" {
			resolved = reference // before Poetry 1.2
		}
		if resolved == "" {
			f.errorf(s.Pos(), "%s has no locked commit", p.Name)
		}
		p.Source = Source{Kind: FromGit, VCS: "git", URL: address, Commit: resolved, Requested: reference, Subdirectory: subdirectory}
	case "url":
		if err := checkURL(address); err != nil {
			f.errorf(s.Pos(), "%w", err)
		}
		p.Source = Source{Kind: FromURL, URL: address, Subdirectory: subdirectory}
	case "file", "directory":
		if err := checkPath(address); err != nil {
			f.errorf(s.Pos(), "%w", err)
		}
		p.Source = Source{Kind: FromDirectory, Path: cleanPath(address), Subdirectory: subdirectory, Editable: f.bool(n, "develop")}
		if kind == "file" {
			p.Source.Kind = FromFile
		}
	default:
		f.errorf(s.Pos(), "%s comes from %q, which is not known", p.Name, kind)
	}
}

// poetryFile reads {file = "...", hash = "sha256:..."}.
func (f *fields) poetryFile(t *toml.Node, p *Package) {
	a := Artifact{Pos: t.Pos(), Filename: f.text(t, "file"), URL: f.text(t, "url"), Hashes: f.hash(t, "hash")}
	if a.Filename == "" && a.URL != "" {
		a.Filename = artifact.URLFilename(a.URL)
	}
	f.placeFile(p, a)
}

// poetryOldFiles reads the files from [metadata.files], where formats before
// 2.0 have them, or bare hashes from [metadata.hashes].
func (f *fields) poetryOldFiles(meta, n *toml.Node, p *Package) {
	if p.Source.Kind == FromGit || p.Source.Kind == FromDirectory {
		return
	}
	name := n.Get("name").Text()
	if files := f.table(meta, "files"); files != nil {
		list := f.list(files, name, toml.Table)
		p.Unlisted = p.Unlisted || p.Source.Kind == FromIndex && files.Get(name) != nil && len(list) == 0
		for _, t := range list {
			if isOfVersion(f.text(t, "file"), p.Parsed) {
				f.poetryFile(t, p)
			}
		}
		return
	}
	if hashes := f.table(meta, "hashes"); hashes != nil {
		for _, h := range f.list(hashes, name, toml.String) {
			digest, err := artifact.CheckDigest("sha256", h.Str)
			if err != nil {
				f.errorf(h.Pos(), "%w", err)
				return
			}
			p.Hashes = append(p.Hashes, "sha256:"+digest)
		}
	}
}

// isOfVersion reports whether a file may belong to a release, because the old
// list has the files of all releases of a package. A file name without a
// version may belong to any.
func isOfVersion(filename string, version pep440.Version) bool {
	if w, err := tags.ParseWheelFilename(filename); err == nil {
		return w.Version.Public().Equal(version.Public())
	}
	if _, v, err := tags.ParseSdistFilename(filename); err == nil {
		return v.Public().Equal(version.Public())
	}
	return true
}

// poetryEdges reads one entry of [package.dependencies]: a constraint, a table
// or a list of those. Paths are relative to the folder of the package, if it is
// one.
func (f *fields) poetryEdges(deps, item *toml.Node, p *Package, d *poetryData) []poetryEdge {
	list := []*toml.Node{item}
	if item.Kind == toml.Array {
		list = item.Items
	}
	var edges []poetryEdge
	for _, n := range list {
		e := poetryEdge{name: pep503.Normalize(item.Key), pos: item.KeyPos()}
		switch n.Kind {
		case toml.String:
			e.versions = f.parseConstraint(n)
		case toml.Table:
			if v := n.Get("version"); f.kind(v, toml.String) {
				e.versions = f.parseConstraint(v)
			}
			e.origin = f.poetryOrigin(n, p)
			e.extras = f.normalized(n, "extras")
			e.optional = f.bool(n, "optional")
			e.marker = f.marker(n, "markers")
			// Poetry from 1.2 on takes each condition with an extra for one of the
			// extra alone, also the other side of an "or".
			e.optional = e.optional || d.extraIsOptional && slices.Contains(e.marker.Variables(), "extra")
			e.python, _ = f.constraint(n, "python")
		default:
			f.kind(n, toml.Table)
		}
		edges = append(edges, e)
	}
	return edges
}

// poetryOrigin returns the required origin of a dependency, if it has one.
func (f *fields) poetryOrigin(n *toml.Node, p *Package) Source {
	switch {
	case n.Get("git") != nil:
		return Source{Kind: FromGit, URL: f.text(n, "git")}
	case n.Get("url") != nil:
		return Source{Kind: FromURL, URL: f.text(n, "url")}
	case n.Get("path") != nil || n.Get("file") != nil:
		where := cleanPath(f.text(n, "path") + f.text(n, "file"))
		if p.Source.Kind == FromDirectory && !path.IsAbs(where) {
			where = path.Join(p.Source.Path, where)
		}
		return Source{Kind: FromDirectory, Path: where}
	}
	return Source{}
}

func (f *fields) constraint(n *toml.Node, key string) (constraint.Constraint, source.Pos) {
	v := n.Get(key)
	if !f.kind(v, toml.String) {
		return constraint.Constraint{}, source.Pos{}
	}
	return f.parseConstraint(v), v.Pos()
}

func (f *fields) parseConstraint(n *toml.Node) constraint.Constraint {
	c, err := constraint.Parse(n.Str)
	if err != nil {
		f.errorf(n.Pos(), "%w", err)
	}
	return c
}
