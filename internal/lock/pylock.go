package lock

import (
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/artifact"
	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/pypkg/tags"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/source/regex"
	"github.com/moult-build/moult/internal/toml"
)

// pylockFormat is pylock.toml.
type pylockFormat struct{ plain }

// refresh returns the command of the tool that wrote the file, if the file
// names it.
func (pylockFormat) refresh(l *Lock) string {
	switch {
	case l.Tool == createdBy:
		return "docker buildx build --call lock --no-cache-filter wheels -f BUILDFILE . > " + l.File.Name
	case strings.Contains(l.Tool, "uv"):
		return "uv export --format pylock.toml -o " + l.File.Name
	case strings.Contains(l.Tool, "pdm"):
		return "pdm lock"
	}
	return "pip lock -o " + l.File.Name + " ."
}

// choose selects packages as PEP 751 says, including the default groups.
func (pylockFormat) choose(s *selector) error {
	groups := append(slices.Clone(s.sel.Groups), s.lock.DefaultGroups...)
	active := pep508.Active{Context: pep508.InLockFile, Extras: s.sel.Extras, Groups: groups}
	for _, p := range s.lock.Packages {
		ok, err := s.holds(p.Marker, p.Pos, active)
		if err != nil {
			return err
		}
		if ok {
			s.take(p)
		}
	}
	return nil
}

// read reads pylock.toml (PEP 751, today the "pylock.toml" specification),
// format version 1.
func (pylockFormat) read(file *source.File, _ Options) (*Lock, error) {
	root, err := toml.Parse(file)
	if err != nil {
		return nil, err
	}
	f := &fields{}
	l := &Lock{Format: Pylock, File: file}
	if len(root.Items) == 0 {
		return nil, source.Errorf(source.Pos{File: file, Line: 1, Col: 1}, "the lock is empty").
			WithHint("remove it, or make it again: a shell empties the file before the command that writes it starts")
	}
	f.require(root, "lock-version")
	var version pep440.Version
	l.Version, version = f.version(root, "lock-version")
	if f.err != nil {
		return nil, f.err
	}
	if version.Release(0) != 1 {
		return nil, source.Errorf(root.Get("lock-version").Pos(), "format version %s of pylock.toml is not supported", l.Version).
			WithHint("Moult reads version 1; write the file again with a tool that writes it")
	}
	f.require(root, "created-by")
	l.Tool = f.text(root, "created-by")
	for _, n := range f.list(root, "environments", toml.String) {
		l.Environments = append(l.Environments, Condition{Marker: f.parseMarker(n.Str, n.Pos()), Pos: n.Pos()})
	}
	l.RequiresPython = f.specifiers(root, "requires-python")
	l.RequiresPythonPos = root.Get("requires-python").Pos()
	for _, n := range f.list(root, "extras", toml.String) {
		if !pep503.IsNormalized(n.Str) {
			f.errorf(n.Pos(), "%q is not a normalized name", n.Str)
		}
		l.Extras = append(l.Extras, n.Str)
	}
	l.Groups = f.texts(root, "dependency-groups")
	l.DefaultGroups = f.texts(root, "default-groups")
	f.require(root, "packages")
	f.table(root, "tool")
	for _, n := range f.list(root, "packages", toml.Table) {
		l.Packages = append(l.Packages, f.pylockPackage(n))
	}
	if f.err != nil {
		return nil, f.err
	}
	return l, nil
}

func (f *fields) pylockPackage(n *toml.Node) *Package {
	p := &Package{Pos: n.Pos()}
	p.Name = f.name(n, "name")
	if name := n.Get("name").Text(); f.err == nil && name != p.Name {
		f.errorf(n.Get("name").Pos(), "the name %q is not normalized, it must be %q", name, p.Name)
	}
	p.Version, p.Parsed = f.version(n, "version")
	p.Marker = f.marker(n, "marker")
	p.RequiresPython = f.specifiers(n, "requires-python")
	f.list(n, "dependencies", toml.Table) // told, never used for installing
	p.Source = Source{Kind: FromIndex, Index: f.text(n, "index")}
	for _, identity := range f.list(n, "attestation-identities", toml.Table) {
		f.require(identity, "kind")
		f.text(identity, "kind")
	}
	f.table(n, "tool")
	direct, files := 0, 0
	if t := f.table(n, "vcs"); t != nil {
		direct++
		f.require(t, "type")
		f.require(t, "commit-id")
		p.Source = Source{Kind: FromGit, VCS: f.text(t, "type"), URL: f.text(t, "url"), Path: cleanPath(f.text(t, "path")),
			Requested: f.text(t, "requested-revision"), Commit: f.text(t, "commit-id"), Subdirectory: cleanPath(f.text(t, "subdirectory"))}
		if p.Source.URL == "" && p.Source.Path == "" {
			f.errorf(t.Pos(), "%s has neither url nor path", t.Path())
		}
	}
	if t := f.table(n, "directory"); t != nil {
		direct++
		f.require(t, "path")
		p.Source = Source{Kind: FromDirectory, Path: cleanPath(f.text(t, "path")), Editable: f.bool(t, "editable"), Subdirectory: cleanPath(f.text(t, "subdirectory"))}
	}
	if t := f.table(n, "archive"); t != nil {
		direct++
		a := f.pylockFile(t, false)
		p.Source = Source{Kind: FromURL, URL: a.URL, Path: a.Path, Subdirectory: cleanPath(f.text(t, "subdirectory"))}
		if a.URL == "" {
			p.Source.Kind = FromFile
		}
		p.addArtifact(a)
	}
	if t := f.table(n, "sdist"); t != nil {
		files++
		a := f.pylockFile(t, true)
		name, version, err := tags.ParseSdistFilename(a.Filename)
		f.pylockNames(p, t, a.Filename, name, version, err)
		p.Sdist = &a
	}
	for _, t := range f.list(n, "wheels", toml.Table) {
		files++
		a := f.pylockFile(t, true)
		if isVariant(a.Filename) {
			continue
		}
		w, err := tags.ParseWheelFilename(a.Filename)
		f.pylockNames(p, t, a.Filename, w.Name, w.Version, err)
		p.Wheels = append(p.Wheels, a)
	}
	switch {
	case direct > 0 && files > 0:
		f.errorf(p.Pos, "%s: vcs, directory and archive do not go together with sdist and wheels", p.Name)
	case direct > 1:
		f.errorf(p.Pos, "%s: only one of vcs, directory and archive may be set", p.Name)
	case direct+files == 0:
		f.errorf(p.Pos, "%s has no source: none of vcs, directory, archive, sdist and wheels is set", p.Name)
	}
	return p
}

// pylockFile reads the keys that archive, sdist and wheels have in common.
func (f *fields) pylockFile(t *toml.Node, named bool) Artifact {
	a := Artifact{Pos: t.Pos(), URL: f.text(t, "url"), Path: f.text(t, "path"), Size: f.size(t, "size")}
	if v := t.Get("upload-time"); v != nil {
		f.kind(v, toml.Datetime)
	}
	if a.URL == "" && a.Path == "" {
		f.errorf(t.Pos(), "%s has neither url nor path", t.Path())
	}
	if named {
		a.Filename = f.text(t, "name")
	}
	if a.Filename == "" && a.Path != "" {
		a.Filename = a.Path[strings.LastIndexAny(a.Path, separatorsOf(a.Path))+1:]
	}
	if a.Filename == "" {
		a.Filename = artifact.URLFilename(a.URL)
	}
	a.Path = cleanPath(a.Path)
	f.require(t, "hashes")
	if hashes := f.table(t, "hashes"); hashes != nil {
		a.Hashes = map[string]string{}
		for _, h := range hashes.Items {
			if !f.kind(h, toml.String) {
				continue
			}
			// An unknown algorithm is not an error if there is another one.
			if !artifact.IsAlgorithm(h.Key) {
				continue
			}
			digest, err := artifact.CheckDigest(h.Key, h.Str)
			if err != nil {
				f.errorf(h.Pos(), "%w", err)
				continue
			}
			a.Hashes[h.Key] = digest
		}
		if len(hashes.Items) == 0 {
			f.errorf(hashes.Pos(), "%s must hold at least one hash", hashes.Path())
		} else if len(a.Hashes) == 0 {
			f.errorf(hashes.Pos(), "%s has no hash of a known algorithm", hashes.Path())
		}
	}
	if f.err == nil {
		if err := artifact.CheckFilename(a.Filename); err != nil {
			f.errorf(t.Pos(), "%w", err)
		}
		if a.URL != "" {
			if err := checkURL(a.URL); err != nil {
				f.errorf(t.Get("url").Pos(), "%w", err)
			}
		}
	}
	return a
}

func separatorsOf(p string) string {
	if strings.Contains(p, "/") {
		return "/"
	}
	return `\`
}

// isVariant reports whether a wheel is one of several for different hardware,
// whose names have one more part (PEP 817). Only special tools install it.
func isVariant(filename string) bool {
	parts := strings.Split(strings.TrimSuffix(filename, ".whl"), "-")
	// Before the tags there may be a build number, which starts with a digit.
	plain := 5
	if len(parts) > 2 && parts[2] != "" && parts[2][0] >= '0' && parts[2][0] <= '9' {
		plain++
	}
	return strings.HasSuffix(filename, ".whl") && len(parts) == plain+1
}

// pylockNames compares a file's name with its package's.
func (f *fields) pylockNames(p *Package, t *toml.Node, filename, name string, version pep440.Version, err error) {
	switch {
	case f.err != nil:
	case err != nil:
		f.errorf(t.Pos(), "%w", err)
	case name != p.Name:
		f.errorf(t.Pos(), "%q is not a file of %s", filename, p.Name)
	case p.Version != "" && !version.Equal(p.Parsed):
		f.errorf(t.Pos(), "%q is not a file of version %s", filename, p.Version)
	}
}

// pylockName matches the file names of this format.
var pylockName = regex.New(`^pylock\.([^.]+\.)?toml$`)
