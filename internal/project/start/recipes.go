package start

import (
	"strings"

	"github.com/moult-build/moult/internal/source/regex"
)

// recipeHead matches the line that begins a target of a Makefile or a recipe of a
// justfile.
var recipeHead = regex.New(`^@?([A-Za-z][\w-]*)(?:\s[^:]*)?:(?:[^=]|$)`)

// recipes are the targets of a Makefile, or the recipes of a justfile.
func recipes(file, text string) (all []entry) {
	var current *entry
	values := map[string]string{}
	for n, line := range strings.Split(text, "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		if indent(line) > 0 {
			if command := strings.TrimLeft(strings.TrimSpace(line), "@-+"); current != nil && !strings.HasPrefix(command, "#") && !isEcho(command) {
				if current.text == "" {
					current.line = n + 1
				}
				current.text += command + "\n"
			}
			continue
		}
		current = nil
		if m := makeAssignment.FindStringSubmatch(strings.TrimRight(line, "\r")); m != nil {
			if value := withMakeValues(strings.Trim(m[2], `"'`), values); len(value) <= maxValue && !strings.Contains(value, "$(") {
				values[m[1]] = value
			}
			continue
		}
		if m := recipeHead.FindStringSubmatch(line); m != nil {
			all = append(all, entry{evidence{file: file, line: n + 1}, m[1]})
			current = &all[len(all)-1]
		}
	}
	for n := range all {
		all[n].text = withMakeValues(strings.Join(logicalLines(all[n].text), "\n"), values)
	}
	return all
}

var (
	// makeAssignment matches a variable of a Makefile or a justfile.
	makeAssignment = regex.New(`^(?:export )?([A-Za-z_]\w*)\s*(?:::|:|\?)?=\s*(.*?)\s*(?:#.*)?$`)
	makeVariable   = regex.New(`\$\(([A-Za-z_]\w*)\)|\$\{([A-Za-z_]\w*)\}|\{\{ ?([A-Za-z_]\w*) ?\}\}`)
)

// withMakeValues is a text with the values of variables. One that nothing sets stays.
func withMakeValues(text string, values map[string]string) string {
	if len(text) > maxEvidence/8 {
		return text
	}
	return makeVariable.ReplaceAllStringFunc(text, func(found string) string {
		m := makeVariable.FindStringSubmatch(found)
		if value, known := values[m[1]+m[2]+m[3]]; known {
			return value
		}
		return found
	})
}

// isEcho reports whether a command only prints, as in the help of a Makefile.
func isEcho(command string) bool {
	return strings.HasPrefix(command, "echo ") || strings.HasPrefix(command, "printf ")
}
