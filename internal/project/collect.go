package project

import (
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/source"
)

// Requirements gives what pip is asked for on the unlocked road: the main
// dependencies, requirement files, the chosen extras and groups, and what the
// local packages among them need in turn.
func Requirements(p *Project, sel Selection) (*Requested, error) {
	c := &collector{
		r:      &reader{files: p.files, p: p},
		sel:    sel,
		lines:  map[string]Line{},
		locals: map[string]*local{},
		chosen: map[string]bool{},
		bound:  map[string][]Bound{},
	}
	out := &Requested{}
	c.all(p, p.Dependencies, "", "")
	for _, v := range sel.Extras {
		if findSet(p.Extras, v.V) == nil && !p.DynamicExtras {
			c.r.fail(unknownName(v, "extra", setNames(p.Extras)))
			continue
		}
		c.extra(p, v, nil)
	}
	for _, v := range sel.Groups {
		group := findSet(p.Groups, v.V)
		if group == nil {
			c.r.fail(unknownName(v, "dependency group", setNames(p.Groups)))
			continue
		}
		c.all(p, group.Requirements, "", pep503.Normalize(v.V))
	}
	constraints := map[string]Line{}
	for _, f := range p.RequirementFiles {
		c.all(p, f.Requirements, "", "")
		for _, req := range f.Constraints {
			c.constraint(constraints, req)
		}
		out.Options.add(f.Options)
	}
	for _, req := range p.Constraints {
		c.constraint(constraints, req)
	}
	if err := c.r.err(); err != nil {
		return nil, err
	}
	out.Lines, out.Constraints = sorted(c.lines), sorted(constraints)
	for _, name := range slices.Sorted(maps.Keys(c.bound)) {
		out.Bound = append(out.Bound, c.bound[name]...)
	}
	for _, l := range c.locals {
		l.Extras = sortedKeys(l.extras)
		out.Locals = append(out.Locals, l.Local)
	}
	slices.SortFunc(out.Locals, func(a, b Local) int {
		if d := strings.Compare(a.Name, b.Name); d != 0 {
			return d
		}
		return strings.Compare(a.Path, b.Path)
	})
	return out, nil
}

// collector follows requirements through the local packages.
type collector struct {
	r      *reader
	sel    Selection
	lines  map[string]Line
	locals map[string]*local  // by path
	chosen map[string]bool    // project's folder and extra, once followed
	bound  map[string][]Bound // by name
}

type local struct {
	Local
	project *Project
	extras  map[string]bool
}

// all takes the requirements of a project, those of an extra or a group where
// one is named.
func (c *collector) all(p *Project, list []Requirement, extra, group string) {
	for _, req := range list {
		c.one(p, req, extra, group)
	}
}

// extra takes what an extra of a project asks for, under the marker where it is
// not nil. One that a dependency names and that does not exist is passed over,
// as pip does.
func (c *collector) extra(p *Project, v source.At[string], marker *pep508.Marker) {
	set := findSet(p.Extras, v.V)
	if set == nil {
		return
	}
	name := pep503.Normalize(v.V)
	key := p.Dir + "\x00" + name
	if marker != nil {
		key += "\x00" + marker.String()
	}
	if c.chosen[key] {
		return
	}
	c.chosen[key] = true
	list := slices.Clone(set.Requirements)
	for i := range list {
		list[i].Marker = list[i].Marker.And(marker)
	}
	c.all(p, list, name, "")
}

// one takes one requirement of the project p.
func (c *collector) one(p *Project, req Requirement, extra, group string) {
	name := ""
	if req.Name != "" {
		name = req.NormalizedName()
	}
	if req.Path != "" {
		c.local(req.Path, name, req, req.Pos)
		return
	}
	if name != "" && name == pep503.Normalize(p.Name.V) {
		c.self(p, req) // package[extra] in its own extras
		return
	}
	for _, s := range p.Settings.Packages {
		if s.Name == name && s.Path != "" {
			c.local(s.Path, name, req, s.Pos)
			return
		}
	}
	if index := p.BoundTo(name); index.V != "" && req.URL == "" && c.applies(req.Marker) {
		c.bind(name, index.V, index.Pos)
		c.line(c.lines, req)
		return
	}
	s, marker := req.Source, (*pep508.Marker)(nil)
	if s == nil {
		s, marker = c.source(p, name, extra, group)
	}
	if s != nil {
		if s.Err != nil {
			c.r.fail(s.Err)
			return
		}
		req.Marker = req.Marker.And(marker)
		switch {
		case s.Path != "":
			c.local(s.Path, name, req, s.Pos)
			return
		case s.Workspace:
			if m := p.Workspace.find(name); m != nil {
				c.local(m.Dir, name, req, s.Pos)
				return
			}
		case s.Git != nil:
			req.URL, req.Specifier = s.Git.pip(), pep440.SpecifierSet{}
		case s.URL != "":
			req.URL, req.Specifier = s.URL, pep440.SpecifierSet{}
		case s.Index != "" && req.URL == "" && c.applies(req.Marker):
			c.bind(name, s.Index, s.Pos)
		}
	}
	c.line(c.lines, req)
}

// applies reports whether a marker holds, as far as the environment is known.
func (c *collector) applies(m *pep508.Marker) bool {
	if c.sel.Environment == nil || m == nil {
		return true
	}
	ok, err := m.Evaluate(*c.sel.Environment, pep508.Active{Context: pep508.InRequirement})
	return ok || err != nil
}

// bind notes that a package comes from the index of a name.
func (c *collector) bind(name, index string, pos source.Pos) {
	b := Bound{Name: name, Index: Index{Name: index}, Pos: pos}
	for _, i := range c.r.p.Indexes {
		if strings.EqualFold(i.Name, index) {
			b.Index = i
			break
		}
	}
	if b.Index.URL.V == "" && strings.EqualFold(index, "pypi") {
		return // the public index by its name, as poetry has it
	}
	if !slices.ContainsFunc(c.bound[name], func(o Bound) bool { return o.Index.Name == b.Index.Name }) {
		c.bound[name] = append(c.bound[name], b)
	}
}

// self takes the extras that a project asks for of itself.
func (c *collector) self(p *Project, req Requirement) {
	if !c.applies(req.Marker) {
		return
	}
	marker := req.Marker
	if c.sel.Environment != nil {
		marker = nil // it is decided
	}
	for _, extra := range req.Extras {
		c.extra(p, source.At[string]{V: extra, Pos: req.Pos}, marker)
	}
}

// source finds where a package comes from, and the marker under which that
// holds where there is no environment to decide it.
func (c *collector) source(p *Project, name, extra, group string) (*Source, *pep508.Marker) {
	for i := range p.Sources {
		s := &p.Sources[i]
		if s.Name != name || s.Extra != "" && pep503.Normalize(s.Extra) != extra || s.Group != "" && pep503.Normalize(s.Group) != group {
			continue
		}
		if s.Marker == nil || c.sel.Environment == nil {
			return s, s.Marker
		}
		ok, err := s.Marker.Evaluate(*c.sel.Environment, pep508.Active{Context: pep508.InRequirement})
		if err != nil {
			c.r.fail(source.Errorf(s.Pos, "the marker of %s: %w", name, err))
			continue
		}
		if ok {
			return s, nil
		}
	}
	return nil, nil
}

// pip writes the repository as pip reads it.
func (g *GitSource) pip() string {
	text := "git+" + g.URL
	// git@host:path is git's short form of ssh://git@host/path.
	if m := scpForm.FindStringSubmatch(g.URL); m != nil {
		text = "git+ssh://" + m[1] + "/" + m[2]
	}
	if g.Rev != "" {
		text += "@" + g.Rev
	}
	if g.Subdirectory != "" {
		text += "#subdirectory=" + g.Subdirectory
	}
	return text
}

func (c *collector) line(lines map[string]Line, req Requirement) {
	if c.sel.Environment != nil && req.Marker != nil {
		// A package that is not for this environment need not be known to pip.
		if ok, err := req.Marker.Evaluate(*c.sel.Environment, pep508.Active{Context: pep508.InRequirement}); err == nil && !ok {
			return
		}
	}
	if req.Versions != nil && req.URL == "" {
		c.r.fail(notOneSpecifier(req.Pos, req.Name, *req.Versions).WithHint("write one range, or lock the project: a lock needs no specifier"))
		return
	}
	line := Line{Pos: req.Pos, Specifier: req.Specifier, Direct: req.URL != ""}
	if req.Name == "" {
		line.Text = req.URL
		if req.Marker != nil {
			line.Text += " ; " + req.Marker.String()
		}
	} else {
		line.Name = req.NormalizedName()
		// Names and extras are written in one way so that another spelling is
		// the same line.
		req.Name, req.Extras = line.Name, req.NormalizedExtras()
		line.Text = req.Requirement.String()
	}
	for _, hash := range req.Hashes {
		line.Text += " --hash=" + hash
	}
	for _, setting := range req.ConfigSettings {
		line.Text += ` --config-settings="` + setting + `"`
	}
	if strings.ContainsFunc(line.Text, breaksLine) {
		c.r.fail(source.Errorf(req.Pos, "%q has a control character in it", line.Text))
		return
	}
	if strings.HasPrefix(req.URL, "git+") {
		if u, err := url.Parse(strings.TrimPrefix(req.URL, "git+")); err == nil {
			line.Git, line.SSH = u.Hostname(), u.Scheme == "ssh"
		}
	}
	if old, ok := lines[line.Text]; !ok || c.nearer(line.Pos, old.Pos) {
		lines[line.Text] = line
	}
}

// breaksLine finds what pip, which splits files as Python's splitlines does, takes
// for the end of a line, and other control characters.
func breaksLine(c rune) bool { return unicode.IsControl(c) || c == '\u2028' || c == '\u2029' }

// nearer reports whether a place is better to show than another for the same
// line: the build file before others, then the first.
func (c *collector) nearer(a, b source.Pos) bool {
	if a.File != b.File {
		return a.File == c.r.p.File
	}
	return a.Line < b.Line
}

func (c *collector) constraint(lines map[string]Line, req Requirement) {
	if req.Path == "" {
		c.line(lines, req)
	}
}

// local takes a package of the context, and follows what it needs; at is where
// its path was written.
func (c *collector) local(name, pkg string, req Requirement, at source.Pos) {
	if c.sel.Environment != nil && req.Marker != nil {
		if ok, err := req.Marker.Evaluate(*c.sel.Environment, pep508.Active{Context: pep508.InRequirement}); err == nil && !ok {
			return
		}
	}
	if name == c.r.p.Dir && c.r.p.Name.V != "" {
		// "-e .", or a member of the workspace that needs the project.
		c.self(c.r.p, req)
		return
	}
	l := c.locals[name]
	if l == nil {
		l = &local{Local: Local{Name: pkg, Path: name, Pos: req.Pos}, extras: map[string]bool{}}
		c.locals[name] = l
		if archive.MatchString(name) {
			c.r.fail(c.r.mustExist(name, at, "file"))
			l.File, l.Dynamic = true, true
			if base, _, ok := strings.Cut(path.Base(name), "-"); ok && pkg == "" && pep503.IsValid(base) {
				l.Name = pep503.Normalize(base)
			}
		} else {
			c.follow(l, at)
		}
	}
	if l.Name == "" {
		l.Name = pkg
	}
	for _, extra := range req.Extras {
		extra = pep503.Normalize(extra)
		if !l.extras[extra] {
			l.extras[extra] = true
			if l.project != nil {
				if set := findSet(l.project.Extras, extra); set != nil {
					l.Requirements = append(l.Requirements, set.Requirements...)
				} else if l.project.DynamicExtras {
					l.Dynamic = true
				}
				c.extra(l.project, source.At[string]{V: extra, Pos: req.Pos}, nil)
			}
		}
	}
}

// follow reads a local package's own pyproject.toml; at is where its path was
// written.
func (c *collector) follow(l *local, at source.Pos) {
	sub := &reader{files: c.r.files, p: &Project{Dir: l.Path, files: c.r.files}}
	root := sub.pyproject(l.Path)
	if root != nil {
		sub.p.File = root.File()
		sub.project(root, l.Path)
		if sub.p.Workspace == nil {
			sub.workspaceAbove()
		}
		sub.checkSources()
	}
	for _, e := range sub.errs {
		c.r.fail(e)
	}
	c.r.fail(sub.other)
	l.BuildSystem = sub.p.BuildSystem
	if name := sub.p.Name.V; name != "" {
		own := pep503.Normalize(name)
		if l.Name != "" && l.Name != own {
			c.r.fail(source.Errorf(l.Pos, "%s is said to be in %s, but that is %s", l.Name, l.Path, own))
		}
		l.Name = own
	}
	if sub.p.Origin == OriginNone {
		// setup.py alone: nothing is known before it runs.
		l.Dynamic = true
		if root != nil {
			return
		}
		if ok, err := c.r.files.has(path.Join(l.Path, "setup.py")); err != nil || ok {
			c.r.fail(err)
			return
		}
		if err := c.r.mustExist(l.Path, at, "folder or file"); err != nil {
			c.r.fail(err)
			return
		}
		c.r.fail(source.Errorf(at, "%q is no Python package: it has neither a pyproject.toml nor a setup.py", l.Path))
		return
	}
	l.project = sub.p
	l.Dynamic = sub.p.DynamicDependencies
	l.Requirements = append(l.Requirements, sub.p.Dependencies...)
	c.all(sub.p, sub.p.Dependencies, "", "")
}

func (o *RequirementOptions) add(other RequirementOptions) {
	if other.IndexURL != nil {
		o.IndexURL = other.IndexURL
	}
	o.ExtraIndexURLs = append(o.ExtraIndexURLs, other.ExtraIndexURLs...)
	o.FindLinks = append(o.FindLinks, other.FindLinks...)
	o.NoBinary = append(o.NoBinary, other.NoBinary...)
	o.OnlyBinary = append(o.OnlyBinary, other.OnlyBinary...)
	o.AllReleases = append(o.AllReleases, other.AllReleases...)
	o.OnlyFinal = append(o.OnlyFinal, other.OnlyFinal...)
	o.TrustedHosts = append(o.TrustedHosts, other.TrustedHosts...)
	o.NoIndex = o.NoIndex || other.NoIndex
	o.PreferBinary = o.PreferBinary || other.PreferBinary
	o.Pre = o.Pre || other.Pre
	o.RequireHashes = o.RequireHashes || other.RequireHashes
}

func sorted(lines map[string]Line) []Line {
	var list []Line
	for _, line := range lines {
		list = append(list, line)
	}
	slices.SortFunc(list, func(a, b Line) int { return strings.Compare(a.Text, b.Text) })
	return list
}

func sortedKeys(set map[string]bool) []string {
	var keys []string
	for key := range set {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
