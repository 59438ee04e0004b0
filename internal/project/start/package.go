package start

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/toml"
)

// strict are the backends that fail if a project has no module of its name.
var strict = []string{"poetry.core.masonry.api", "poetry.masonry.api", "hatchling.build", "uv_build", "flit_core.buildapi"}

// naming are the tables in which a project names the files of its package.
var naming = [][]string{
	{"tool", "poetry", "packages"}, {"tool", "poetry", "include"}, {"tool", "hatch", "build"}, {"tool", "uv", "build-backend"}, {"tool", "flit", "module"},
}

// Unpackaged reports whether a project has a [build-system] and nothing to
// package, because the backend would find no module of the project's name and
// fail. It is an application, and is copied like one.
func Unpackaged(p *project.Project, files Files) (bool, error) {
	if p.Settings.Packaged != nil || p.BuildSystem == nil || path.Base(p.File.Name) != "pyproject.toml" {
		return false, nil
	}
	root, err := toml.Parse(p.File)
	if err != nil {
		return false, nil // it was read before
	}
	if !slices.Contains(strict, p.BuildSystem.Backend.V) || len(p.BuildSystem.BackendPath) > 0 || p.Name.V == "" && p.NameError == nil {
		return false, nil
	}
	if p.NameError != nil {
		return true, nil // a backend refuses such a name
	}
	for _, table := range naming {
		if root.Get(table...) != nil {
			return false, nil
		}
	}
	own := ModuleName(p.Name.V)
	for _, folder := range []string{"", "src"} {
		// The usual case costs one small file.
		_, err := files.ReadFile(path.Join(p.Dir, folder, own, "__init__.py"))
		if err == nil {
			return false, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return false, err
		}
	}
	all, err := files.Sources(p.Dir)
	if err != nil {
		return false, err
	}
	for _, s := range all {
		rel := strings.TrimPrefix(within(p.Dir, s.Name), "src/")
		top, _, below := strings.Cut(rel, "/")
		if strings.EqualFold(top, own) && below || strings.EqualFold(rel, own+".py") {
			return false, nil
		}
		// A namespace: NAME is the folder below it.
		if parts := strings.Split(rel, "/"); len(parts) > 2 && strings.EqualFold(parts[0]+"_"+parts[1], own) {
			return false, nil
		}
	}
	return true, nil
}
