package project

import (
	"path"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/source"
)

type local struct {
	Local
	project *Project
	extras  map[string]bool
}

// local adds a package of the context and its requirements; at is the position
// of its path.
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

// follow reads a local package's own pyproject.toml; at is the position of
// its path.
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
		sub.backendFile(root, l.Path)
		sub.backendAsks(root, l.Path)
	}
	for _, e := range sub.errs {
		c.r.fail(e)
	}
	c.r.fail(sub.other)
	if sub.p.NameError != nil {
		c.r.fail(sub.p.NameError)
	}
	l.BuildSystem, l.VCSVersion = sub.p.BuildSystem, sub.p.VCSVersion
	if name := sub.p.Name.V; name != "" {
		own := pep503.Normalize(name)
		if l.Name != "" && l.Name != own {
			c.r.fail(source.Errorf(l.Pos, "%s: the folder %s holds another project, %s", l.Name, l.Path, own))
		}
		l.Name = own
	}
	if sub.p.Origin == OriginNone {
		// A project with only setup.py: its requirements are not known before it runs.
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
