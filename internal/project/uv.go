package project

import (
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// uvTable has the keys of [tool.uv] that are read.
type uvTable struct {
	Index         []uvIndex                `toml:"index"`
	IndexURL      *source.At[string]       `toml:"index-url"`
	ExtraIndexURL []source.At[string]      `toml:"extra-index-url"`
	Sources       toml.Entries[*toml.Node] `toml:"sources"`
	Dev           []source.At[string]      `toml:"dev-dependencies"`
	Constraints   []*toml.Node             `toml:"constraint-dependencies"`
	Overrides     []*toml.Node             `toml:"override-dependencies"`
	Package       *bool                    `toml:"package"`
	Workspace     *toml.Node               `toml:"workspace"`
}

type uvIndex struct {
	place
	Name     string            `toml:"name"`
	URL      source.At[string] `toml:"url,required"`
	Default  bool              `toml:"default"`
	Explicit bool              `toml:"explicit"`
}

// uv reads [tool.uv].
func (r *reader) uv(n *toml.Node, dir string) {
	var t uvTable
	r.fail(toml.Decode(n, &t, toml.AllowUnknown()))
	for _, i := range t.Index {
		r.addIndex(Index{Pos: i.pos, Name: i.Name, URL: i.URL, Default: i.Default, Explicit: i.Explicit})
	}
	for _, v := range t.ExtraIndexURL {
		r.addIndex(Index{Pos: v.Pos, URL: v})
	}
	if t.IndexURL != nil {
		r.addIndex(Index{Pos: t.IndexURL.Pos, URL: *t.IndexURL, Default: true})
	}
	for _, e := range t.Sources {
		r.p.Sources = append(r.p.Sources, r.uvSources(e, dir)...)
	}
	if len(t.Dev) > 0 {
		list := r.requirements(t.Dev)
		for i := range list {
			list[i].ReadBy = LockerUV
		}
		if dev := findSet(r.p.Groups, "dev"); dev != nil {
			dev.Requirements = append(dev.Requirements, list...)
		} else {
			r.p.Groups = append(r.p.Groups, Set{Name: source.At[string]{V: "dev", Pos: n.Get("dev-dependencies").KeyPos()}, Requirements: list})
		}
	}
	r.uvLocking(n, t, dir)
	r.p.Constraints = append(r.p.Constraints, r.p.UVLocking.Constraints...)
	if t.Package != nil && !*t.Package {
		// uv does not build a project with package = false, so it is copied.
		r.p.BuildSystem, r.unpackaged = nil, true
	}
	if t.Package != nil && *t.Package && r.p.BuildSystem == nil {
		// A project without [build-system] is built with setuptools (PEP 517, 518).
		at := n.Get("package").Pos()
		r.p.BuildSystem = &BuildSystem{
			Pos: at, Requires: r.requirements([]source.At[string]{{V: "setuptools", Pos: at}}),
			Backend: source.At[string]{V: "setuptools.build_meta:__legacy__", Pos: at},
		}
	}
	if t.Workspace != nil {
		r.workspace(t.Workspace, dir)
	}
	r.uvDefaultGroups(n.Get("default-groups"))
	r.uvBuilds(n)
	r.p.UVLocking.BuildConstraints = r.p.buildConstraints
	r.uvResolver(n)
}

// uvDefaultGroups reads which groups uv installs unasked, as far as the project
// says it.
func (r *reader) uvDefaultGroups(n *toml.Node) {
	if n.Text() == "all" {
		for _, g := range r.p.Groups {
			r.p.Unasked = append(r.p.Unasked, UnaskedGroup{Name: source.At[string]{V: g.Name.V, Pos: n.KeyPos()}, Command: "uv sync"})
		}
	}
	for _, one := range n.Elements() {
		if one.Text() != "" {
			r.p.Unasked = append(r.p.Unasked, UnaskedGroup{Name: source.At[string]{V: one.Str, Pos: one.Pos()}, Command: "uv sync"})
		}
	}
}

// addIndex adds an index of another tool's table. It ignores an index that is a
// folder, because a step cannot reach it and a locked project does not need it.
func (r *reader) addIndex(index Index) {
	if !strings.HasPrefix(index.URL.V, "http://") && !strings.HasPrefix(index.URL.V, "https://") {
		return
	}
	if err := checkIndexURL(index.URL); err != nil {
		r.fail(err)
		return
	}
	r.p.Indexes = append(r.p.Indexes, index)
}

type uvSource struct {
	place
	Path      *source.At[string] `toml:"path"`
	Editable  bool               `toml:"editable"`
	Workspace *toml.Node         `toml:"workspace"`
	Git       *source.At[string] `toml:"git"`
	Rev       string             `toml:"rev"`
	Tag       string             `toml:"tag"`
	Branch    string             `toml:"branch"`
	Subdir    string             `toml:"subdirectory"`
	LFS       *source.At[bool]   `toml:"lfs"`
	URL       *source.At[string] `toml:"url"`
	Index     *source.At[string] `toml:"index"`
	Marker    *source.At[string] `toml:"marker"`
	Extra     string             `toml:"extra"`
	Group     string             `toml:"group"`
}

// git makes an entry the source of a repository.
func (t *uvSource) git(s *Source) error {
	if err := checkURL(t.Git.V, t.Git.Pos); err != nil {
		return err
	}
	s.Git = &GitSource{URL: strings.TrimPrefix(t.Git.V, "git+"), Rev: t.Rev + t.Tag + t.Branch, Subdirectory: t.Subdir}
	switch {
	case t.Rev != "":
		s.Git.Ref = "rev"
	case t.Tag != "":
		s.Git.Ref = "tag"
	case t.Branch != "":
		s.Git.Ref = "branch"
	}
	s.Pos = t.Git.Pos
	if t.Path != nil {
		s.Git.File = t.Path.V
		if t.Subdir != "" {
			return source.Errorf(t.Path.Pos, "a file of a repository has no subdirectory; write its whole path")
		}
	}
	if t.LFS != nil && t.LFS.V {
		s.Err = source.Errorf(t.LFS.Pos, "%s comes from a repository with Git LFS, whose files BuildKit does not fetch", s.Name).
			WithHint("publish it as a wheel; or put a checkout into the project, and write its folder here: {path = \"...\"}")
	}
	return nil
}

// uvSources reads one entry of [tool.uv.sources]: a table, or a list of tables
// with different markers.
func (r *reader) uvSources(e toml.Entry[*toml.Node], dir string) []Source {
	nodes := []*toml.Node{e.V}
	if e.V.Kind == toml.Array {
		nodes = e.V.Items
	}
	var list []Source
	for _, n := range nodes {
		var t uvSource
		if err := toml.Decode(n, &t, toml.AllowUnknown()); err != nil {
			r.fail(err)
			continue
		}
		s := Source{Pos: e.KeyPos, Name: pep503.Normalize(e.Key), Editable: t.Editable, Extra: t.Extra, Group: t.Group}
		if t.Marker != nil {
			marker, err := pep508.ParseMarker(t.Marker.V)
			if err != nil {
				r.fail(source.Errorf(t.Marker.Pos, "invalid marker: %w", err))
				continue
			}
			s.Marker = marker
		}
		kinds := 0
		if t.Path != nil && t.Git == nil {
			kinds++
			s.Pos = t.Path.Pos
			s.Path, s.Err = contextPath(dir, *t.Path)
		}
		if t.Workspace != nil {
			kinds++
			switch {
			case t.Workspace.Kind == toml.Bool && !t.Workspace.Bool:
				continue // it comes from an index, as without the entry
			case t.Workspace.Kind == toml.String:
				s.Err = source.Errorf(t.Workspace.Pos(), "%s is a member of another workspace, %s", s.Name, t.Workspace.Str).
					WithHint("lock the project, or write its folder here: {path = \"...\"}")
			default:
				r.fail(t.Workspace.Expect(toml.Bool))
			}
			s.Workspace = s.Err == nil
		}
		if t.Git != nil {
			kinds++
			if err := t.git(&s); err != nil {
				r.fail(err)
				continue
			}
		}
		if t.URL != nil {
			kinds++
			if err := checkURL(t.URL.V, t.URL.Pos); err != nil {
				r.fail(err)
				continue
			}
			s.URL, s.Pos = t.URL.V, t.URL.Pos
			if t.Subdir != "" {
				s.URL += "#subdirectory=" + t.Subdir
			}
		}
		if t.Index != nil {
			kinds++
			s.Index = t.Index.V
		}
		if kinds != 1 {
			r.fail(source.Errorf(n.Pos(), "the source of %s must be one of path, workspace, git, url and index", s.Name))
			continue
		}
		list = append(list, s)
	}
	return list
}
