package imports

import (
	"path"
	"slices"

	"github.com/moult-build/moult/internal/project/start"
	"github.com/moult-build/moult/internal/pypkg/stdlib"
)

// What an import leads to: a file that is read next, or a module that may be missing.

// names records the names that the library's modules no longer have.
func (w *walk) names(module string, i start.Import, by string) {
	for _, name := range i.Names {
		presence, since := stdlib.FindName(module, name, w.Python)
		if presence == stdlib.Removed && w.look(w.dirs, module).kind == missing {
			w.suspects = append(w.suspects, Missing{Module: module + "." + name, File: by, Line: i.Line, Col: i.Col, Presence: presence, Since: since, whole: module + "." + name})
		}
	}
}

// django follows an application of Django's INSTALLED_APPS, which is a module or a
// class in one. Django imports its models, too.
func (w *walk) django(app start.Import, by string) {
	name := app.Module
	if at := w.locate(name); at.kind == missing {
		pkg, ok := cutLast(name)
		if !ok || w.locate(pkg).kind == missing {
			w.suspect(at, app, by)
			return
		}
		name = pkg
	}
	w.follow(name, app, by)
	for _, part := range []string{"apps", "models"} {
		if at := w.locate(name + "." + part); at.kind == source {
			w.push(at.module(name + "." + part))
		}
	}
}

// follow queues the sources of an imported module and its packages.
func (w *walk) follow(name string, i start.Import, by string) {
	w.parents(name)
	at := w.locate(name)
	switch at.kind {
	case missing:
		w.suspect(at, i, by)
	case source:
		w.push(at.module(name))
		if path.Base(at.file) == initFile && len(i.Names) > 0 {
			w.members(named{pkg: name, file: at.file, names: i.Names})
		}
	case folder:
		for _, n := range i.Names {
			below := w.locate(name + "." + n)
			if below.kind == source {
				w.push(below.module(name + "." + n))
			}
			if below.kind == missing && n != "*" {
				w.suspect(below, i, by)
			}
		}
	}
}

// named are the names in a "from pkg import names", and the source of pkg.
type named struct {
	pkg, file string
	names     []string
}

// members queues the modules among the names that are imported from a package,
// as soon as its source is read: a name that it has itself is no module.
func (w *walk) members(n named) {
	l, read := w.sources[n.file]
	if !read {
		w.named = append(w.named, n)
		return
	}
	for _, name := range n.names {
		if _, has := slices.BinarySearch(l.Defines, name); has || name == "*" {
			continue
		}
		if below := w.locate(n.pkg + "." + name); below.kind == source {
			w.push(below.module(n.pkg + "." + name))
		}
	}
}

// suspect records an import that was not found.
func (w *walk) suspect(at place, i start.Import, by string) {
	w.suspects = append(w.suspects, Missing{
		Module: at.absent, File: by, Line: i.Line, Col: i.Col, Presence: at.presence, Since: at.since, Own: at.own, whole: at.whole,
	})
}

// parents queues the packages above a module.
func (w *walk) parents(name string) {
	for pkg, ok := cutLast(name); ok; pkg, ok = cutLast(pkg) {
		if at := w.locate(pkg); at.kind == source {
			w.push(at.module(pkg))
		}
	}
}

// judge reports the suspects that nothing can bring.
func (w *walk) judge() {
	suspects := w.suspects
	w.suspects = nil
	if w.hooks || w.Modules.Unsure || w.sitesAdded() {
		return
	}
	for _, s := range suspects {
		if len(w.found) == maxFound {
			return
		}
		if w.changesPath && (s.Own || w.anywhere(s.whole)) {
			continue
		}
		switch {
		case w.changesPath && w.anywhere(s.Module):
			s.Module = s.whole // the folder has the program's package, and not the module
		case !s.Own:
			s.Folder = w.elsewhere(s)
		}
		if !slices.ContainsFunc(w.found, func(m Missing) bool { return m.Module == s.Module }) {
			w.found = append(w.found, s)
		}
	}
}
