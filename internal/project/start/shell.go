package start

import (
	"strings"

	"github.com/moult-build/moult/internal/source/regex"
)

var (
	// shellAssignment matches a line that sets a variable or, with a bracket, an array.
	shellAssignment = regex.New(`^\s*(?:(?:export|readonly|local|declare|typeset)\s+(?:-\w+\s+)*)?([A-Za-z_]\w*)=(.*)$`)
	// shellVariable matches a variable, all words of an array, or a variable with a
	// default; a quoted one with its quotes.
	shellVariable = regex.New(`"?\$(?:\{([A-Za-z_]\w*)(?:\[[@*]\])?(?::?-([^}$]*))?\}|([A-Za-z_]\w*))"?`)
	// imageVariable matches an instruction of a Dockerfile that sets variables.
	imageVariable = regex.New(`(?i)^\s*(?:ENV|ARG)\s+(\S.*?)\s*$`)
)

// The most characters of a variable's value, and of a text with the values.
const (
	maxValue    = 500
	maxExpanded = 2 * maxEvidence
)

// expanded is a shell's text with the values of the variables that it sets itself, or
// that are set before; another one has the default that stands at its place, and stays
// without one. The lines are the same ones.
func expanded(text string, set map[string]string) string {
	values := map[string]string{}
	for name, value := range set {
		values[name] = value
	}
	lines := strings.Split(text, "\n")
	size := 0
	for n := 0; n < len(lines) && size < maxExpanded; n++ {
		m := shellAssignment.FindStringSubmatch(strings.TrimRight(lines[n], "\r"))
		if m == nil {
			lines[n] = withValues(lines[n], values)
			size += len(lines[n])
			continue
		}
		value := m[2]
		if words, is := strings.CutPrefix(value, "("); is {
			for !strings.Contains(words, ")") && n+1 < len(lines) && len(words) < maxValue {
				n++
				words += " " + strings.TrimSpace(lines[n])
			}
			value, _, _ = strings.Cut(words, ")")
		} else if first, rest := firstWord(value); rest == "" || strings.HasPrefix(rest, "#") || strings.HasPrefix(rest, ";") {
			value = first
		} else {
			lines[n] = withValues(lines[n], values) // it sets the variable for one command
			size += len(lines[n])
			continue
		}
		if value = strings.NewReplacer(`"`, "", "'", "").Replace(withValues(value, values)); len(value) <= maxValue && !strings.ContainsAny(value, "$`") {
			values[m[1]] = value
		}
	}
	return strings.Join(lines, "\n")
}

// firstWord is the first word of a shell's text without its quotes, and what follows.
func firstWord(text string) (word, rest string) {
	if text != "" && (text[0] == '"' || text[0] == '\'') {
		if end := strings.IndexByte(text[1:], text[0]); end >= 0 {
			return text[1 : end+1], strings.TrimSpace(text[end+2:])
		}
	}
	word, rest, _ = strings.Cut(text, " ")
	return word, strings.TrimSpace(rest)
}

// withValues is a line with the values of variables.
func withValues(line string, values map[string]string) string {
	if !strings.Contains(line, "$") {
		return line
	}
	for range 2 { // a default may have a variable: ${APP:-$MODULE:app}
		line = shellVariable.ReplaceAllStringFunc(line, func(found string) string {
			m := shellVariable.FindStringSubmatch(found)
			if value, known := values[m[1]+m[3]]; known {
				return value
			}
			if m[2] != "" {
				return m[2]
			}
			return found
		})
	}
	return line
}

// imageVariables are those that a Dockerfile sets for its commands.
func imageVariables(content string) map[string]string {
	values := map[string]string{}
	for _, line := range logicalLines(content) {
		if m := imageVariable.FindStringSubmatch(line); m != nil {
			for _, a := range assignments(m[1]) {
				if value := withValues(a.value, values); len(value) <= maxValue && !strings.Contains(value, "$") {
					values[a.name] = value
				}
			}
		}
	}
	return values
}

// assignment is a variable that an instruction of a Dockerfile sets. plain is false for
// a value with escapes, or with quotes around a part of it, which is not read here as
// Docker reads it.
type assignment struct {
	name, value string
	plain       bool
}

// assignments are those of the arguments of ENV or ARG.
func assignments(text string) (all []assignment) {
	if name, value, ok := strings.Cut(text, " "); ok && !strings.Contains(name, "=") { // the old form has one
		value = strings.TrimSpace(value)
		first, rest := firstWord(value)
		if rest != "" {
			first = value
		}
		return []assignment{{name, first, rest == "" && isPlain(first, value) || rest != "" && isPlain(value, value)}}
	}
	for text != "" {
		name, after, ok := strings.Cut(text, "=")
		if !ok {
			break
		}
		a := assignment{name: strings.TrimSpace(name)}
		a.value, text = firstWord(after)
		written := strings.TrimSpace(after[:len(after)-len(text)])
		a.plain = isPlain(a.value, written) && (text == "" || !strings.HasSuffix(after[:len(after)-len(text)], written))
		all = append(all, a)
	}
	return all
}

// isPlain reports whether Docker reads the value of a variable as firstWord does.
func isPlain(value, written string) bool {
	return !strings.Contains(value, `\`) && (value != written || !strings.ContainsAny(value, "\"'\t"))
}
