package imports

import (
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/stdlib"
)

// Missing is a module that the image does not have.
type Missing struct {
	// Module is its name, as far as it does not exist.
	Module string
	// File is the source that imports it, at Line and Col.
	File      string
	Line, Col int
	// Presence says why Python does not have it, and Since from which release on.
	Presence stdlib.Presence
	Since    string
	// Folder is a folder of the application that has the module and is not
	// searched; empty if there is none.
	Folder string
	// Own is true for a module of a package of the application itself.
	Own bool
	// whole is the name that is imported.
	whole string
}

// place is where Python finds a module.
type place struct {
	kind placeKind
	// file is that of a source. folders are those in which its submodules are.
	file    string
	folders []string
	// absent is the part of the name that does not exist.
	absent string
	// whole is the name that was looked for.
	whole    string
	presence stdlib.Presence
	since    string
	// own is true if a package of the application lacks it.
	own bool
}

type placeKind int

const (
	// other is a module of Python, of a package, or one that may exist.
	other placeKind = iota
	// source is a module of the project, folder a folder without __init__.py.
	source
	folder
	missing
)

// module is the source at a place as Python loads it.
func (p place) module(name string) module {
	if path.Base(p.file) != initFile {
		name, _ = cutLast(name)
	}
	return module{file: p.file, pkg: name, ok: name != ""}
}

const initFile = "__init__.py"

// locate finds a module by its name with dots, in the order of Python: the
// program's folders, the standard library, the packages. A folder without
// __init__.py counts only if there is nothing better.
func (w *walk) locate(name string) place {
	parts := strings.Split(name, ".")
	at := w.look(w.dirs, parts[0])
	packaged := false
	if at.kind == missing || at.kind == folder {
		presence, since := stdlib.Find(parts[0], w.Python)
		if presence == stdlib.Present {
			return place{}
		}
		ok, absent := w.Modules.Has(name)
		if own := w.look(w.Packaged, parts[0]); own.kind == source && slices.Contains(w.Own, parts[0]) && (ok || absent != parts[0]) {
			at, packaged = own, true
		} else if ok && w.Modules.Namespace(name) {
			return place{kind: folder}
		} else if ok || w.Modules.Regular(parts[0]) {
			return place{}
		} else if at.kind == missing {
			return place{kind: missing, absent: absent, whole: name, presence: presence, since: since}
		}
	}
	for n := 1; n < len(parts); n++ {
		if at.kind == other || at.folders == nil {
			return place{} // the attribute of a module, which may be in sys.modules
		}
		if at = w.look(at.folders, parts[n]); at.kind == missing {
			if packaged {
				return place{} // a build backend may have made it
			}
			return place{kind: missing, absent: strings.Join(parts[:n+1], "."), whole: name, presence: stdlib.Unknown, own: true}
		}
	}
	return at
}

// look finds a module in folders.
func (w *walk) look(dirs []string, name string) place {
	var folders []string
	for _, dir := range dirs {
		base := path.Join(dir, name)
		switch {
		case w.Files.Find(path.Join(base, initFile)) == File:
			return place{kind: source, file: path.Join(base, initFile), folders: []string{base}}
		case w.Files.Find(base+".py") == File:
			return place{kind: source, file: base + ".py"}
		case w.Files.Find(base) == File || w.added(base):
			return place{}
		case w.Files.Find(base) == Folder:
			folders = append(folders, base)
		}
	}
	if folders != nil {
		return place{kind: folder, folders: folders}
	}
	return place{kind: missing}
}

// added reports whether something else in the image may have a module with a
// path.
func (w *walk) added(base string) bool {
	return slices.ContainsFunc(w.Added, func(p string) bool {
		p = path.Clean(p)
		stem, _, _ := strings.Cut(path.Base(p), ".")
		return path.Join(path.Dir(p), stem) == base || within(base, p) || within(p, base)
	})
}

// within reports whether a path is a folder or below it.
func within(name, dir string) bool {
	return name == dir || dir == "/" || strings.HasPrefix(name, dir+"/")
}

// sitesAdded reports whether something of unknown content may be where Python
// looks for the packages' modules.
func (w *walk) sitesAdded() bool {
	return slices.ContainsFunc(w.Added, func(p string) bool {
		p = path.Clean(p)
		return within("/opt/venv/lib", p) || within(p, "/opt/venv/lib")
	})
}

// elsewhere is a folder of the application that has a module and is not
// searched; "" if there is none. The modules of a package do not count: they are
// imported by its name.
func (w *walk) elsewhere(m Missing) string {
	top, _, _ := strings.Cut(m.Module, ".")
	for _, dir := range w.foldersWith(top) {
		if at := w.look([]string{dir}, top); at.kind == source && at.file != m.File && !slices.Contains(w.dirs, dir) && w.Files.Find(path.Join(dir, initFile)) == None {
			return dir
		}
	}
	return ""
}

// anywhere reports whether some folder of the application may have a module, if
// only the search path were another one.
func (w *walk) anywhere(module string) bool {
	parts := strings.Split(module, ".")
	return slices.ContainsFunc(w.foldersWith(parts[0]), func(dir string) bool {
		at := w.look([]string{dir}, parts[0])
		for _, part := range parts[1:] {
			if at.kind == missing || at.folders == nil {
				break // none, or an attribute
			}
			at = w.look(at.folders, part)
		}
		return at.kind != missing
	})
}

// foldersWith are the folders of the application that have a module.
func (w *walk) foldersWith(top string) []string {
	if w.with == nil {
		w.folders, w.with = w.Files.Folders(), map[string][]string{}
	}
	found, ok := w.with[top]
	if !ok {
		for _, dir := range w.folders {
			if w.look([]string{dir}, top).kind != missing {
				found = append(found, dir)
			}
		}
		w.with[top] = found
	}
	return found
}

// absolute is the name of a relative import; "" if it fails for another reason.
func absolute(m module, name string) string {
	if !m.ok {
		return ""
	}
	rest := strings.TrimLeft(name, ".")
	pkg := m.pkg
	for range len(name) - len(rest) - 1 {
		if pkg, _ = cutLast(pkg); pkg == "" {
			return ""
		}
	}
	return strings.TrimSuffix(pkg+"."+rest, ".")
}

func cutLast(name string) (before string, ok bool) {
	n := strings.LastIndex(name, ".")
	if n < 0 {
		return "", false
	}
	return name[:n], true
}
