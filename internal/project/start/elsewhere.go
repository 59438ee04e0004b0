package start

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/source/regex"
)

// partFiles are usual names of requirement files of a part of a project.
var partFiles = []string{"requirements-api.txt", "requirements-app.txt", "requirements-server.txt", "requirements-web.txt", "requirements/api.txt", "requirements/app.txt", "requirements/web.txt"}

// requirementName matches the name at the beginning of a requirement.
var requirementName = regex.New(`(?m)^\s*([A-Za-z0-9][\w.-]*)`)

// elsewhere says how one of some packages is installed that the program of a file needs,
// if a requirement file of a part of the project has it, or the file's folder is a
// project of its own; "" if neither is so.
func (f *finder) elsewhere(file string, packages []string) string {
	names := make([]string, 0, len(partFiles))
	for _, name := range partFiles {
		names = append(names, path.Join(f.dir, name))
	}
	var folders []string
	for folder := path.Dir(file); folder != "."; folder = path.Dir(folder) {
		names = append(names, path.Join(f.dir, folder, "requirements.txt"), path.Join(f.dir, folder, "pyproject.toml"))
		folders = append(folders, folder)
	}
	found, err := f.in.Files.Existing(names)
	if err != nil {
		return "" // the error that it explains is told
	}
	for _, name := range found {
		if path.Ext(name) != ".txt" {
			continue
		}
		for _, m := range requirementName.FindAllStringSubmatch(f.evidenceAt(name), -1) {
			if one := pep503.Normalize(m[1]); slices.Contains(packages, one) {
				rel := Within(f.dir, name)
				all := quoted([]string{rel})
				if own := path.Join(f.dir, "requirements.txt"); f.evidenceAt(own) != "" && !strings.Contains(rel, "/") {
					all = quoted([]string{"requirements.txt", rel})
				}
				return fmt.Sprintf("write requirements = [%s]%s, where %s is", all, f.p.HintTable(), one)
			}
		}
	}
	for _, folder := range folders {
		if name := path.Join(f.dir, folder, "pyproject.toml"); slices.Contains(found, name) {
			return fmt.Sprintf("%s is a project of its own: move the line with the syntax into %s, and build with -f %s", Within(f.dir, path.Dir(name)), Within(f.dir, name), name)
		}
	}
	return ""
}
