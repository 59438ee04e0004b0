package plan

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/lock"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/pypkg/indexpage"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/step/legacy"
)

// DefaultBase is the official image for a Python release. The tag has no patch
// version, so that the image gets security updates.
func DefaultBase(release string) string { return "python:" + release + "-slim" }

// Builds decides the builder's work for an unlocked project; nil if there is
// nothing to resolve and nothing to build.
//
// pip can neither pin a package to an index nor take build settings for one
// package. So the file of such a package is chosen and built in separate steps,
// and pip has to take its wheel.
func Builds(p *project.Project, python project.Python, env environment.Environment, req *project.Requested) (*Building, error) {
	b := newBuilding(p, python, env, req)
	var dynamic []string // sources whose needs only their wheel tells
	chosen, err := choices(p, env, req)
	if err != nil {
		return nil, err
	}
	b.Sources = chosen
	for _, l := range req.Locals {
		if l.File {
			continue
		}
		b.Sources = append(b.Sources, tree(l.Name, l.Path, l.BuildSystem, l.Pos))
		if l.Dynamic {
			dynamic = append(dynamic, l.Name)
		}
	}
	if s, ok := own(p); ok {
		b.Sources = append(b.Sources, s)
		if p.DynamicDependencies || p.DynamicExtras {
			dynamic = append(dynamic, s.Name)
		}
	}
	sortSources(b.Sources)
	buildAs(p, b, env)
	slices.Sort(dynamic)
	for _, line := range req.Lines {
		if line.File != "" {
			return nil, source.Errorf(line.Pos, "%s is the file %s of a repository, which pip does not install; only a lock of uv's can have it", line.Name, line.File).
				WithHint("run: uv lock")
		}
	}
	b.Resolve = resolve(p, req, dynamic)
	if b.Resolve == nil && len(b.Sources) == len(chosen) {
		return nil, nil
	}
	if b.Resolve != nil {
		b.Resolve.Options = append(b.Resolve.Options, noBinary(p, b)...)
		b.Resolve.Extras = dynamicExtras(p, req)
	}
	var requested []string
	for _, line := range req.Lines {
		requested = append(requested, line.Name)
	}
	withHeaders(p, python, b, env, requested)
	for _, s := range chosen {
		b.Resolve.Pinned = append(b.Resolve.Pinned, s.Name)
	}
	return b, nil
}

// dynamicExtras are the extras whose requirements only wheels tell, by the names of
// the packages.
func dynamicExtras(p *project.Project, req *project.Requested) map[string][]string {
	all := map[string][]string{}
	for _, l := range req.Locals {
		if l.Dynamic && !l.File && len(l.Extras) > 0 && l.Name != "" {
			all[l.Name] = slices.Sorted(slices.Values(l.Extras))
		}
	}
	if s, ok := own(p); ok && p.DynamicExtras {
		for _, e := range p.Settings.Extras {
			name := pep503.Normalize(e.V)
			if !slices.ContainsFunc(p.Extras, func(known project.Set) bool { return pep503.Normalize(known.Name.V) == name }) {
				all[s.Name] = append(all[s.Name], name)
			}
		}
		slices.Sort(all[s.Name])
	}
	return all
}

// BuildsFolders reports whether a project needs the builder with or without a lock, because packages are made from folders of
// the context.
func BuildsFolders(p *project.Project, req *project.Requested) bool {
	return p.BuildSystem != nil || slices.ContainsFunc(req.Locals, func(l project.Local) bool { return !l.File })
}

// MayBuild reports whether a project without a lock may need the builder in some
// environment.
func MayBuild(p *project.Project, req *project.Requested) bool {
	return p.BuildSystem != nil || len(req.Lines)+len(req.Locals) > 0
}

// newBuilding is a builder without work.
func newBuilding(p *project.Project, python project.Python, env environment.Environment, req *project.Requested) *Building {
	builder := Builder(p, python, env)
	return &Building{
		Image:   builder,
		System:  builderPackages(p, builder, env.Platform.Arch),
		Indexes: indexes(p, req.Options),
	}
}

// own is the project itself as a source tree; ok is false if it is not a
// package but an application that is copied.
func own(p *project.Project) (s Source, ok bool) {
	if p.BuildSystem == nil {
		return Source{}, false
	}
	return tree(pep503.Normalize(p.Name.V), p.Dir, p.BuildSystem, p.Name.Pos), true
}

func sortSources(sources []Source) {
	slices.SortFunc(sources, func(a, b Source) int { return cmp.Compare(a.Name, b.Name) })
}

// tree describes a source tree by its [build-system].
func tree(name, dir string, bs *project.BuildSystem, pos source.Pos) Source {
	s := Source{
		Name: name, Origin: &ContextFolder{Dir: dir, Exclude: ignoredInSource()},
		Requires: legacy.Unpinned, Backend: legacy.Backend, Pos: pos,
	}
	if bs == nil {
		return s
	}
	if bs.Pos.IsValid() && !pos.IsValid() {
		s.Pos = bs.Pos
	}
	s.Folder().Pyproject, s.AsksNothing = bs.Pyproject, bs.AsksNothing
	s.setupOnly = bs.SetupOnly()
	s.Requires = nil
	for _, r := range bs.Requires {
		s.Requires = append(s.Requires, r.Requirement.String())
	}
	slices.Sort(s.Requires)
	if bs.Backend.V != "" {
		s.Backend = bs.Backend.V
	}
	for _, p := range bs.BackendPath {
		// Folders of the context are not available, because the step sees only this
		// tree.
		folder := p.V
		if dir != "." {
			folder = strings.TrimPrefix(strings.TrimPrefix(folder, dir), "/")
		}
		s.BackendPath = append(s.BackendPath, path.Clean(folder))
	}
	return s
}

// resolve is the run of pip's resolver; nil if there are no requirements for
// it.
func resolve(p *project.Project, req *project.Requested, dynamic []string) *Resolve {
	r := &Resolve{
		Dynamic: dynamic, Pos: p.Name.Pos,
		BuildConstraints: buildConstraints(p), Env: variables(p.Settings.Build.Env),
	}
	git := map[string]bool{}
	for n, line := range req.Lines {
		if n == 0 {
			r.Pos = line.Pos
		}
		r.Requirements = append(r.Requirements, line.Text)
		if line.Git != "" && !line.SSH {
			git[line.Git] = true
		}
		r.SSH = r.SSH || line.SSH
	}
	for _, line := range req.Constraints {
		r.Constraints = append(r.Constraints, line.Text)
	}
	for _, l := range req.Locals {
		if l.File {
			r.Files = append(r.Files, l.Path)
		}
	}
	for host := range git {
		r.Git = append(r.Git, host)
	}
	slices.Sort(r.Git)
	r.Options = options(req.Options)
	if len(r.Requirements) == 0 && len(r.Files) == 0 && len(r.Dynamic) == 0 {
		return nil
	}
	return r
}

// options are the resolver's options that requirement files set, in a fixed
// order, as pip reads them.
func options(o project.RequirementOptions) []string {
	var lines []string
	if o.NoIndex {
		lines = append(lines, "--no-index")
	}
	for _, v := range o.NoBinary {
		lines = append(lines, "--no-binary "+v.V)
	}
	for _, v := range o.OnlyBinary {
		lines = append(lines, "--only-binary "+v.V)
	}
	if o.PreferBinary {
		lines = append(lines, "--prefer-binary")
	}
	if o.Pre {
		lines = append(lines, "--pre")
	}
	for _, v := range o.AllReleases {
		lines = append(lines, "--all-releases "+v.V)
	}
	for _, v := range o.OnlyFinal {
		lines = append(lines, "--only-final "+v.V)
	}
	if o.RequireHashes {
		lines = append(lines, "--require-hashes")
	}
	for _, v := range o.TrustedHosts {
		lines = append(lines, "--trusted-host "+v.V)
	}
	for _, v := range o.FindLinks {
		lines = append(lines, "--find-links "+v.V)
	}
	return lines
}

// indexes are the indexes for pip, the main one first. An index for pinned
// packages only is omitted, because pip cannot pin packages to an index.
func indexes(p *project.Project, o project.RequirementOptions) []Index {
	var main, extra []Index
	for _, i := range p.Indexes {
		index := Index{Name: i.Name, URL: i.URL.V, Secret: i.Secret.V}
		switch {
		case i.Explicit:
		case i.Default && main == nil:
			main = append(main, index)
		default:
			extra = append(extra, index)
		}
	}
	if main == nil && o.IndexURL != nil {
		main = []Index{{URL: o.IndexURL.V}}
	}
	for _, u := range o.ExtraIndexURLs {
		extra = append(extra, Index{URL: u.V})
	}
	if main == nil && extra != nil {
		main = []Index{{URL: indexpage.Default}}
	}
	// An index that is named twice is asked once, with its credentials.
	var all []Index
	for _, i := range append(main, extra...) {
		at := slices.IndexFunc(all, func(o Index) bool { return sameURL(o.URL, i.URL) })
		switch {
		case at < 0:
			all = append(all, i)
		case all[at].Secret == "":
			all[at].Secret = i.Secret
		}
	}
	return all
}

// buildOnly are files in the project's folder that only the build reads. They
// are not part of the application either, so that a new lock does not change
// its layer. pyproject.toml is not in the list, because programs read it while
// they run.
func buildOnly() []string { return append(lock.Patterns(), "moult.toml", ".python-version") }

// ignoredInSource are the files of a tree that its build backend does not
// get. It gets ignore files, because some backends use them to decide what
// belongs to the wheel.
func ignoredInSource() []string { return append(project.IgnoreInTree(), buildOnly()...) }

// ignoredInApp are files of the context that are not part of the application.
func ignoredInApp(p *project.Project) []string {
	all := append(project.IgnoreInApp(), buildOnly()...)
	if p.Settings.App.Include == nil {
		all = append(all, otherMembers(p, p.Dir)...)
	}
	for _, e := range p.Settings.App.Exclude {
		all = append(all, e.V)
	}
	for _, log := range p.WrittenLogs {
		all = append(all, literalPattern(log))
	}
	return all
}
