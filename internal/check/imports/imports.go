// Package imports finds the modules without which the program of an image
// cannot start.
//
// It reads the source that the image's command starts, and the sources of the
// project that this one imports, and compares their imports with what the image
// has: Python's standard library, the packages' modules and the application's
// files. It reports only what certainly fails. Imports in functions, in
// conditions and in try statements are left out, and where a program or a step
// may bring modules in another manner, nothing is reported.
package imports

import (
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/check/modules"
	"github.com/moult-build/moult/internal/project/start"
	"github.com/moult-build/moult/internal/pypkg/stdlib"
)

// Files are the sources of the project. Their paths are absolute: those in the
// image for the application, and those below Packaged for packages that are
// built from the build context.
type Files interface {
	// Find returns what is at a path.
	Find(path string) Kind
	// Fetch makes files ready that will be read.
	Fetch(paths []string) error
	// Read returns a file's content.
	Read(path string) ([]byte, error)
	// Folders are the folders of the application, sorted.
	Folders() []string
}

// Kind is what is at a path.
type Kind int

// The kinds.
const (
	None Kind = iota
	File
	Folder
)

// Image is what decides which modules a program finds.
type Image struct {
	// Python is its release, as in "3.13".
	Python string
	// Command is the argument list of the image's program, Workdir its working
	// folder and Path the value of PYTHONPATH.
	Command       []string
	Workdir, Path string
	// Scripts are the programs of the project's own package, with the modules
	// that they load.
	Scripts map[string]string
	// Settings is the value of DJANGO_SETTINGS_MODULE in the image.
	Settings string
	Files    Files
	// Packaged are folders of Files from which packages are built, and Own the
	// top-level modules of these packages. Python does not search the folders:
	// they only say what an installed module imports.
	Packaged, Own []string
	// Modules are those of the packages.
	Modules modules.Modules
	// Added are other paths that come into the image, of which it is not known
	// what they hold.
	Added []string
}

// maxSources is the number of sources that are read, those nearest to the program
// first. Each is a request to the daemon, in every build.
const maxSources = 128

// maxFound is the number of missing modules that are reported.
const maxFound = 100

// Find returns the modules that are missing, each once, and no more than maxFound.
func Find(img Image) ([]Missing, error) {
	found, err := Search(img)
	return found.Missing, err
}

// Found is what a program needs at its start, and a container may not have.
type Found struct {
	// Missing are the modules that are missing, each once.
	Missing []Missing
	// Toolkits are the imports of libraries that open windows.
	Toolkits []Toolkit
	// Locales are the locales that are set.
	Locales []Locale
	// Loops are calls of asyncio.get_event_loop that fail, because there is no loop.
	Loops []Missing
	// Logs are the logs that it writes, by paths relative to the working folder.
	Logs []string
}

// Locale is a locale that a source sets whenever the program starts.
type Locale struct {
	start.Locale
	File string
}

// Search returns what a program needs.
func Search(img Image) (Found, error) {
	img.Workdir = path.Clean(img.Workdir)
	w := &walk{Image: img, seen: map[string]bool{}, sources: map[string]start.Loaded{}}
	for _, e := range img.entries() {
		w.dirs = w.dirs[:0]
		w.changesPath = w.changesPath || e.configured
		w.search(e.dirs...)
		if img.Path != "" {
			for dir := range strings.SplitSeq(img.Path, ":") {
				w.search(img.in(dir))
			}
		}
		w.start(e)
		for len(w.queue) > 0 && w.err == nil {
			w.wave()
		}
		w.judge()
	}
	found := Found{Missing: w.found, Toolkits: w.opened, Locales: w.locales, Logs: w.logs}
	if stdlib.IsWithoutLoop(img.Python) && !w.setsLoop {
		found.Loops = w.loops
	}
	return found, w.err
}

// walk goes from a program to everything that it imports.
type walk struct {
	Image
	dirs  []string
	queue []module
	seen  map[string]bool
	// sources are those that were read, by path.
	sources map[string]start.Loaded
	// named are the names that were imported from packages which are not read yet.
	named []named
	// suspects are imports that were not found. They are judged at the end,
	// because a source that is read later may change the search path.
	suspects []Missing
	// changesPath is true if modules may be in other folders of the application, and
	// hooks if they may be anywhere.
	changesPath, hooks bool
	// folders are those of the application, and with those that have a module.
	folders []string
	with    map[string][]string
	found   []Missing
	opened  []Toolkit
	locales []Locale
	// loops are calls of asyncio.get_event_loop, which fail unless setsLoop is true.
	loops    []Missing
	setsLoop bool
	logs     []string
	err      error
}

// search adds a folder to those that Python searches. Those of PYTHONPATH which
// the application does not have may be the base's.
func (w *walk) search(dirs ...string) {
	for _, dir := range dirs {
		dir = path.Clean(dir)
		kind := w.Files.Find(dir) // a link is a file
		w.hooks = w.hooks || kind == File || kind == None && !within(dir, w.Workdir)
		if !slices.Contains(w.dirs, dir) {
			w.dirs = append(w.dirs, dir)
		}
	}
}

// wave reads the sources of one distance from the program together.
func (w *walk) wave() {
	wave := w.queue
	w.queue = nil
	if room := maxSources - len(w.sources); len(wave) > room {
		// A source that is not read may change where modules are found.
		wave, w.changesPath = wave[:room], true
	}
	var files []string
	for _, m := range wave {
		files = append(files, m.file)
	}
	if w.err = w.Files.Fetch(files); w.err != nil {
		return
	}
	for _, m := range wave {
		w.read(m.file)
	}
	later := w.named
	w.named = nil
	for _, n := range later {
		w.members(n)
	}
	for _, m := range wave {
		w.load(m)
	}
}

// module is a source that Python loads.
type module struct {
	file string
	// pkg is the package in which its relative imports are; ok is false where
	// they fail. main is true for the program itself.
	pkg  string
	ok   bool
	main bool
}

func (w *walk) start(e entry) {
	if e.file != "" {
		if w.Files.Find(e.file) == File {
			w.push(module{file: e.file, main: e.main})
		}
		return
	}
	if !e.main {
		if pkg, ok := cutLast(e.module); ok && e.attribute && w.locate(e.module).absent == e.module {
			e.module = pkg
		}
		w.follow(e.module, start.Import{}, "")
		return
	}
	at := w.locate(e.module)
	if at.kind == missing {
		w.suspect(at, start.Import{}, "")
	}
	if at.kind == folder {
		// A package needs no __init__.py to have a program.
		for _, dir := range at.folders {
			if file := path.Join(dir, "__main__.py"); w.Files.Find(file) == File {
				w.push(module{file: file, pkg: e.module, ok: true, main: true})
				break
			}
		}
		return
	}
	if at.kind != source {
		return
	}
	w.parents(e.module)
	if path.Base(at.file) == initFile {
		if file := path.Join(path.Dir(at.file), "__main__.py"); w.Files.Find(file) == File {
			w.push(module{file: file, pkg: e.module, ok: true, main: true})
		}
		return
	}
	pkg, _ := cutLast(e.module)
	w.push(module{file: at.file, pkg: pkg, ok: pkg != "", main: true})
}

func (w *walk) push(m module) {
	key := m.file
	if !w.seen[key] {
		w.seen[key] = true
		w.queue = append(w.queue, m)
	}
}

// read is a source. After an error there is none.
func (w *walk) read(file string) start.Loaded {
	l, ok := w.sources[file]
	if ok || w.err != nil {
		return l
	}
	content, err := w.Files.Read(file)
	if err != nil {
		w.err = err
		return l
	}
	l = start.Load(string(content))
	w.sources[file] = l
	return l
}

// load reads a source and follows its imports.
func (w *walk) load(m module) {
	l := w.read(m.file)
	w.changesPath = w.changesPath || l.ChangesPath
	w.hooks = w.hooks || l.Hooks
	all, locales, loops := l.Imports, l.Locales, l.Loops
	if m.main {
		all, locales, loops = slices.Concat(all, l.Main), slices.Concat(locales, l.MainLocales), slices.Concat(loops, l.MainLoops)
	}
	w.setsLoop, w.logs = w.setsLoop || l.SetsLoop, append(w.logs, l.Logs...)
	for _, i := range loops {
		w.loops = append(w.loops, Missing{Module: "asyncio.get_event_loop", File: m.file, Line: i.Line, Col: i.Col, Presence: stdlib.Removed, Since: stdlib.WithoutLoop})
	}
	for _, one := range locales {
		w.locales = append(w.locales, Locale{Locale: one, File: m.file})
	}
	for _, i := range all {
		name := i.Module
		if strings.HasPrefix(name, ".") {
			if name = absolute(m, name); name == "" {
				continue
			}
		}
		w.toolkit(name, i, m.file)
		w.names(name, i, m.file)
		w.follow(name, i, m.file)
	}
	for _, app := range l.Apps {
		w.django(app, m.file)
	}
	if base := path.Base(m.file); l.Settings != "" && (base == "wsgi.py" || base == "asgi.py" || base == "manage.py" && m.main) {
		settings := l.Settings
		if w.Settings != "" {
			settings = w.Settings
		}
		w.parents(settings)
		if at := w.locate(settings); at.kind == source {
			w.push(at.module(settings))
		}
	}
}
