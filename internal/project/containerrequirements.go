package project

import (
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/source/regex"
)

var (
	// requirementOption matches a requirement file in a command of pip.
	requirementOption = regex.New(`(?:^|\s)(?:-r|--requirement)(?:\s+|=)"?([^\s"';&|\\]+)`)
	// copyLine matches an instruction of a Dockerfile that copies files of the context.
	copyLine = regex.New(`(?i)^\s*(?:COPY|ADD)\s+(?:--(?:chown|chmod|link)\S*\s+)*([^-\s].*)$`)
	// developing matches the name of a requirement file that is not for the program.
	developing = regex.New(`(?i)(?:^|[^a-z])(?:dev|devel|development|test|tests|testing|lint|docs?|ci)(?:[^a-z]|$)`)
)

// containerRequirementFile is the only requirement file that the project's Dockerfile
// installs, or that of the service which is its program; nil if it installs none or
// several, or one for development.
func (r *reader) containerRequirementFile() (*source.File, error) {
	for _, name := range near(slices.Concat(ContainerFiles, ServiceContainerFiles)) {
		dockerfile, err := r.files.file(path.Join(r.p.Dir, name))
		if err == nil && dockerfile != nil { // a folder of this name says nothing
			return r.installedBy(dockerfile)
		}
	}
	return nil, nil
}

// installedBy is containerRequirementFile for one Dockerfile.
func (r *reader) installedBy(dockerfile *source.File) (*source.File, error) {
	var installed []string
	places := map[string]string{} // where the image has a file, and where the context
	for line := range strings.SplitSeq(string(dockerfile.Data), "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		for _, m := range requirementOption.FindAllStringSubmatch(line, -1) {
			// Other programs have an option -r, too: useradd, cp.
			if name := path.Clean(m[1]); path.Ext(name) != "" && !slices.Contains(installed, name) {
				installed = append(installed, name)
			}
		}
		if m := copyLine.FindStringSubmatch(line); m != nil {
			words := strings.Fields(strings.NewReplacer("[", " ", "]", " ", `"`, " ", ",", " ").Replace(m[1]))
			for _, from := range words[:max(len(words)-1, 0)] {
				to := words[len(words)-1]
				places[path.Base(from)] = path.Clean(from)
				if path.Ext(to) == path.Ext(from) {
					places[path.Base(to)] = path.Clean(from)
				}
			}
		}
	}
	if len(installed) != 1 || path.Ext(installed[0]) != ".txt" || developing.MatchString(installed[0]) {
		return nil, nil
	}
	for _, name := range []string{places[path.Base(installed[0])], installed[0]} {
		if name == "" || path.IsAbs(name) || strings.HasPrefix(name, "../") || strings.ContainsAny(name, "$*?") || developing.MatchString(name) {
			continue
		}
		if file, err := r.files.file(path.Join(r.p.Dir, name)); file != nil || err != nil {
			return file, err
		}
	}
	return nil, nil
}
