package lock

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep440"
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
	// revision is the format's revision; 0 if there is none.
	revision int64
	// overrides, constraints, buildConstraints and options are settings of the
	// resolver, manifest the table with those that are only compared, and
	// required the environments that must have wheels.
	overrides, constraints, buildConstraints []uvRequirement
	options, manifest                        *toml.Node
	required                                 []*pep508.Marker
}

type uvConflict struct {
	pkg, extra, group string
	pos               source.Pos
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
	// listsExtras is true if extras has all extras.
	listsExtras bool
	dev         map[string][]uvRequirement
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
	// place is where it comes from, if placed is true.
	place  Place
	placed bool
	pos    source.Pos
}

// uvFormat is uv.lock.
type uvFormat struct{ plain }

func (uvFormat) choose(s *selector) error { return s.uv() }
func (uvFormat) compare(c *checker) error { return c.uv() }

func (uvFormat) refresh(l *Lock) string {
	if isScriptLock(l) {
		return "uv lock --script " + strings.TrimSuffix(path.Base(l.File.Name), ".lock")
	}
	return "uv lock"
}

// isScriptLock reports whether a lock is that of a script.
func isScriptLock(l *Lock) bool { return strings.HasSuffix(l.File.Name, ".py.lock") }

// listsNames is true for groups. Before revision 1 a lock names no extra that
// has no dependencies, and a lock without metadata neither such an extra nor
// such a group.
func (uvFormat) listsNames(l *Lock) (extras, groups bool) {
	for _, m := range l.Members {
		for _, p := range uvLock(l).byName[m] {
			switch u := uvOf(p); {
			case u.metadata == nil && p.Source.Kind == FromDirectory:
				return false, false
			case u.metadata != nil && !u.metadata.listsExtras:
				return false, true
			}
		}
	}
	return true, true
}

// uvLock gives what only uv.lock has.
func uvLock(l *Lock) *uvData { return own[uvData](l.own) }

// uvOf gives what only a package of uv.lock has.
func uvOf(p *Package) *uvPackage { return own[uvPackage](p.own) }

func (u *uvPackage) needs(extras []string) []string {
	var names []string
	for _, e := range u.dependencies {
		names = append(names, e.name)
	}
	for _, extra := range extras {
		for _, e := range u.optional[extra] {
			names = append(names, e.name)
		}
	}
	return names
}

// read reads uv.lock, format version 1 in any revision; revisions only add
// keys that old readers may leave out.
func (uvFormat) read(file *source.File, _ Options) (*Lock, error) {
	root, err := toml.Parse(file)
	if err != nil {
		return nil, err
	}
	f, d := &fields{}, &uvData{byName: map[string][]*Package{}}
	l := &Lock{Format: UV, File: file, Tool: "uv", own: d}
	f.require(root, "version")
	version := f.size(root, "version")
	if f.err != nil {
		return nil, f.err
	}
	l.Version = fmt.Sprint(version)
	if d.revision = f.size(root, "revision"); d.revision > 0 {
		l.Version += fmt.Sprintf(" revision %d", d.revision)
	}
	if version != 1 {
		return nil, source.Errorf(root.Get("version").Pos(), "format version %d of uv.lock is not supported", version).
			WithHint("Moult reads version 1; a newer Moult may read this one")
	}
	f.uvHead(root, l)
	key := "package"
	if root.Get(key) == nil && root.Get("distribution") != nil {
		key = "distribution" // uv before 0.3
	}
	for _, n := range f.list(root, key, toml.Table) {
		p := f.uvPackage(n)
		l.Packages = append(l.Packages, p)
		d.byName[p.Name] = append(d.byName[p.Name], p)
	}
	if f.err != nil {
		return nil, f.err
	}
	f.uvGraph(l)
	l.uvNames()
	if f.err != nil {
		return nil, f.err
	}
	return l, nil
}

// uvHead reads what stands before the packages.
func (f *fields) uvHead(root *toml.Node, l *Lock) {
	d := uvLock(l)
	l.RequiresPython = f.specifiers(root, "requires-python")
	l.RequiresPythonPos = root.Get("requires-python").Pos()
	for _, n := range f.list(root, "supported-markers", toml.String) {
		l.Environments = append(l.Environments, Condition{Marker: f.parseMarker(n.Str, n.Pos()), Pos: n.Pos()})
	}
	for _, n := range f.list(root, "required-markers", toml.String) {
		d.required = append(d.required, f.parseMarker(n.Str, n.Pos()))
	}
	if conflicts := root.Get("conflicts"); f.kind(conflicts, toml.Array) {
		for _, set := range conflicts.Items {
			if f.kind(set, toml.Array) {
				d.conflicts = append(d.conflicts, f.uvConflicts(set))
			}
		}
	}
	d.options = f.table(root, "options")
	if manifest := f.table(root, "manifest"); manifest != nil {
		l.Members = f.normalized(manifest, "members")
		d.requirements = f.uvRequirements(manifest, "requirements")
		d.groups = f.uvRequirementSets(manifest, "dependency-groups")
		d.overrides = f.uvRequirements(manifest, "overrides")
		d.constraints = f.uvRequirements(manifest, "constraints")
		d.buildConstraints = f.uvRequirements(manifest, "build-constraints")
		d.manifest = manifest
	}
}

// uvGraph gives every edge the package it leads to.
func (f *fields) uvGraph(l *Lock) {
	d := uvLock(l)
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
		u := uvOf(p)
		d.link(f, u.dependencies)
		for _, sets := range []map[string][]uvEdge{u.optional, u.dev} {
			for _, name := range slices.Sorted(maps.Keys(sets)) {
				d.link(f, sets[name])
			}
		}
	}
}

// uvNames finds the members, and the names of extras and groups that they have.
func (l *Lock) uvNames() {
	d := uvLock(l)
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
		for _, p := range d.byName[m] {
			u := uvOf(p)
			l.Extras = slices.AppendSeq(l.Extras, maps.Keys(u.optional))
			l.Groups = slices.AppendSeq(l.Groups, maps.Keys(u.dev))
			if u.metadata != nil {
				l.Extras = append(l.Extras, u.metadata.extras...)
				l.Groups = slices.AppendSeq(l.Groups, maps.Keys(u.metadata.dev))
			}
		}
	}
	l.Groups = slices.AppendSeq(l.Groups, maps.Keys(d.groups))
	l.Extras, l.Groups = sortedUnique(l.Extras), sortedUnique(l.Groups)
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

func sameSource(a, b Source) bool {
	a.Subdirectory, b.Subdirectory = strings.TrimSuffix(a.Subdirectory, "/"), strings.TrimSuffix(b.Subdirectory, "/")
	return a == b
}
