package plan

import (
	"encoding/json"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/lock"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/tags"
	"github.com/moult-build/moult/internal/source"
)

// choose decides for each package of a lock which file is installed or which
// tree is built.
func (l Locked) choose(in Input) ([]Package, []Source, error) {
	var packages []Package
	var sources []Source
	supported := in.Environment.Tags()
	for _, c := range l.Chosen {
		if c.Source.Virtual || isProject(in.Project, c) {
			continue
		}
		pkg, src, err := l.one(in.Project, c, supported)
		if err != nil {
			return nil, nil, err
		}
		packages = append(packages, pkg)
		if src != nil {
			sources = append(sources, *src)
		}
	}
	return packages, sources, environmentPackages(in.Project, l.Chosen, sources)
}

// isProject reports whether an entry is the project itself. The project's own
// tables, not the lock, say how it is built or copied.
func isProject(p *project.Project, c lock.Chosen) bool {
	return c.Source.Kind == lock.FromDirectory && c.Root && c.Name == pep503.Normalize(p.Name.V)
}

// one decides for one package.
func (l Locked) one(p *project.Project, c lock.Chosen, supported *tags.Supported) (Package, *Source, error) {
	pkg := Package{Name: c.Name, Version: c.Version, Pos: c.Pos}
	build := func(s Source) (Package, *Source, error) {
		s.Name, s.Subdirectory, s.Pos = c.Name, c.Source.Subdirectory, c.Pos
		pkg.Origin = Built{c.Name}
		return pkg, &s, nil
	}
	dir := path.Dir(l.Lock.File.Name)
	switch c.Source.Kind {
	case lock.FromGit:
		if c.Source.File != "" {
			break
		}
		if _, err := c.Choose(supported); err != nil {
			return pkg, nil, err
		}
		pkg.Reason = reason(c, lock.Choice{}, supported)
		pkg.DirectURL = directURL(map[string]any{"url": c.Source.URL, "vcs_info": vcsInfo(c.Source)}, c.Source)
		return build(Source{Origin: &Git{URL: c.Source.URL, Commit: c.Source.Commit}, Version: c.Version})
	case lock.FromDirectory:
		folder := path.Join(dir, c.Source.Path)
		if c.Source.Outside() && (path.IsAbs(c.Source.Path) || escapes(folder)) {
			return pkg, nil, outside(c)
		}
		pkg.Reason = reason(c, lock.Choice{}, supported)
		s := tree(c.Name, folder, l.BuildSystems[folder], c.Pos)
		if l.BuildSystems[folder] == nil {
			s.Backend, s.Requires = "", nil
		}
		return build(s)
	}
	choice, err := c.Choose(supported)
	if err != nil {
		return pkg, nil, err
	}
	a := choice.Artifact
	pkg.Reason = reason(c, choice, supported)
	if c.Source.Kind != lock.FromIndex {
		if err := checkFilename(c, choice); err != nil {
			return pkg, nil, err
		}
	}
	if c.Source.Kind == lock.FromGit || c.Source.Kind == lock.FromFile || a.Path != "" {
		origin, err := placedFile(c, a, dir)
		if err != nil {
			return pkg, nil, err
		}
		if g, ok := origin.(*Git); ok {
			// The path is no key of PEP 610, but uv writes it.
			pkg.DirectURL = directURL(map[string]any{"url": g.URL, "vcs_info": vcsInfo(c.Source), "path": g.File}, c.Source)
		}
		if choice.Wheel {
			pkg.Origin = origin
			return pkg, nil, nil
		}
		return build(Source{Origin: origin})
	}
	sha, err := checkedHash(c, a)
	if err != nil {
		return pkg, nil, err
	}
	d := &Download{URL: a.URL, Filename: a.Filename, SHA256: sha}
	if c.Source.Kind == lock.FromIndex {
		d.Secret = secretOf(p, c.Source, a.URL)
	}
	if c.Source.Kind == lock.FromURL {
		pkg.DirectURL = directURL(map[string]any{
			"url": a.URL, "archive_info": map[string]any{"hashes": map[string]string{"sha256": sha}},
		}, c.Source)
	}
	if choice.Wheel {
		pkg.Size, pkg.Origin = a.Size, d
		return pkg, nil, nil
	}
	s := Source{Origin: d}
	if c.Source.Kind == lock.FromURL {
		s.Version = c.Version // often an archive of a repository
	}
	return build(s)
}

// placedFile is where a file is that is not downloaded by itself: in a repository,
// or in the context. dir is the lock's folder.
func placedFile(c lock.Chosen, a *lock.Artifact, dir string) (interface {
	WheelOrigin
	TreeOrigin
}, error) {
	if c.Source.Kind == lock.FromGit {
		return &Git{URL: c.Source.URL, Commit: c.Source.Commit, File: c.Source.File, SHA256: a.Hashes["sha256"]}, nil
	}
	file := path.Join(dir, a.Path)
	if a.Path == "" {
		file = path.Join(dir, c.Source.Path)
	}
	if escapes(file) || path.IsAbs(a.Path) {
		return nil, outside(c)
	}
	return ContextFile{file, a.Hashes["sha256"]}, nil
}

// checkFilename refuses a wheel of another package. An index gives no such file,
// but whoever writes an address may name one.
func checkFilename(c lock.Chosen, choice lock.Choice) error {
	if !choice.Wheel {
		return nil
	}
	w, err := tags.ParseWheelFilename(choice.Artifact.Filename)
	if err != nil || pep503.Normalize(w.Name) == c.Name {
		return nil // Choose takes no wheel whose name cannot be read
	}
	return source.Errorf(choice.Artifact.Pos, "%s is a wheel of %s and not of %s", choice.Artifact.Filename, pep503.Normalize(w.Name), c.Name)
}

// checkedHash gives the sha256 by which BuildKit fetches a file of the lock.
func checkedHash(c lock.Chosen, a *lock.Artifact) (string, error) {
	sha, ok := a.Hashes["sha256"]
	if !ok && len(a.Hashes) == 0 && c.Source.Kind == lock.FromIndex {
		// Some indexes (PyTorch's for ROCm, Intel's) have no hashes, so that no tool
		// can write one.
		return "", source.Errorf(a.Pos, "%s has no hash in the lock, because its index gives none", a.Filename).
			WithHint("take the package from an index that gives hashes, because locking again changes nothing; or put the file into the project, require it by its path (for uv: %s = {path = %q} in [tool.uv.sources]), and lock that", c.Name, "vendor/"+a.Filename)
	}
	if !ok && len(a.Hashes) == 0 && c.Source.Kind == lock.FromURL {
		why := "has no hash in the lock, because the tool that wrote it writes none for an address"
		if len(c.Hashes) > 1 {
			why = "has several hashes in the lock, which are those of an index's files, and its own is not known"
		}
		return "", source.Errorf(a.Pos, "%s %s", a.Filename, why).
			WithHint("write the hash behind the address and lock again: for Pipenv %s = {file = \"%s#sha256=...\"}; or require a release of an index, or the package's repository, whose commit is locked; or put the file into the project and require it by its path", c.Name, source.HideCredentials(a.URL))
	}
	if !ok {
		return "", source.Errorf(a.Pos, "%s has no sha256 hash in the lock", a.Filename).
			WithHint("BuildKit checks sha256 only; lock again with a tool that writes it")
	}
	if a.URL == "" {
		return "", source.Errorf(c.Pos, "the index does not have the file %s of %s that the lock names", a.Filename, c.Name)
	}
	return sha, nil
}

func vcsInfo(s lock.Source) map[string]string {
	info := map[string]string{"vcs": "git", "commit_id": s.Commit}
	if s.Requested != "" {
		info["requested_revision"] = s.Requested
	}
	return info
}

// directURL is the content of direct_url.json (PEP 610).
func directURL(content map[string]any, s lock.Source) string {
	if s.Subdirectory != "" {
		content["subdirectory"] = s.Subdirectory
	}
	dt, err := json.Marshal(content)
	if err != nil { // strings only
		return ""
	}
	return string(dt)
}

// secretOf finds the credentials of the index that a package comes from, for
// a page or a file on the index's own host. A request to another host that
// serves the index's files never gets them.
func secretOf(p *project.Project, s lock.Source, address string) string {
	n := slices.IndexFunc(p.Indexes, func(i project.Index) bool {
		return s.IndexName != "" && strings.EqualFold(i.Name, s.IndexName) || s.Index != "" && sameURL(i.URL.V, bare(s.Index))
	})
	if n < 0 || hostOf(address) != hostOf(p.Indexes[n].URL.V) {
		return ""
	}
	return p.Indexes[n].Secret.V
}

// hostOf is a URL's scheme, host and port.
func hostOf(address string) string {
	u, err := url.Parse(bare(address))
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Scheme + "://" + u.Host)
}

func sameURL(a, b string) bool {
	trim := func(u string) string {
		for len(u) > 0 && u[len(u)-1] == '/' {
			u = u[:len(u)-1]
		}
		return u
	}
	return trim(a) == trim(b)
}

func escapes(p string) bool { return source.LeavesFolder(p) || path.IsAbs(p) }

func outside(c lock.Chosen) error {
	return source.Errorf(c.Pos, "%s lies outside the build context: %s", c.Name, c.Source.Path).
		WithHint("build with a folder above both as the context")
}
