package plan

import (
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/lock"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
)

// WithPaths gives the packages of a lock their folders of the context that
// [tool.moult.package.NAME] path names. Only hashed requirement files get them,
// because they cannot have folders. Another lock says itself where its packages
// come from; there the key is an error unless the lock says the same.
func WithPaths(p *project.Project, l *lock.Lock, chosen []lock.Chosen) ([]lock.Chosen, error) {
	dir := path.Dir(l.File.Name)
	for _, set := range p.Settings.Packages {
		if set.Path == "" {
			continue
		}
		at := slices.IndexFunc(chosen, func(c lock.Chosen) bool { return c.Name == set.Name })
		if at >= 0 {
			if from := chosen[at].Source; from.Kind == lock.FromFile || from.Kind == lock.FromDirectory {
				if path.Join(dir, from.Path) != set.Path {
					return nil, source.Errorf(set.Pos, "path: %s has %s from %s", l.File.Name, set.Name, path.Join(dir, from.Path)).
						WithHint("leave path out, or lock again with this one")
				}
				continue
			}
		}
		if l.Format != lock.Requirements {
			if at < 0 && slices.ContainsFunc(l.Packages, func(q *lock.Package) bool { return q.Name == set.Name }) {
				continue // for another environment, extra or group
			}
			return nil, source.Errorf(set.Pos, "path: %s says where %s comes from, and not from here", l.File.Name, set.Name).
				WithHint("leave path out; a folder belongs to what %s is made from, as with a path in [tool.uv.sources]", path.Base(l.File.Name))
		}
		if lock.IsArchive(set.Path) {
			return nil, source.Errorf(set.Pos, "path: beside a lock it is a folder, and %s is a file", set.Path).
				WithHint("write the file with its hash into %s", l.File.Name)
		}
		rel, err := filepath.Rel(dir, set.Path)
		if err != nil {
			return nil, source.Errorf(set.Pos, "path: %w", err)
		}
		tree := lock.Chosen{Package: &lock.Package{Name: set.Name, Pos: set.Pos, Source: lock.Source{Kind: lock.FromDirectory, Path: filepath.ToSlash(rel)}}}
		chosen = slices.Clone(chosen)
		if at >= 0 {
			tree.Version, tree.Extras = chosen[at].Version, chosen[at].Extras
			chosen[at] = tree
			continue
		}
		chosen = append(chosen, tree)
		slices.SortFunc(chosen, func(a, b lock.Chosen) int { return strings.Compare(a.Name, b.Name) })
	}
	return chosen, nil
}
