package start

import (
	"errors"
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

// script returns the only script of a packaged project, or the one with the
// project's name.
func (f *finder) script() (project.Command, error) {
	if f.p.BuildSystem == nil {
		return project.Command{}, nil
	}
	for n, s := range f.p.Scripts {
		if len(f.p.Scripts) == 1 || pep503.Normalize(s.Name.V) == pep503.Normalize(f.p.Name.V) {
			if lacks, err := f.lacksModule(s); err != nil || lacks {
				f.absent = &f.p.Scripts[n]
				return project.Command{}, err
			}
			reason := "the only one of [project.scripts]"
			if len(f.p.Scripts) > 1 {
				reason = "the one of [project.scripts] with the project's name"
			}
			words, err := f.wordsOf(s.Name.V)
			if err != nil {
				return project.Command{}, err
			}
			if len(words) > 0 {
				reason += ", with the words of the Dockerfile"
			}
			return project.Command{Cmd: append([]string{s.Name.V}, words...), Why: project.CommandByScript, Reason: reason, Pos: f.p.Scripts[n].Name.Pos}, nil
		}
	}
	return project.Command{}, nil
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
		rel := within(f.dir, s.Name)
		return rel == top+".py" || strings.HasPrefix(rel, top+"/")
	}), nil
}

// topModule is the first name of a script's module: "shop" of
// "shop.cli:main".
func topModule(target string) string {
	module, _, _ := strings.Cut(target, ":")
	top, _, _ := strings.Cut(strings.TrimSpace(module), ".")
	return top
}

// lacksModule reports whether no file of the project can be the module that a
// script starts. Such a script fails with ModuleNotFoundError.
func (f *finder) lacksModule(s project.Script) (bool, error) {
	top := topModule(s.Target.V)
	if top == "" || Skipped(top) || path.Base(f.p.File.Name) != "pyproject.toml" || len(f.p.BuildSystem.BackendPath) > 0 ||
		!slices.Contains(pureBackends, f.p.BuildSystem.Backend.V) {
		return false, nil
	}
	if out, err := f.unpackaged(top); err != nil || out {
		return out, err
	}
	for _, name := range []string{"setup.py", top + "/__init__.py", "src/" + top + "/__init__.py", top + ".py"} {
		// The usual case costs few small files.
		switch _, err := f.in.Files.ReadFile(path.Join(f.dir, name)); {
		case err == nil:
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
		parts := strings.Split(strings.TrimSuffix(within(f.dir, s.Name), ".py"), "/")
		return slices.ContainsFunc(parts, func(part string) bool { return strings.EqualFold(part, top) })
	}), nil
}
