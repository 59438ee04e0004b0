// Package pep503 brings the names of Python projects, extras and dependency
// groups into the one form in which they may be compared (PEP 503, and
// PEP 685 and PEP 735, which take its rule over for extras and groups).
package pep503

import "strings"

// Normalize gives the normalized form of a name: lower case, with every run
// of '-', '_' and '.' written as one '-'. It accepts any string, also one
// that is no valid name; IsValid tells the two apart.
func Normalize(name string) string {
	if IsNormalized(name) {
		return name
	}
	lower := strings.ToLower(name)
	var b strings.Builder
	b.Grow(len(lower))
	inRun := false
	for _, r := range lower {
		if r == '-' || r == '_' || r == '.' {
			if !inRun {
				b.WriteByte('-')
			}
			inRun = true
			continue
		}
		inRun = false
		b.WriteRune(r)
	}
	return b.String()
}

// IsNormalized reports whether a name is valid and already in the normalized
// form.
func IsNormalized(name string) bool {
	if name == "" || name[0] == '-' || name[len(name)-1] == '-' {
		return false
	}
	for i := 0; i < len(name); i++ {
		c := name[i]
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
		case c == '-' && name[i-1] != '-':
		default:
			return false
		}
	}
	return true
}

// IsValid reports whether a string may be a project's name at all: ASCII
// letters, digits, '-', '_' and '.', beginning and ending with a letter or a
// digit.
func IsValid(name string) bool {
	if name == "" || !isAlnum(name[0]) || !isAlnum(name[len(name)-1]) {
		return false
	}
	for i := 0; i < len(name); i++ {
		if c := name[i]; !isAlnum(c) && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return true
}

func isAlnum(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}
