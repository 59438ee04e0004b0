package fromdockerfile

import (
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// extra adds an extra that a Dockerfile installs.
func (d *dockerfile) extra(name string, at []parser.Range) {
	for _, n := range strings.FieldsFunc(name, func(r rune) bool { return r == ',' || r == ' ' }) {
		switch {
		case d.project.extra(n) || !d.project.known():
			d.Extras = append(d.Extras, n)
		case d.project.group(n):
			d.Groups = append(d.Groups, n)
		default:
			d.note(at, "extra "+n, "the project has no extra of this name")
		}
	}
}

// group adds a dependency group that a Dockerfile installs.
func (d *dockerfile) group(name string, at []parser.Range) {
	for _, n := range strings.FieldsFunc(name, func(r rune) bool { return r == ',' || r == ' ' }) {
		switch {
		case n == "main" || n == "default":
		case d.project.group(n) || !d.project.known():
			d.Groups = append(d.Groups, n)
		case d.project.extra(n):
			d.Extras = append(d.Extras, n)
		default:
			d.note(at, "group "+n, "the project has no dependency group of this name")
		}
	}
}

func (d *dockerfile) allExtras() { d.Extras = append(d.Extras, d.project.Extras...) }

// selection reads the options by which uv, Poetry, PDM and Pipenv choose extras
// and groups.
func (d *dockerfile) selection(words []string, at []parser.Range) {
	d.defaults(words, at)
	for n := 1; n < len(words); n++ {
		option, value, joined := strings.Cut(words[n], "=")
		if !strings.HasPrefix(option, "-") {
			continue
		}
		take := func() string {
			if !joined && n+1 < len(words) {
				n++
				return words[n]
			}
			return value
		}
		switch option {
		case "--extra", "--extras", "-E":
			d.extra(take(), at)
		case "--group", "--with", "--only", "--only-group", "-G", "--categories":
			name := take()
			if option == "-G" && strings.HasPrefix(name, ":") {
				continue
			}
			d.group(name, at)
		case "--all-extras":
			d.allExtras()
		case "--all-groups":
			d.Groups = append(d.Groups, d.project.Groups...)
		case "--dev":
			if words[0] == "pipenv" {
				d.group("dev", at)
			}
		case "--python", "-p":
			take()
		}
	}
}

// defaults records the groups for development that a tool installs by default.
// The last installation counts.
func (d *dockerfile) defaults(words []string, at []parser.Range) {
	verb := slices.IndexFunc(words, func(w string) bool { return w == "sync" || w == "install" })
	has := func(options ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool {
			option, _, _ := strings.Cut(w, "=")
			return slices.Contains(options, option)
		})
	}
	if verb < 0 || words[0] == "pipenv" {
		return
	}
	d.development = map[string][]parser.Range{}
	if has("--no-dev", "--no-default-groups", "--prod", "--production", "--only", "--only-group", "--without", "--no-group", "--no-install-project", "--no-root", "--only-main") &&
		!(words[0] == "poetry" && has("--no-root") && !has("--no-dev", "--only", "--without")) && !(words[0] == "uv" && has("--no-install-project") && !has("--no-dev", "--no-default-groups", "--only-group", "--no-group")) {
		return
	}
	for _, name := range d.project.Groups {
		if words[0] != "uv" || name == "dev" {
			d.development[name] = at
		}
	}
}

// developed reports groups for development that the image does not have.
func (d *dockerfile) developed() {
	for _, name := range sortedKeys(d.development) {
		if !contains(d.Groups, name) {
			d.note(d.development[name], "the group "+name, `the Dockerfile installs it, because the tool does so unless it is told not to; groups = ["`+name+`"] keeps it`)
		}
	}
}

// unique returns each value once, in the order of the first occurrences.
func unique(all []string) []string {
	var out []string
	for _, v := range all {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}
