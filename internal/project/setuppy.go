package project

import (
	"regexp"
	"strings"

	"github.com/moult-build/moult/internal/source/regex"
)

var (
	setupCall = regex.New(`(?m)^(?:setuptools\.|[ \t]+|[ \t]+setuptools\.)?setup[ \t]*\(`)
	// setupImport matches the import of setup(), or of the library that has it.
	setupImport = regex.New(`(?m)^[ \t]*(?:from[ \t]+[\w.]+[ \t]+import[ \t][^#\n]*\bsetup\b|(?:from|import)[ \t]+(?:setuptools|distutils|skbuild)\b)`)
	nameBegin   = regex.New(`^name\s*=\s*`)
	nameValue   = regex.New(`^(?:"([^"\\\n]*)"|'([^'\\\n]*)'|([A-Za-z_]\w*))\s*[,)#\n]`)
)

// setupName is the name that a setup.py gives to setup(): a string, or a
// variable that is assigned one string. It is "" if the name is not known
// without running the file. Arguments of calls inside setup() do not count,
// because a wrong name would be searched for on the index.
func setupName(code string) string {
	at := setupArgument(code, nameBegin)
	if at < 0 {
		return ""
	}
	m := nameValue.FindStringSubmatch(code[at:])
	switch {
	case m == nil:
		return ""
	case m[3] != "":
		return assigned(code, m[3])
	}
	return m[1] + m[2]
}

// setupArgument returns the offset of the value of an argument of setup(), whose
// name and equals sign begin matches; -1 if there is none.
func setupArgument(code string, begin *regex.Regexp) int {
	at := setupCall.FindStringIndex(code)
	if at == nil {
		return -1
	}
	call := code[at[1]:]
	depth, begins := 1, true // begins is true before an argument
	for n := 0; n < len(call) && depth > 0; n++ {
		if begins && depth == 1 {
			if m := begin.FindStringIndex(call[n:]); m != nil {
				return at[1] + n + m[1]
			}
		}
		switch c := call[n]; c {
		case ' ', '\t', '\r', '\n':
			continue
		case '#':
			n += max(strings.IndexByte(call[n:], '\n'), 0)
			continue
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		case '"', '\'':
			n += textEnd(call[n:])
		}
		begins = call[n] == ','
	}
	return -1
}

// textEnd is the offset of the last byte of the string literal at the
// beginning of code.
func textEnd(code string) int {
	quote := code[:1]
	if strings.HasPrefix(code, strings.Repeat(quote, 3)) {
		quote = code[:3]
	}
	for n := len(quote); n < len(code); n++ {
		if code[n] == '\\' {
			n++
		} else if strings.HasPrefix(code[n:], quote) {
			return n + len(quote) - 1
		}
	}
	return len(code) - 1
}

// assigned returns the string that a file assigns to a variable; "" if the
// value is not one string literal.
func assigned(code, variable string) string {
	assignments := regexp.MustCompile(`(?m)^[ \t]*`+variable+`[ \t]*=[ \t]*(?:"([^"\\\n]*)"|'([^'\\\n]*)')?`).FindAllStringSubmatch(code, -1)
	if len(assignments) != 1 {
		return ""
	}
	return assignments[0][1] + assignments[0][2]
}

// shim reports whether a setup.py only calls setup() without arguments, so that
// setup.cfg has all settings.
func shim(code string) bool {
	for _, line := range strings.Split(code, "\n") {
		line, _, _ = strings.Cut(line, "#")
		switch line = strings.TrimSpace(line); line {
		case "", "setup()", "setuptools.setup()", "import setuptools", "from setuptools import setup",
			`if __name__ == "__main__":`, `if __name__ == '__main__':`:
		default:
			return false
		}
	}
	return true
}
