package fromdockerfile

import (
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// extra takes over an extra that a Dockerfile installs.
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

// group takes over a dependency group.
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

// unique gives each value once, in their first order.
func unique(all []string) []string {
	var out []string
	for _, v := range all {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}
