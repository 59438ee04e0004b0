package start

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/toml"
)

// pureBackends are build backends that package Python files as they are.
var pureBackends = []string{
	"setuptools.build_meta", "hatchling.build", "poetry.core.masonry.api", "poetry.masonry.api", "flit_core.buildapi", "pdm.backend", "uv_build",
}

// renaming are tables that give a module a name or a place other than that of
// its files.
var renaming = [][]string{
	{"tool", "setuptools", "package-dir"}, {"tool", "hatch", "build"}, {"tool", "pdm", "build"}, {"tool", "poetry", "packages"}, {"tool", "poetry", "build"}, {"tool", "uv", "build-backend"},
}

// script returns the script of a packaged project that is its program: the only one,
// that which a file says is run, or the one with the project's name.
func (f *finder) script() (project.Command, error) {
	if f.p.BuildSystem == nil {
		return project.Command{}, nil
	}
	n, reason, told, err := f.mainScript()
	if err != nil || n < 0 {
		return project.Command{}, err
	}
	s := f.p.Scripts[n]
	if lacks, err := f.lacksModule(s); err != nil || lacks {
		f.absent = &f.p.Scripts[n]
		return project.Command{}, err
	}
	if lacks, err := f.lacksFunction(s); err != nil || lacks {
		f.absent, f.functionless = &f.p.Scripts[n], true
		return project.Command{}, err
	}
	if !f.last {
		if greets, err := f.greets(s); err != nil || greets {
			f.greeting = true
			return project.Command{}, err
		}
	}
	if c, err := f.insteadOfScript(s); err != nil || c.Cmd != nil {
		return c, err
	}
	if !told.runs {
		if c, err := f.containerInsteadOf(s); err != nil || c.Cmd != nil {
			return c, err
		}
	}
	top, err := f.outside(s)
	if err == nil && top == "" {
		top, err = f.fromOwnFolder(s)
	}
	if err != nil || top != "" {
		f.unscripted, f.over = true, fmt.Sprintf("the script %s needs the module %s, which the project's package does not have", s.Name.V, top)
		return project.Command{}, err
	}
	words, file := told.words, ""
	if len(words) == 0 {
		if words, file, err = f.wordsOf(s); err != nil {
			return project.Command{}, err
		}
	}
	if len(words) > 0 && file != "" {
		reason += ", with the words of " + file
	}
	return project.Command{Cmd: append([]string{s.Name.V}, words...), Why: project.CommandByScript, Reason: reason, Pos: s.Name.Pos}, nil
}

// toldScript is what a file tells of the main script: its words, and whether the file says
// what is run, which precedes the program of the Dockerfile.
type toldScript struct {
	words []string
	runs  bool
}

// mainScript is the index of the script that is the project's program, with the reason;
// -1 if it has none, or several of which nothing tells it.
func (f *finder) mainScript() (n int, reason string, told toldScript, err error) {
	all := f.p.Scripts
	if len(all) < 2 {
		return len(all) - 1, "the only one of [project.scripts]", toldScript{}, nil
	}
	names := make([]string, len(all))
	for n, s := range all {
		names[n] = s.Name.V
	}
	s, err := f.scriptThatRuns(names)
	if err != nil {
		return -1, "", toldScript{}, err
	}
	if s.name != "" {
		return slices.Index(names, s.name), "the one of [project.scripts] that " + s.by + " starts", toldScript{s.words, true}, nil
	}
	if n := slices.IndexFunc(all, func(s project.Script) bool { return pep503.Normalize(s.Name.V) == pep503.Normalize(f.p.Name.V) }); n >= 0 {
		return n, "the one of [project.scripts] with the project's name", toldScript{}, nil
	}
	if s := f.scriptOfTask(names); s.name != "" {
		return slices.Index(names, s.name), "the one of [project.scripts] that " + s.by + " starts", toldScript{words: s.words}, nil
	}
	return -1, "", toldScript{}, nil
}

// unpackaged reports whether the module of a script is in the project and not
// in its package: these backends package the module of the project's name alone,
// if no table says more. The script works where the project is installed as
// editable, and in no other place.
func (f *finder) unpackaged(top string) (bool, error) {
	own := ModuleName(f.p.Name.V)
	if !slices.Contains(strict, f.p.BuildSystem.Backend.V) || strings.EqualFold(top, own) || strings.HasPrefix(own, strings.ToLower(top)+"_") {
		return false, nil
	}
	root, err := toml.Parse(f.p.File)
	if err != nil || slices.ContainsFunc(slices.Concat(naming, renaming), func(table []string) bool { return root.Get(table...) != nil }) {
		return false, nil
	}
	all, err := f.in.Files.Sources(f.dir)
	if err != nil || len(all) > maxSources {
		return false, err
	}
	return slices.ContainsFunc(all, func(s Source) bool {
		rel := Within(f.dir, s.Name)
		return rel == top+".py" || strings.HasPrefix(rel, top+"/")
	}), nil
}

// reservedFolders are those that setuptools never takes for a package where
// nothing names the packages (its automatic discovery of the flat layout).
var reservedFolders = []string{
	"ci", "bin", "debian", "doc", "docs", "documentation", "manpages", "news", "newsfragments", "changelog", "test", "tests", "unit_test", "unit_tests", "example",
	"examples", "scripts", "tools", "util", "utils", "python", "build", "benchmark", "benchmarks", "exercise", "exercises", "htmlcov", "tasks", "fabfile", "site_scons",
}

// besidePackage reports whether a script's module is a file beside the package
// of the project. Where no table names the packages, setuptools takes the
// folders, and single files only if there is no folder.
func (f *finder) besidePackage(top string) (bool, error) {
	if f.p.BuildSystem.Backend.V != "setuptools.build_meta" {
		return false, nil
	}
	root, err := toml.Parse(f.p.File)
	if err != nil || root.Get("tool", "setuptools") != nil {
		return false, nil
	}
	for _, name := range []string{"setup.py", "setup.cfg"} {
		if _, err := f.in.Files.ReadFile(path.Join(f.dir, name)); !errors.Is(err, fs.ErrNotExist) {
			return false, err
		}
	}
	all, err := f.in.Files.Sources(f.dir)
	if err != nil || len(all) > maxSources {
		return false, err
	}
	file, folder := false, false
	for _, s := range all {
		rel := Within(f.dir, s.Name)
		first, _, below := strings.Cut(rel, "/")
		file = file || rel == top+".py"
		folder = folder || below && identifier(first) && !slices.Contains(reservedFolders, first)
	}
	return file && folder, nil
}

// insteadOfScript returns the command that serves the application of a script's
// module, if the script starts a server of its own that nobody outside of the
// container reaches: one for development.
func (f *finder) insteadOfScript(s project.Script) (project.Command, error) {
	if _, err := f.sources(); err != nil {
		return project.Command{}, err
	}
	at := strings.ReplaceAll(s.Module(), ".", "/")
	for _, rel := range []string{at + ".py", "src/" + at + ".py"} {
		name := path.Join(f.dir, rel)
		m, err := f.look(name)
		if err != nil {
			return project.Command{}, err
		}
		if m == nil {
			continue
		}
		open, err := f.reachable(name, m)
		if err != nil {
			return project.Command{}, err
		}
		if !m.serves || open || len(m.applications) == 0 && m.tools.name == "" {
			continue
		}
		c, err := f.served(name, m)
		if c.Cmd != nil {
			c.Reason += fmt.Sprintf("; the script %s listens on no address that can be reached from outside", s.Name.V)
		}
		return c, err
	}
	return project.Command{}, nil
}

// containerInsteadOf returns the command for the program that the Dockerfile
// starts, if that is another one than the script's: its image runs a server, and
// the script is for the command line. A file that imports the script's module
// starts the same.
func (f *finder) containerInsteadOf(s project.Script) (project.Command, error) {
	started, uncopied := f.started, f.uncopied
	c, name, err := f.contained()
	m := f.looked[name]
	if err != nil || m == nil || isPreparing(name) || f.isScript(s, name, m) {
		f.started, f.uncopied = started, uncopied
		return project.Command{}, err
	}
	if c.Cmd != nil {
		c.Reason += ", which is not the script " + s.Name.V
	}
	return c, nil
}

// isScript reports whether a file is the module of a script or imports it.
func (f *finder) isScript(s project.Script, name string, m *module) bool {
	target := s.Module()
	own := strings.ReplaceAll(f.modulePath(name), "/", ".")
	for _, is := range []string{own, strings.TrimPrefix(own, "src."), strings.TrimSuffix(own, ".__init__"), strings.TrimSuffix(own, ".__main__")} {
		if is == target {
			return true
		}
	}
	return slices.ContainsFunc(m.reaches, func(r string) bool {
		r = strings.TrimPrefix(absoluteName(f.modulePath(name), r), "src.")
		return r == target || strings.HasPrefix(r, target+".")
	})
}

// topModule is the first name of a script's module: "shop" of
// "shop.cli:main".
func topModule(s project.Script) string {
	top, _, _ := strings.Cut(s.Module(), ".")
	return top
}

// moving are tables and words of setup.py by which a package has modules that
// the project's folder does not have, or at other places.
var (
	moving = [][]string{
		{"tool", "setuptools", "package-dir"}, {"tool", "setuptools", "ext-modules"}, {"tool", "hatch", "build", "force-include"}, {"tool", "hatch", "build", "sources"},
		{"tool", "hatch", "build", "hooks"}, {"tool", "hatch", "build", "targets", "wheel", "force-include"}, {"tool", "hatch", "build", "targets", "wheel", "sources"},
		{"tool", "hatch", "build", "targets", "wheel", "hooks"}, {"tool", "pdm", "build"}, {"tool", "poetry", "build"},
	}
	building = []string{"package_dir", "ext_modules", "cythonize", "cmdclass"}
)

// movesModules reports whether the project's package may have modules that its
// folder does not have, or has at other places.
func (f *finder) movesModules() (bool, error) {
	root, err := toml.Parse(f.p.File)
	if err != nil || slices.ContainsFunc(moving, func(table []string) bool { return root.Get(table...) != nil }) {
		return true, nil //nolint:nilerr // nobody knows what a broken file says
	}
	if table := root.Get("tool", "uv", "build-backend"); table != nil && len(uvModules(table, f.p.Name.V)) == 0 {
		return true, nil
	}
	setup, err := f.in.Files.ReadFile(path.Join(f.dir, "setup.py"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	return slices.ContainsFunc(building, func(word string) bool { return strings.Contains(string(setup), word) }), nil
}

// lacksPart reports whether the package of a script, which a folder has, lacks
// the module that the script imports from it.
func (f *finder) lacksPart(folder string, s project.Script) (bool, error) {
	parts := strings.Split(s.Module(), ".")
	if len(parts) < 2 || len(parts) > Depth || slices.ContainsFunc(parts, Skipped) {
		return false, nil
	}
	at := path.Join(f.dir, folder, path.Join(parts...))
	for _, end := range []string{".py", "/__init__.py", ".pyx"} {
		if _, err := f.in.Files.ReadFile(at + end); !errors.Is(err, fs.ErrNotExist) {
			return false, err
		}
	}
	if moves, err := f.movesModules(); err != nil || moves {
		return false, err
	}
	all, err := f.in.Files.Sources(f.dir)
	if err != nil || len(all) == 0 || len(all) > maxSources {
		return false, err
	}
	return !slices.ContainsFunc(all, func(s Source) bool { return strings.HasPrefix(s.Name, at+"/") || s.Name == at+".py" }), nil
}

// lacksModule reports whether no file of the project can be the module that a
// script starts. Such a script fails with ModuleNotFoundError.
func (f *finder) lacksModule(s project.Script) (bool, error) {
	top := topModule(s)
	if top == "" || Skipped(top) || path.Base(f.p.File.Name) != "pyproject.toml" || len(f.p.BuildSystem.BackendPath) > 0 ||
		!slices.Contains(pureBackends, f.p.BuildSystem.Backend.V) {
		return false, nil
	}
	if out, err := f.unpackaged(top); err != nil || out {
		return out, err
	}
	if out, err := f.besidePackage(top); err != nil || out {
		return out, err
	}
	for _, name := range []string{top + "/__init__.py", "src/" + top + "/__init__.py", "setup.py", top + ".py"} {
		// The usual case costs few small files.
		switch _, err := f.in.Files.ReadFile(path.Join(f.dir, name)); {
		case err == nil:
			if folder, is := strings.CutSuffix(name, top+"/__init__.py"); is {
				return f.lacksPart(folder, s)
			}
			return false, nil
		case !errors.Is(err, fs.ErrNotExist):
			return false, err
		}
	}
	root, err := toml.Parse(f.p.File)
	if err != nil || slices.ContainsFunc(renaming, func(table []string) bool { return root.Get(table...) != nil }) {
		return false, nil
	}
	all, err := f.in.Files.Sources(f.dir)
	if err != nil || len(all) == 0 || len(all) > maxSources {
		return false, err
	}
	return !slices.ContainsFunc(all, func(s Source) bool {
		parts := strings.Split(strings.TrimSuffix(Within(f.dir, s.Name), ".py"), "/")
		return slices.ContainsFunc(parts, func(part string) bool { return strings.EqualFold(part, top) })
	}), nil
}
