package lock

import (
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// pdmData is what only pdm.lock has.
type pdmData struct {
	contentHash    string
	contentHashPos source.Pos
	// inherit says that every package tells its groups and its marker;
	// otherwise the graph must be walked.
	inherit bool
	// listsGroups says that the metadata name the groups that are locked.
	listsGroups bool
	// inputs says that the lock holds lock_inputs instead of a hash.
	inputs  bool
	targets []pdmTarget
	byName  map[string][]*Package
}

// pdmTarget is an environment the lock was made for.
type pdmTarget struct {
	requiresPython pep440.SpecifierSet
	platform       string
	implementation string
	pos            source.Pos
}

type pdmPackage struct {
	dependencies []pdmEdge
}

type pdmEdge struct {
	pep508.Requirement
	pos source.Pos
}

// readPDM reads pdm.lock in the formats 4.x; PDM itself reads no older ones.
func readPDM(file *source.File, root *toml.Node) (*Lock, error) {
	f := &fields{}
	d := &pdmData{byName: map[string][]*Package{}}
	l := &Lock{Format: PDM, File: file, Tool: "PDM", pdm: d}
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
		l.Packages = append(l.Packages, p)
		d.byName[p.Name] = append(d.byName[p.Name], p)
	}
	if f.err != nil {
		return nil, f.err
	}
	l.Extras, l.Groups = sortedUnique(l.Extras), sortedUnique(l.Groups)
	return l, nil
}

func (f *fields) pdmPackage(n *toml.Node) *Package {
	p := &Package{Pos: n.Pos(), pdm: &pdmPackage{}}
	p.Name = f.name(n, "name")
	p.Version, p.Parsed = f.version(n, "version")
	p.Extras = sortedUnique(f.normalized(n, "extras"))
	p.RequiresPython = f.specifiers(n, "requires_python")
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
		if isArchiveName(where) {
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
			if strings.HasPrefix(t.Str, "-e ") || strings.HasPrefix(t.Str, "file:") {
				continue // an editable sibling, which has an entry of its own
			}
			f.errorf(t.Pos(), "%w", err)
			break
		}
		p.pdm.dependencies = append(p.pdm.dependencies, pdmEdge{r, t.Pos()})
	}
	return p
}

func isArchiveName(name string) bool {
	for _, suffix := range []string{".whl", ".zip", ".tar.gz", ".tar.bz2", ".tar.xz", ".tgz"} {
		if strings.HasSuffix(name, suffix) {
			return true
		}
	}
	return false
}

func (s *selector) pdm() error {
	if err := s.pdmTarget(); err != nil {
		return err
	}
	if s.lock.pdm.inherit {
		s.sel.Groups = sortedUnique(append(slices.Clone(s.sel.Groups), s.sel.Extras...))
		return s.pdmFlat()
	}
	if s.sel.Project == nil {
		return source.Errorf(source.Pos{File: s.lock.File}, "this pdm.lock does not tell which package is for what").
			WithHint("lock again with the strategy inherit_metadata: pdm lock -S inherit_metadata")
	}
	return s.pdmWalk()
}

// pdmTarget makes sure that the lock was made for this environment.
func (s *selector) pdmTarget() error {
	targets := s.lock.pdm.targets
	for _, t := range targets {
		if s.python.fits(t.requiresPython) && pdmPlatform(t.platform, s.env) &&
			(t.implementation == "" || strings.EqualFold(t.implementation, s.env.ImplementationName)) {
			return nil
		}
	}
	if len(targets) == 0 {
		return nil
	}
	return source.Errorf(targets[0].pos, "the lock was not made for Python %s on %s %s", s.python, s.env.SysPlatform, s.env.PlatformMachine).
		WithHint("add it to the lock: pdm lock --append --platform=linux --python=%d.%d", s.python.major, s.python.minor)
}

// pdmPlatform reports whether a target's platform ("linux",
// "manylinux_2_17_x86_64", "macos_arm64") is the environment's; the version of
// the libc is left to the choice of the wheel.
func pdmPlatform(platform string, env pep508.Environment) bool {
	if platform == "" {
		return true
	}
	if env.SysPlatform != "linux" {
		return strings.HasPrefix(platform, map[string]string{"darwin": "macos", "win32": "windows"}[env.SysPlatform])
	}
	switch platform {
	case "linux", "alpine":
		return env.PlatformMachine == "x86_64"
	}
	linux := strings.HasPrefix(platform, "manylinux") || strings.HasPrefix(platform, "musllinux") || strings.HasPrefix(platform, "linux")
	return linux && strings.HasSuffix(platform, "_"+env.PlatformMachine)
}

func (s *selector) pdmFlat() error {
	for _, p := range s.lock.Packages {
		if !s.wantsGroup(p.groups) {
			continue
		}
		ok, err := s.holds(p.Marker, p.Pos, pep508.Active{})
		if err != nil {
			return err
		}
		if ok {
			s.pdmTake(p, nil)
		}
	}
	return nil
}

// pdmTake takes an entry; entries of one release that stand for different
// extras become one.
func (s *selector) pdmTake(p *Package, extras []string) {
	extras = append(slices.Clone(extras), p.Extras...)
	for q := range s.chosen {
		if q.Name == p.Name && q.Version == p.Version && q.Source == p.Source {
			if len(q.Extras) > 0 && len(p.Extras) == 0 {
				// The entry without extras stands for the release.
				c := s.chosen[q]
				delete(s.chosen, q)
				s.take(p, append(c.Extras, extras...)...)
				return
			}
			s.take(q, extras...)
			return
		}
	}
	s.take(p, extras...)
}

// pdmWalk follows the graph from what the project asks for.
func (s *selector) pdmWalk() error {
	seen := map[*Package]bool{}
	var queue []pdmEdge
	for _, r := range s.sel.Project.wanted(s.sel) {
		queue = append(queue, pdmEdge{r.Requirement, r.Pos})
	}
	root := pep503.Normalize(s.sel.Project.Name)
	for len(queue) > 0 {
		e := queue[0]
		queue = queue[1:]
		name := e.NormalizedName()
		ok, err := s.holds(e.Marker, e.pos, pep508.Active{})
		if err != nil {
			return err
		}
		if !ok || name == root {
			continue
		}
		found := false
		for _, p := range s.lock.pdm.byName[name] {
			wants := len(p.Extras) == 0 || slices.Equal(p.Extras, e.NormalizedExtras())
			if !wants || e.URL == "" && p.Source.Kind == FromIndex && !e.Specifier.Contains(p.Parsed, pep440.PrereleasesAllowed) {
				continue
			}
			if ok, err := s.holds(p.Marker, p.Pos, pep508.Active{}); err != nil {
				return err
			} else if !ok {
				continue
			}
			found = true
			s.pdmTake(p, nil)
			if !seen[p] {
				seen[p] = true
				queue = append(queue, p.pdm.dependencies...)
			}
		}
		if !found {
			return source.Errorf(e.pos, "the lock has no %s that fits %q for this environment", name, e.Specifier).WithHint("run: pdm lock")
		}
	}
	return nil
}
