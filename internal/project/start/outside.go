package start

import (
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/pypkg/stdlib"
	"github.com/moult-build/moult/internal/toml"
)

// packagedNames are the first names of the modules that the project's package
// has; nil if only its backend knows them.
func (f *finder) packagedNames() (names []string) {
	root, err := toml.Parse(f.p.File)
	if err != nil || path.Base(f.p.File.Name) != "pyproject.toml" || len(f.p.BuildSystem.BackendPath) > 0 {
		return nil
	}
	backend := f.p.BuildSystem.Backend.V
	switch {
	case strings.HasPrefix(backend, "poetry.") && root.Get("tool", "poetry", "packages") != nil:
		if root.Get("tool", "poetry", "include") != nil || root.Get("tool", "poetry", "build") != nil {
			return nil
		}
		for _, item := range root.Get("tool", "poetry", "packages").Items {
			include := item.Get("include")
			if include == nil || include.Kind != toml.String || strings.ContainsAny(include.Str, "*?[") {
				return nil
			}
			top, _, _ := strings.Cut(strings.TrimSuffix(include.Str, ".py"), "/")
			names = append(names, top)
		}
		return names
	case backend == "setuptools.build_meta" && (root.Get("tool", "setuptools", "packages") != nil || root.Get("tool", "setuptools", "py-modules") != nil):
		for _, key := range []string{"packages", "py-modules"} {
			list := root.Get("tool", "setuptools", key)
			if list == nil {
				continue
			}
			if list.Kind != toml.Array {
				return nil // it is found
			}
			for _, item := range list.Items {
				top, _, _ := strings.Cut(item.Text(), ".")
				names = append(names, top)
			}
		}
		return names
	case backend == "uv_build" && root.Get("tool", "uv", "build-backend") != nil:
		return uvModules(root.Get("tool", "uv", "build-backend"), f.p.Name.V)
	case slices.Contains(strict, backend) && !slices.ContainsFunc(slices.Concat(naming, renaming), func(table []string) bool { return root.Get(table...) != nil }):
		return []string{ModuleName(f.p.Name.V)}
	}
	return nil
}

// uvModules are the first names of the modules that uv's backend packages, by its table;
// nil if the table has keys by which it packages others.
func uvModules(table *toml.Node, own string) (names []string) {
	if table.Kind != toml.Table {
		return nil
	}
	for _, key := range table.Keys() {
		if !slices.Contains([]string{"module-root", "module-name", "source-exclude", "wheel-exclude", "default-excludes"}, key) {
			return nil
		}
	}
	named := table.Get("module-name")
	if named == nil {
		return []string{ModuleName(own)}
	}
	all := named.Items
	if named.Kind == toml.String {
		all = []*toml.Node{named}
	}
	for _, item := range all {
		top, _, _ := strings.Cut(item.Text(), ".")
		names = append(names, top)
	}
	return names
}

// outside is a module of the project's folder that a script needs and that the
// project's package does not have; "" if there is none. Such a script works only
// where the project is installed as editable, from its own folder.
func (f *finder) outside(s project.Script) (string, error) {
	names := f.packagedNames()
	if len(names) == 0 {
		return "", nil
	}
	if _, err := f.sources(); err != nil {
		return "", err
	}
	start := f.sourceOf(call{program: "python", module: s.Module()})
	if start == "" {
		return "", nil
	}
	seen := map[string]bool{start: true}
	for next := []string{start}; len(next) > 0; next = next[1:] {
		m, err := f.look(next[0])
		if err != nil {
			return "", err
		}
		if m == nil || m.changesPath {
			continue
		}
		for _, top := range m.needs {
			if presence, _ := stdlib.Find(top, ""); f.packages(names, top) || presence != stdlib.Unknown || f.in.Has(strings.ReplaceAll(top, "_", "-")) {
				continue
			}
			if f.hasImported(m, top) && !f.module([]string{"src"}, top) {
				return top, nil
			}
		}
		for _, to := range f.imported(next[0], m) {
			if top, _, _ := strings.Cut(strings.TrimPrefix(Within(f.dir, to), "src/"), "/"); !seen[to] && f.packages(names, strings.TrimSuffix(top, ".py")) {
				seen[to] = true
				next = append(next, to)
			}
		}
	}
	return "", nil
}

// hasImported reports whether the project's folder has the file that a source
// imports by a name of a top-level module. A folder alone says nothing, because a
// requirement may have the name, too: "git" for what deploys, and for GitPython.
func (f *finder) hasImported(m *module, top string) bool {
	return slices.ContainsFunc(m.reaches, func(r string) bool {
		if r != top && !strings.HasPrefix(r, top+".") {
			return false
		}
		return slices.ContainsFunc(reached("", r), func(at string) bool {
			return len(f.sourcesAt(at)) > 0
		})
	})
}

// packages reports whether one of the names is that of a module.
func (f *finder) packages(names []string, top string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, top) })
}

// imported are the sources of the project that a source imports.
func (f *finder) imported(name string, m *module) []string { return f.reached(name, m.reaches) }

// reached are the sources that a source imports by some names (module.reaches).
func (f *finder) reached(name string, reaches []string) (all []string) {
	folders := foldersAbove(Within(f.dir, name))
	for _, r := range reaches {
		f.places().reached(folders, r, func(at string) { all = append(all, f.sourcesAt(at)...) })
	}
	return all
}

// moduleFiles are the files that can be a module: of "shop/cli", "shop/cli.py"
// and "shop/cli/__init__.py".
func moduleFiles(at string) []string { return []string{at + ".py", at + "/__init__.py"} }

// sourcesAt are those of the files of a module that the project has.
func (f *finder) sourcesAt(at string) (all []string) {
	for _, file := range moduleFiles(path.Join(f.dir, at)) {
		if f.names[file] {
			all = append(all, file)
		}
	}
	return all
}

// fromOwnFolder is a module that a script needs from the folder of its own file, by the name
// that it has there; "" if there is none. Such a script works only if Python starts
// its file.
func (f *finder) fromOwnFolder(s project.Script) (string, error) {
	if moves, err := f.movesModules(); err != nil || moves {
		return "", err
	}
	if _, err := f.sources(); err != nil {
		return "", err
	}
	name := f.sourceOf(call{program: "python", module: s.Module()})
	m, err := f.look(name)
	if err != nil || m == nil || m.changesPath {
		return "", err
	}
	folder := strings.Split(path.Dir(Within(f.dir, name)), "/")
	// The folder src has modules of their own names, unless it is the package.
	layout := topModule(s) != "src"
	n := slices.IndexFunc(m.needs, func(top string) bool {
		return f.module(folder, top) && !f.module(nil, top) && !f.taken(top) && !(layout && f.module([]string{"src"}, top))
	})
	if n < 0 {
		return "", nil
	}
	return m.needs[n], nil
}
