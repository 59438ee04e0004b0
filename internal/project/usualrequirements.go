package project

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/source"
)

// usualRequirements are the requirement files of a project in which nothing says
// what to install, the most usual first. One that is for development is not
// among them.
var usualRequirements = []string{
	"requirements.txt", "requirements/production.txt", "requirements/prod.txt", "requirements/base.txt", "requirements/requirements.txt",
	"requirements-prod.txt", "requirements-production.txt", "requirements_prod.txt", "requirement.txt", "Requirements.txt", "reqs.txt",
}

// programFolders are folders in which the program of a project may have its
// requirements, if the project's own folder has none.
var programFolders = []string{"app", "backend", "server", "api", "src", "service", "web", "bot"}

// RequirementFiles are the requirement files that are read without being named
// by anything, as paths in the project's folder.
func RequirementFiles() []string {
	names := slices.Clone(usualRequirements)
	for _, folder := range programFolders {
		names = append(names, inFolder(folder))
	}
	return names
}

// inFolder is the requirement file of one of programFolders.
func inFolder(folder string) string { return path.Join(folder, "requirements.txt") }

// usualRequirementFile finds the file that the project's Dockerfile installs, else the
// first of usualRequirements. Of programFolders, it takes the only one with a
// requirements.txt. It returns nil if there is none.
func (r *reader) usualRequirementFile() (*source.File, error) {
	if file, err := r.containerRequirementFile(); file != nil || err != nil {
		return file, err
	}
	for _, name := range usualRequirements {
		if file, err := r.files.file(path.Join(r.p.Dir, name)); file != nil || err != nil {
			return file, err
		}
	}
	if tools := r.p.Origin == OriginNone && r.p.BuildSystem == nil && r.p.Workspace == nil; path.Base(r.p.File.Name) != "moult.toml" && !tools {
		return nil, nil // a pyproject.toml without dependencies may mean it
	}
	var found *source.File
	for _, folder := range programFolders {
		file, err := r.files.file(path.Join(r.p.Dir, inFolder(folder)))
		if err != nil || file != nil && found != nil {
			return nil, err
		}
		if file != nil {
			found = file
		}
	}
	if found != nil {
		return found, nil
	}
	return r.onlyRequirementFile()
}

// foreignFolders are folders whose requirements are not those of the program.
var foreignFolders = []string{
	"test", "tests", "doc", "docs", "example", "examples", "sample", "samples", "demo", "demos", "notebooks", "scripts", "tools", "frontend", "node_modules", "venv", "env", "build", "dist", "vendor", "third_party",
}

// onlyRequirementFile is the only requirements.txt in the folders of a project,
// whatever the name of its folder.
func (r *reader) onlyRequirementFile() (*source.File, error) {
	folders, err := r.files.folders(r.p.Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var found *source.File
	for _, folder := range folders {
		if strings.HasPrefix(folder, ".") || slices.Contains(foreignFolders, strings.ToLower(folder)) || slices.Contains(programFolders, folder) {
			continue
		}
		file, err := r.files.file(path.Join(r.p.Dir, inFolder(folder)))
		if err != nil || file != nil && found != nil {
			return nil, err
		}
		if file != nil {
			found = file
		}
	}
	return found, nil
}

// emptyTable lets other files say what is installed where [project] or Poetry's
// table has no dependency, no lock has a package, and nothing else uses the table:
// "uv init" and "poetry init" write it next to a requirements.txt, which says what
// the project needs.
func (r *reader) emptyTable(dir string) {
	p := r.p
	if !p.staticDependencies || len(p.Dependencies)+len(p.Extras)+len(p.Groups) > 0 || p.Settings.Lock.File != "" {
		return
	}
	// Poetry writes a [build-system] for every project. Where others have one, the
	// project is a package without dependencies.
	if p.BuildSystem != nil && !strings.HasPrefix(p.BuildSystem.Backend.V, "poetry.") {
		return
	}
	if w := p.Workspace; w != nil && w.Root != dir {
		// It is locked with the other members.
		if ok, err := r.files.has(path.Join(w.Root, "uv.lock")); err != nil || ok {
			r.fail(err)
			return
		}
	}
	for _, name := range []string{path.Join(dir, "uv.lock"), path.Join(dir, "pylock.toml"), path.Join(dir, "pdm.lock"), path.Join(dir, "poetry.lock")} {
		if ok, err := r.locked(name); err != nil || ok {
			r.fail(err)
			return
		}
	}
	p.staticDependencies = false
}
