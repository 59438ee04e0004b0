package install

import (
	"fmt"
	"regexp"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/moult-build/moult/internal/step/whiteout"
)

// entryPoint is one command of the console_scripts or gui_scripts group.
type entryPoint struct {
	name   string
	module string
	attr   string // dotted
}

// entryPoints are a wheel's commands, sorted by name.
type entryPoints []entryPoint

func (e entryPoints) has(name string) bool {
	for _, p := range e {
		if p.name == name {
			return true
		}
	}
	return false
}

// objectReference is a value in the entry points specification: module,
// object, and extras, which installers ignore.
var objectReference = regexp.MustCompile(`^([\p{L}\p{M}\p{N}_.]+)\s*(?::\s*([\p{L}\p{M}\p{N}_.]+)\s*)?(?:\[.*\]\s*)?$`)

// parseEntryPoints reads the commands from entry_points.txt: an INI file
// whose names are case-sensitive and end at the first "=". Only the two
// groups of commands are read. If a name is in both groups, the console
// script is used.
func parseEntryPoints(data []byte) (entryPoints, error) {
	groups := map[string]map[string]entryPoint{
		"console_scripts": {},
		"gui_scripts":     {},
	}
	var current map[string]entryPoint
	for i, line := range strings.Split(strings.TrimPrefix(string(data), "\ufeff"), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		if line[0] == '[' && line[len(line)-1] == ']' {
			current = groups[strings.TrimSpace(line[1:len(line)-1])]
			continue
		}
		if current == nil {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		if !ok {
			return nil, fmt.Errorf("line %d: %q is not \"name = module:object\"", i+1, line)
		}
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		m := objectReference.FindStringSubmatch(value)
		if m == nil || !dottedName(m[1]) {
			return nil, fmt.Errorf("line %d: %q is not a reference like module:object", i+1, value)
		}
		if m[2] == "" || !dottedName(m[2]) {
			return nil, fmt.Errorf("line %d: the command %q names no object to call: want module:object, have %q", i+1, name, value)
		}
		if err := checkScriptName(name); err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		current[name] = entryPoint{name: name, module: m[1], attr: m[2]}
	}

	merged := groups["gui_scripts"]
	for name, p := range groups["console_scripts"] {
		merged[name] = p
	}
	var all entryPoints
	for _, p := range merged {
		all = append(all, p)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].name < all[j].name })
	return all, nil
}

// dottedName reports whether s consists of identifiers joined by dots. Other
// text from the file could become code in a script.
func dottedName(s string) bool {
	for _, part := range strings.Split(s, ".") {
		if part == "" || part[0] >= '0' && part[0] <= '9' {
			return false
		}
	}
	return true
}

// reservedScript matches the interpreters' names. A command of such a name
// would replace the virtual environment's own links.
var reservedScript = regexp.MustCompile(`^(python|pythonw|pypy|graalpy)[0-9.]*t?$`)

func checkScriptName(name string) error {
	switch {
	case name == "" || name == "." || name == "..":
		return fmt.Errorf("%q cannot be the name of a command", name)
	case strings.ContainsAny(name, "/\\"):
		return fmt.Errorf("the command's name %q would leave the bin directory", name)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		return fmt.Errorf("the command's name %q has a control character", name)
	case strings.HasPrefix(name, whiteout.Prefix):
		return fmt.Errorf("the command's name %q %s", name, whiteout.Reason)
	case len(name) > 255:
		return fmt.Errorf("the command's name %q is longer than 255 bytes", name)
	case reservedScript.MatchString(name):
		return fmt.Errorf("the command's name %q is the interpreter's", name)
	}
	return nil
}

// forPython replaces the versions in the names of pip's own commands (pip3.13)
// by the target's version, as pip does. A wheel of pip has the names for the
// Python that built it.
func (e entryPoints) forPython(version string) entryPoints {
	var out entryPoints
	for _, p := range e {
		switch {
		case p.name == "pip":
			major, _, _ := strings.Cut(version, ".")
			for _, suffix := range []string{"", major, version} {
				q := p
				q.name += suffix
				out = append(out, q)
			}
		case e.has("pip") && pipVersioned.MatchString(p.name):
		case p.name == "easy_install":
			q := p
			q.name += "-" + version
			out = append(out, p, q)
		case e.has("easy_install") && easyInstallVersioned.MatchString(p.name):
		default:
			out = append(out, p)
		}
	}
	return out
}

var (
	pipVersioned         = regexp.MustCompile(`^pip(\d+(\.\d+)?)$`)
	easyInstallVersioned = regexp.MustCompile(`^easy_install(-\d+\.\d+)$`)
)
