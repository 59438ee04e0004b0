package start

import (
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source/regex"
)

// composeKey matches a key of a Compose file.
var composeKey = regex.New(`^(\s*)([\w.-]+):\s*(.*)$`)

// isHere reports whether a value of a Compose file, which may be in a folder of the
// project, is the project's folder.
func isHere(file, value string) bool {
	value = strings.Trim(value, `"' `)
	return strings.HasPrefix(value, ".") && path.Join(path.Dir(file), value) == "."
}

// service is a service of a Compose file that is built from the project's folder.
type service struct {
	// entry has its command; one without a command runs that of the Dockerfile.
	entry
	built bool
	// dockerfile is the name of its Dockerfile; "" is the usual one.
	dockerfile string
}

// servicesOf are the services of a Compose file that are built from the project's
// folder. The file is read by its indents: other forms of YAML say nothing.
func servicesOf(file, text string) (all []service) {
	below, deep, key, at := false, 0, "", 0
	for n, line := range strings.Split(text, "\n") {
		content := strings.TrimSpace(line)
		if content == "" || strings.HasPrefix(content, "#") {
			continue
		}
		depth := indent(line)
		m := composeKey.FindStringSubmatch(strings.TrimRight(line, "\r"))
		switch {
		case depth == 0:
			below, deep = content == "services:", 0
		case !below:
		case m != nil && (deep == 0 || depth <= deep):
			deep, key = depth, ""
			all = append(all, service{entry: entry{evidence{file: file}, m[2]}})
		case len(all) == 0:
		case m != nil && (key == "" || depth <= at):
			key, at = m[2], depth
			last := &all[len(all)-1]
			switch key {
			case "command":
				last.line, last.text = n+1, strings.TrimLeft(m[3], ">|-")
			case "build":
				last.built = isHere(file, m[3])
			}
		default:
			last := &all[len(all)-1]
			switch {
			case key == "command":
				last.text += " " + strings.TrimPrefix(content, "- ")
			case key == "build" && m != nil && m[2] == "context":
				last.built = isHere(file, m[3])
			case key == "build" && m != nil && m[2] == "dockerfile":
				last.dockerfile = strings.Trim(m[3], `"' `)
			}
		}
	}
	return slices.DeleteFunc(all, func(s service) bool { return !s.built })
}

// mainServices are the services that have a command: the only one, or those with the
// names of a main program where several are built from the project's folder.
func (f *finder) mainServices(built []service) (all []entry) {
	for _, s := range built {
		if s.text != "" {
			all = append(all, s.entry)
		}
	}
	if len(built) > 1 {
		return byName(all, append([]string{f.p.Name.V}, "web", "app", "api", "server", "backend", "bot"))
	}
	return all
}

// isBeside reports whether the program of a service is one that runs beside the one
// of the Dockerfile: another service of the same Dockerfile starts that one.
func (f *finder) isBeside(c project.Command, built []service) (bool, error) {
	built = slices.DeleteFunc(slices.Clone(built), func(s service) bool { return s.dockerfile != "" && path.Clean(s.dockerfile) != "Dockerfile" })
	if len(built) < 2 || c.File == "" || f.evidenceIn("Dockerfile") == "" {
		return false, nil
	}
	started, uncopied := f.started, f.uncopied
	own, _, err := f.contained()
	f.started, f.uncopied = started, uncopied
	if err != nil || own.File == "" || own.File == c.File {
		return false, err
	}
	for _, s := range built {
		if s.text == "" {
			return true, nil
		}
		if other, err := f.starting(s.evidence, true); err != nil || other.File == own.File {
			return err == nil, err
		}
	}
	return false, nil
}
