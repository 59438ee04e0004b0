package start

import (
	"path"
	"slices"

	"github.com/moult-build/moult/internal/project"
)

// callers are files that a tool opens in the folder of whoever calls it: that its own
// project has them too says nothing.
var callers = []string{
	"pyproject.toml", "setup.cfg", "tox.ini", "requirements.txt", "package.json", "README.md", "CHANGELOG.md", "LICENSE.txt", "LICENSE.md", "SKILL.md", "AGENTS.md", "CLAUDE.md", "mkdocs.yml", "docker-compose.yml", "compose.yml",
}

// withWorkingFiles copies the project's files beside its package, if the program of the
// package opens one of them by its path from the working folder. Its authors start it in
// the project's folder, and the package does not have the file at this place.
func (f *finder) withWorkingFiles(c project.Command, name string) (project.Command, error) {
	opens, by, err := f.opening(Within(f.dir, name))
	if err != nil {
		return c, err
	}
	opens = slices.DeleteFunc(opens, func(at string) bool { return slices.Contains(callers, at) })
	has, err := f.existing([]string{""}, opens)
	if err != nil {
		return c, err
	}
	for _, at := range opens {
		if has[at] && f.in.Copyable(path.Join(f.dir, at)) {
			c.NextToPackage = true
			c.Reason += "; the project's files are copied beside its package, because " + by[at] + " opens " + at
			return c, nil
		}
	}
	return c, nil
}
