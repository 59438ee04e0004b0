package project

import (
	"regexp"
	"strings"

	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/source/regex"
)

var (
	requiresArgument = regex.New(`^install_requires\s*=\s*`)
	identifier       = regex.New(`^[A-Za-z_]\w*`)
)

// setupRequires are the strings of the list that a setup.py gives to setup() as
// install_requires: a list of string literals, or a variable that is assigned
// one. ok is false if only Python knows them, or if there is no such argument.
func setupRequires(file *source.File) (list []source.At[string], ok bool) {
	code := string(file.Data)
	at := setupArgument(code, requiresArgument)
	if at < 0 {
		return nil, false
	}
	if name := identifier.FindString(code[at:]); name != "" {
		found := regexp.MustCompile(`(?m)^[ \t]*`+name+`[ \t]*\+?=[ \t]*`).FindAllStringIndex(code, -1)
		if len(found) != 1 || strings.Contains(code[found[0][0]:found[0][1]], "+") || !endsArgument(code[at+len(name):]) {
			return nil, false
		}
		// One that is changed later has more than its list.
		if regexp.MustCompile(`\b` + name + `\s*[.\[]`).MatchString(code) {
			return nil, false
		}
		list, _, ok = literalList(file, found[0][1])
		return list, ok
	}
	list, end, ok := literalList(file, at)
	return list, ok && endsArgument(code[end:])
}

// endsArgument reports whether an argument of a call ends here.
func endsArgument(rest string) bool {
	rest = strings.TrimLeft(rest, " \t\r\n")
	return strings.HasPrefix(rest, ",") || strings.HasPrefix(rest, ")") || strings.HasPrefix(rest, "#")
}

// literalList reads a list or a tuple of string literals. end is the offset
// behind it.
func literalList(file *source.File, at int) (list []source.At[string], end int, ok bool) {
	code := string(file.Data)
	if at >= len(code) || code[at] != '[' && code[at] != '(' {
		return nil, at, false
	}
	needsComma := false
	for n := at + 1; n < len(code); n++ {
		switch c := code[n]; {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
		case c == '#':
			n += max(strings.IndexByte(code[n:], '\n'), 0)
		case c == ',' && needsComma:
			needsComma = false
		case (c == '"' || c == '\'') && !needsComma:
			last := n + textEnd(code[n:])
			text := strings.Trim(code[n:last+1], code[n:n+1])
			if strings.ContainsAny(text, "\\\n{%") {
				return nil, n, false
			}
			line := strings.Count(code[:n], "\n")
			list = append(list, source.At[string]{V: text, Pos: source.Pos{File: file, Line: line + 1, Col: n - strings.LastIndexByte(code[:n], '\n')}})
			n, needsComma = last, true
		case c == ']' || c == ')':
			return list, n + 1, true
		default:
			return nil, n, false
		}
	}
	return nil, len(code), false
}
