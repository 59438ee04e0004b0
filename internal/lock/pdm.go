package lock

import (
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/source/regex"
	"github.com/moult-build/moult/internal/toml"
)

// pdmData is what only pdm.lock has.
type pdmData struct {
	contentHash    string
	contentHashPos source.Pos
	// inherit is true if every package has its groups and its marker; otherwise
	// the graph must be walked.
	inherit bool
	// listsGroups is true if the metadata name the locked groups.
	listsGroups bool
	// inputs says that the lock holds lock_inputs instead of a hash.
	inputs  bool
	targets []pdmTarget
	byName  map[string][]*Package
}

type pdmPackage struct {
	dependencies []pdmEdge
}

type pdmEdge struct {
	pep508.Requirement
	pos source.Pos
}

// pdmFormat is pdm.lock.
type pdmFormat struct{ plain }

func (pdmFormat) refresh(*Lock) string     { return "pdm lock" }
func (pdmFormat) choose(s *selector) error { return s.pdm() }
func (pdmFormat) compare(c *checker) error { return c.pdm() }

func (pdmFormat) listsNames(l *Lock) (extras, groups bool) {
	lists := pdmLock(l).listsGroups
	return lists, lists
}

// pdmLock gives what only pdm.lock has.
func pdmLock(l *Lock) *pdmData { return own[pdmData](l.own) }

// has reports whether there is the same entry already. PDM 2.7 writes an entry
// twice where an extra is required that the release does not have.
func (d *pdmData) has(p *Package) bool {
	return slices.ContainsFunc(d.byName[p.Name], func(q *Package) bool {
		return q.Version == p.Version && q.Source == p.Source && q.Marker == nil && p.Marker == nil && slices.Equal(q.Extras, p.Extras)
	})
}

// pdmOf gives what only a package of pdm.lock has.
func pdmOf(p *Package) *pdmPackage { return own[pdmPackage](p.own) }

func (u *pdmPackage) needs([]string) []string {
	var names []string
	for _, e := range u.dependencies {
		names = append(names, e.Name)
	}
	return names
}

// read reads pdm.lock in the formats 4.x; PDM itself reads no older ones.
func (pdmFormat) read(file *source.File, _ Options) (*Lock, error) {
	root, err := toml.Parse(file)
	if err != nil {
		return nil, err
	}
	f := &fields{}
	d := &pdmData{byName: map[string][]*Package{}}
	l := &Lock{Format: PDM, File: file, Tool: "PDM", own: d}
	const relock = "run: pdm lock"
	meta := f.table(root, "metadata")
	if f.err != nil {
		return nil, f.err
	}
	if meta == nil {
		return nil, source.Errorf(root.Pos(), "the lock has no [metadata]").WithHint(relock)
	}
	if meta.Get("lock_version") == nil {
		return nil, source.Errorf(meta.Pos(), "the lock has no lock_version: its format is too old").WithHint(relock)
	}
	var version pep440.Version
	l.Version, version = f.version(meta, "lock_version")
	if f.err != nil {
		return nil, f.err
	}
	if version.Release(0) != 4 {
		return nil, source.Errorf(meta.Get("lock_version").Pos(), "format version %s of pdm.lock is not supported, Moult reads version 4", l.Version).
			WithHint(relock)
	}
	strategy := f.texts(meta, "strategy")
	d.inherit = slices.Contains(strategy, "inherit_metadata")
	d.contentHash = f.text(meta, "content_hash")
	d.contentHashPos = meta.Get("content_hash").Pos()
	d.inputs = meta.Get("lock_inputs") != nil
	if groups := meta.Get("groups"); groups != nil {
		d.listsGroups = true
		for _, g := range f.normalized(meta, "groups") {
			if g != "default" {
				l.Groups = append(l.Groups, g)
			}
		}
		// PDM keeps extras and groups in one list.
		l.Extras = slices.Clone(l.Groups)
	}
	for _, t := range f.list(meta, "targets", toml.Table) {
		d.targets = append(d.targets, pdmTarget{pos: t.Pos(), requiresPython: f.specifiers(t, "requires_python"),
			platform: f.text(t, "platform"), implementation: f.text(t, "implementation")})
	}
	files := f.table(meta, "files")
	for _, n := range f.list(root, "package", toml.Table) {
		p := f.pdmPackage(n)
		if files != nil && n.Get("files") == nil { // formats before 4.3
			for _, t := range f.list(files, n.Get("name").Text()+" "+p.Version, toml.Table) {
				f.poetryFile(t, p)
			}
		}
		if !d.has(p) {
			l.Packages = append(l.Packages, p)
			d.byName[p.Name] = append(d.byName[p.Name], p)
		}
	}
	if f.err != nil {
		return nil, f.err
	}
	l.Extras, l.Groups = sortedUnique(l.Extras), sortedUnique(l.Groups)
	return l, nil
}

func (f *fields) pdmPackage(n *toml.Node) *Package {
	u := &pdmPackage{}
	p := &Package{Pos: n.Pos(), own: u}
	p.Name = f.name(n, "name")
	p.Version, p.Parsed = f.version(n, "version")
	p.Extras = sortedUnique(f.normalized(n, "extras"))
	// PDM installs the package also for a Python that its requires_python excludes:
	// some files on the index do not say for which Python they are, only their
	// metadata does, which PDM reads later. So it is not read here either; of old
	// packages it is no specifier today (">=3.6.*").
	f.text(n, "requires_python")
	p.Marker = f.marker(n, "marker")
	if n.Get("groups") != nil {
		p.groups = []string{}
		for _, g := range f.normalized(n, "groups") {
			if g == "default" {
				g = mainGroup
			}
			p.groups = append(p.groups, g)
		}
	}
	p.Source = Source{Kind: FromIndex}
	subdirectory := cleanPath(f.text(n, "subdirectory"))
	editable := f.bool(n, "editable")
	switch {
	case n.Get("git") != nil:
		p.Source = Source{Kind: FromGit, VCS: "git", URL: f.text(n, "git"), Commit: f.text(n, "revision"), Requested: f.text(n, "ref"), Subdirectory: subdirectory}
		if p.Source.Commit == "" {
			f.errorf(p.Pos, "%s has no locked revision", p.Name)
		}
	case n.Get("hg") != nil || n.Get("svn") != nil || n.Get("bzr") != nil:
		for _, vcs := range []string{"hg", "svn", "bzr"} {
			if n.Get(vcs) != nil {
				p.Source = Source{Kind: FromGit, VCS: vcs, URL: f.text(n, vcs), Commit: f.text(n, "revision")}
			}
		}
	case n.Get("path") != nil:
		where := f.text(n, "path")
		if err := checkPath(where); err != nil {
			f.errorf(p.Pos, "%w", err)
		}
		p.Source = Source{Kind: FromDirectory, Path: cleanPath(where), Editable: editable, Subdirectory: subdirectory}
		if IsArchive(where) {
			p.Source.Kind = FromFile
		}
	case n.Get("url") != nil:
		address := f.text(n, "url")
		if local := filePath(address); local != "" {
			p.Source = Source{Kind: FromFile, Path: local}
			break
		}
		if err := checkURL(address); err != nil {
			f.errorf(p.Pos, "%w", err)
		}
		p.Source = Source{Kind: FromURL, URL: address, Subdirectory: subdirectory}
	}
	for _, t := range f.list(n, "files", toml.Table) {
		f.poetryFile(t, p)
	}
	f.soleFile(p)
	for _, t := range f.list(n, "dependencies", toml.String) {
		r, err := pep508.ParseRequirement(t.Str)
		if err != nil {
			if again, legacyErr := pep508.ParseRequirement(withoutLegacy(t.Str)); legacyErr == nil {
				r, err = again, nil
			}
		}
		if err != nil {
			if strings.HasPrefix(t.Str, "-e ") || strings.HasPrefix(t.Str, "file:") {
				continue // an editable sibling, which has an entry of its own
			}
			f.errorf(t.Pos(), "%w", err)
			break
		}
		u.dependencies = append(u.dependencies, pdmEdge{r, t.Pos()})
	}
	return p
}

// legacy is an operator of order and its version, in a requirement.
var legacy = regex.New(`(<=|>=|<|>)\s*([^,;\s)]*)`)

// withoutLegacy writes a requirement of an old package's metadata as PDM reads it:
// order has no ".*" and no local version today, so that ">=4.*" is ">=4.0".
func withoutLegacy(requirement string) string {
	return legacy.ReplaceAllStringFunc(requirement, func(one string) string {
		m := legacy.FindStringSubmatch(one)
		operator, version := m[1], m[2]
		if strings.Contains(version, ".*") {
			version = strings.ReplaceAll(version, ".*", ".0")
			operator = map[string]string{"<": "<", "<=": "<", ">": ">=", ">=": ">="}[operator]
		} else {
			version, _, _ = strings.Cut(version, "+")
		}
		return operator + version
	})
}
