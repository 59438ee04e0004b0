package project

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"sort"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// checkSources checks that the members that sources name exist. Paths are
// checked only where they are used, because each check may cost a round trip.
func (r *reader) checkSources() {
	for i := range r.p.Sources {
		s := &r.p.Sources[i]
		switch {
		case !s.Workspace:
		case r.p.Workspace == nil:
			s.Err = source.Errorf(s.Pos, "[tool.uv.sources] names %s as a member of a workspace, but there is no [tool.uv.workspace]", s.Name).
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

// maxMembers is the maximum number of folders that the patterns of members may
// match.
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
		pattern := strings.Split(path.Join(dir, v.V), "/")
		maps.DeleteFunc(dirs, func(d string, _ bool) bool { return d != dir && matchFolder(pattern, strings.Split(d, "/")) })
	}
	var sorted []string
	for d := range dirs {
		sorted = append(sorted, d)
	}
	sort.Strings(sorted)
	for _, d := range sorted {
		root := r.pyproject(d)
		if name := root.Get("project", "name").Text(); name != "" {
			w.Members = append(w.Members, Member{Dir: d, Name: pep503.Normalize(name), Conflicts: root.Get("tool", "uv", "conflicts")})
		}
	}
	r.p.Workspace = w
}

// glob adds the folders that a pattern matches. "**" matches any number of
// folders.
func (r *reader) glob(pattern string, dirs map[string]bool) error {
	found := map[string]bool{".": true}
	for _, part := range strings.Split(pattern, "/") {
		next := map[string]bool{}
		for d := range found {
			switch {
			case part == "**":
				if err := r.below(d, next); err != nil {
					return err
				}
			case !strings.ContainsAny(part, "*?["):
				next[path.Join(d, part)] = true
			default:
				names, err := r.visible(d)
				if err != nil {
					return err
				}
				for _, name := range names {
					if ok, _ := path.Match(part, name); ok {
						next[path.Join(d, name)] = true
					}
				}
			}
		}
		if len(next) > maxMembers {
			return source.Errorf(source.Pos{File: r.p.File}, "the pattern %q names more than %d folders", pattern, maxMembers)
		}
		found = next
	}
	maps.Copy(dirs, found)
	return nil
}

// below adds a folder and all folders in it, at any depth, until there is one
// more than the maximum.
func (r *reader) below(dir string, found map[string]bool) error {
	if found[dir] || len(found) > maxMembers {
		return nil
	}
	found[dir] = true
	names, err := r.visible(dir)
	for _, name := range names {
		if err == nil && name != "node_modules" && name != "__pycache__" {
			err = r.below(path.Join(dir, name), found)
		}
	}
	return err
}

// visible returns the folders in a folder that are not hidden; none if the
// folder does not exist.
func (r *reader) visible(dir string) ([]string, error) {
	names, err := r.files.folders(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking for members of the workspace in %s: %w", dir, err)
	}
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return strings.HasPrefix(name, ".") }), nil
}

// matchFolder reports whether a pattern matches a folder, or one above it.
func matchFolder(pattern, dir []string) bool {
	switch {
	case len(pattern) == 0:
		return true
	case pattern[0] == "**":
		return matchFolder(pattern[1:], dir) || len(dir) > 0 && matchFolder(pattern, dir[1:])
	case len(dir) == 0:
		return false
	}
	ok, _ := path.Match(pattern[0], dir[0])
	return ok && matchFolder(pattern[1:], dir[1:])
}

// workspaceAbove finds the workspace of which the project is a member, in the
// folders above the project. It adds the sources and indexes of the workspace
// to the project.
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
		// uv reads these settings only from the workspace's root. A member's own are
		// refused as well, because the member's author expects them to have an effect.
		p.ResolverSettings = append(p.ResolverSettings, above.p.ResolverSettings...)
		p.Prereleases = p.Prereleases || above.p.Prereleases
		p.UVLocking = above.p.UVLocking
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

// onlyMember is the pyproject.toml of the only project of a workspace whose root
// has none, or of the only one that no other one needs; else nil. Such a root asks
// for no packages, so that its users install the project.
func (r *reader) onlyMember(root *toml.Node) *source.File {
	table := root.Get("tool", "uv", "workspace")
	if table == nil || root.Get("tool", "poetry") != nil || !onlyRoot(root) {
		return nil
	}
	look := &reader{files: r.files, p: &Project{File: r.p.File, Dir: r.p.Dir, files: r.files}}
	look.workspace(table, r.p.Dir)
	w := look.p.Workspace
	if look.err() != nil || w == nil {
		return nil
	}
	members := slices.DeleteFunc(slices.Clone(w.Members), func(m Member) bool { return m.Dir == r.p.Dir })
	files := map[string]*source.File{}
	needed := map[string]bool{}
	for _, m := range members {
		file, err := r.files.file(path.Join(m.Dir, "pyproject.toml"))
		if err != nil || file == nil {
			return nil
		}
		files[m.Dir] = file
		parsed, err := toml.Parse(file)
		if err != nil {
			return nil
		}
		if sources := parsed.Get("tool", "uv", "sources"); sources != nil {
			for _, name := range sources.Keys() {
				if own := sources.Get(name, "workspace"); own != nil && own.Bool {
					needed[pep503.Normalize(name)] = true
				}
			}
		}
	}
	if len(members) > 1 {
		members = slices.DeleteFunc(members, func(m Member) bool { return needed[m.Name] })
	}
	if len(members) != 1 {
		return nil
	}
	return files[members[0].Dir]
}

// onlyRoot reports whether a pyproject.toml is that of the root of a workspace and
// of no project: it has no [project], or one that is not packaged and that neither
// needs nor starts anything.
func onlyRoot(root *toml.Node) bool {
	own := root.Get("project")
	if own == nil {
		return true
	}
	packaged := root.Get("tool", "uv", "package")
	if packaged == nil || packaged.Kind != toml.Bool || packaged.Bool || root.Get("build-system") != nil {
		return false
	}
	if own.Get("scripts") != nil || own.Get("optional-dependencies") != nil || own.Get("dynamic") != nil {
		return false
	}
	needs := own.Get("dependencies")
	return needs == nil || needs.Kind == toml.Array && len(needs.Items) == 0
}

func (w *Workspace) members() []Member {
	if w == nil {
		return nil
	}
	return w.Members
}
