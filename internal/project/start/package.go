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
	if p.NameError != nil && p.Name.V == "" && strings.HasPrefix(p.BuildSystem.Backend.V, "pdm.") {
		return true, nil // PDM writes an empty name for what is no library, and does not install it
	}
	if !slices.Contains(strict, p.BuildSystem.Backend.V) || len(p.BuildSystem.BackendPath) > 0 || p.Name.V == "" && p.NameError == nil {
		return false, nil
	}
	if p.NameError != nil {
		return true, nil // a backend refuses such a name
	}
	if gone, err := packagesGone(p, root, files); gone || err != nil {
		return gone, err
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
		rel := strings.TrimPrefix(Within(p.Dir, s.Name), "src/")
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

// packagesGone reports whether Poetry's table packages names folders and none of
// them exists, so that Poetry cannot build the project, and its users install
// it with --no-root. A folder whose name has other capital letters counts as
// none: the author's file system takes both for the same, and Linux does not.
func packagesGone(p *project.Project, root *toml.Node, files Files) (bool, error) {
	named := root.Get("tool", "poetry", "packages")
	if named == nil || named.Kind != toml.Array || len(named.Items) == 0 || !strings.HasPrefix(p.BuildSystem.Backend.V, "poetry.") {
		return false, nil
	}
	var folders []string
	for _, item := range named.Items {
		include := item.Get("include")
		if include == nil || include.Kind != toml.String || strings.ContainsAny(include.Str, "*?[.") || Skipped(include.Str) {
			return false, nil // a pattern, or a folder that is not searched
		}
		folder := path.Join(p.Dir, include.Str)
		if from := item.Get("from"); from != nil {
			folder = path.Join(p.Dir, from.Str, include.Str)
		}
		if strings.Count(folder, "/") >= Depth {
			return false, nil
		}
		folders = append(folders, folder)
	}
	all, err := files.Sources(p.Dir)
	if err != nil || len(all) == 0 {
		return false, err
	}
	return !slices.ContainsFunc(folders, func(folder string) bool {
		return slices.ContainsFunc(all, func(s Source) bool { return strings.HasPrefix(s.Name, folder+"/") })
	}), nil
}
