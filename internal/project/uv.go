package project

import (
	"path"
	"sort"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// uvTable is [tool.uv], as much of it as is read.
type uvTable struct {
	Index         []uvIndex                `toml:"index"`
	IndexURL      *source.At[string]       `toml:"index-url"`
	ExtraIndexURL []source.At[string]      `toml:"extra-index-url"`
	Sources       toml.Entries[*toml.Node] `toml:"sources"`
	Dev           []source.At[string]      `toml:"dev-dependencies"`
	Constraints   []*toml.Node             `toml:"constraint-dependencies"`
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
		if dev := findSet(r.p.Groups, "dev"); dev != nil {
			dev.Requirements = append(dev.Requirements, list...)
		} else {
			r.p.Groups = append(r.p.Groups, Set{Name: source.At[string]{V: "dev", Pos: n.Get("dev-dependencies").KeyPos()}, Requirements: list})
		}
	}
	for _, c := range t.Constraints {
		if c.Kind != toml.String {
			continue // uv takes tables too; they name private URLs
		}
		if req, ok := r.requirement(source.At[string]{V: c.Str, Pos: c.Pos()}); ok {
			r.p.Constraints = append(r.p.Constraints, req)
		}
	}
	if t.Package != nil && !*t.Package {
		// uv's word for a project that is copied and not built.
		r.p.BuildSystem = nil
	}
	if t.Package != nil && *t.Package && r.p.BuildSystem == nil {
		r.p.BuildSystem = &BuildSystem{Pos: n.Get("package").Pos()}
	}
	if t.Workspace != nil {
		r.workspace(t.Workspace, dir)
	}
	r.uvBuilds(n)
}

// addIndex adds an index that another tool's table names. One that is a folder
// cannot be reached from a build step; it is left out, because a locked project
// needs none.
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
	Workspace bool               `toml:"workspace"`
	Git       *source.At[string] `toml:"git"`
	Rev       string             `toml:"rev"`
	Tag       string             `toml:"tag"`
	Branch    string             `toml:"branch"`
	Subdir    string             `toml:"subdirectory"`
	LFS       bool               `toml:"lfs"`
	URL       *source.At[string] `toml:"url"`
	Index     *source.At[string] `toml:"index"`
	Marker    *source.At[string] `toml:"marker"`
	Extra     string             `toml:"extra"`
	Group     string             `toml:"group"`
}

// uvSources reads one entry of [tool.uv.sources]: a table, or several that
// markers tell apart.
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
		if t.Path != nil {
			kinds++
			s.Pos = t.Path.Pos
			s.Path, s.Err = contextPath(dir, *t.Path)
		}
		if t.Workspace {
			kinds++
			s.Workspace = true
		}
		if t.Git != nil {
			kinds++
			if err := checkURL(t.Git.V, t.Git.Pos); err != nil {
				r.fail(err)
				continue
			}
			s.Git = &GitSource{URL: strings.TrimPrefix(t.Git.V, "git+"), Rev: t.Rev + t.Tag + t.Branch, Subdirectory: t.Subdir, LFS: t.LFS}
			s.Pos = t.Git.Pos
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

// checkSources checks that the members which sources name are there. Paths are
// looked at where they are used: asking may cost a round trip for each.
func (r *reader) checkSources() {
	for i := range r.p.Sources {
		s := &r.p.Sources[i]
		switch {
		case !s.Workspace:
		case r.p.Workspace == nil:
			s.Err = source.Errorf(s.Pos, "%s is said to be a member of a workspace, but there is no [tool.uv.workspace]", s.Name).
				WithHint("build from the workspace's root, with -f naming this file")
		case r.p.Workspace.find(s.Name) == nil:
			var names []string
			for _, m := range r.p.Workspace.Members {
				names = append(names, m.Name)
			}
			s.Err = unknownName(source.At[string]{V: s.Name, Pos: s.Pos}, "member of the workspace called", names)
		}
	}
}

func (w *Workspace) find(name string) *Member {
	if w == nil {
		return nil
	}
	for i := range w.Members {
		if w.Members[i].Name == name {
			return &w.Members[i]
		}
	}
	return nil
}

// maxMembers bounds the folders that members' patterns may name.
const maxMembers = 2000

// workspace reads [tool.uv.workspace] of the folder dir.
func (r *reader) workspace(n *toml.Node, dir string) {
	var t struct {
		Members []source.At[string] `toml:"members"`
		Exclude []source.At[string] `toml:"exclude"`
	}
	if err := toml.Decode(n, &t, toml.AllowUnknown()); err != nil {
		r.fail(err)
		return
	}
	w := &Workspace{Pos: n.Pos(), Root: dir}
	dirs := map[string]bool{dir: true}
	for _, v := range t.Members {
		pattern, err := contextPath(dir, v)
		if err == nil {
			err = r.glob(pattern, dirs)
		}
		r.fail(err)
	}
	for _, v := range t.Exclude {
		pattern := path.Join(dir, v.V)
		for d := range dirs {
			if ok, _ := path.Match(pattern, d); ok || strings.HasPrefix(d, strings.TrimSuffix(pattern, "/**")+"/") {
				delete(dirs, d)
			}
		}
	}
	var sorted []string
	for d := range dirs {
		sorted = append(sorted, d)
	}
	sort.Strings(sorted)
	for _, d := range sorted {
		root := r.pyproject(d)
		if name := root.Get("project", "name").Text(); name != "" {
			w.Members = append(w.Members, Member{Dir: d, Name: pep503.Normalize(name)})
		}
	}
	r.p.Workspace = w
}

// glob adds the folders that a pattern names.
func (r *reader) glob(pattern string, dirs map[string]bool) error {
	found := []string{"."}
	for _, part := range strings.Split(pattern, "/") {
		var next []string
		for _, d := range found {
			if !strings.ContainsAny(part, "*?[") {
				next = append(next, path.Join(d, part))
				continue
			}
			names, err := r.files.folders(d)
			if err != nil {
				continue // no such folder: nothing matches
			}
			for _, name := range names {
				if ok, _ := path.Match(part, name); (ok || part == "**") && !strings.HasPrefix(name, ".") {
					next = append(next, path.Join(d, name))
				}
			}
		}
		if len(next) > maxMembers {
			return source.Errorf(source.Pos{File: r.p.File}, "the pattern %q names more than %d folders", pattern, maxMembers)
		}
		found = next
	}
	for _, d := range found {
		dirs[d] = true
	}
	return nil
}

// workspaceAbove looks for the workspace that the project is a member of, in
// the folders above it, and takes over its sources and indexes.
func (r *reader) workspaceAbove() {
	p := r.p
	if p.Workspace != nil {
		return
	}
	for dir := p.Dir; dir != "."; {
		dir = path.Dir(dir)
		root := r.pyproject(dir)
		table := root.Get("tool", "uv", "workspace")
		if table == nil {
			continue
		}
		above := &reader{files: r.files, p: &Project{File: p.File, Dir: dir, files: r.files}}
		above.uv(root.Get("tool", "uv"), dir)
		for _, e := range above.errs {
			r.fail(e)
		}
		r.fail(above.other)
		w := above.p.Workspace
		member := false
		for _, m := range w.members() {
			member = member || m.Dir == p.Dir
		}
		if !member {
			return
		}
		p.Workspace = w
		p.Indexes = append(p.Indexes, above.p.Indexes...)
		p.Constraints = append(p.Constraints, above.p.Constraints...)
		// uv reads these of the workspace's root alone.
		p.uvBuilds, p.uvConfig, p.buildConstraints = above.p.uvBuilds, above.p.uvConfig, above.p.buildConstraints
		for _, s := range above.p.Sources {
			own := false
			for _, o := range p.Sources {
				own = own || o.Name == s.Name
			}
			if !own {
				p.Sources = append(p.Sources, s)
			}
		}
		return
	}
}

func (w *Workspace) members() []Member {
	if w == nil {
		return nil
	}
	return w.Members
}
