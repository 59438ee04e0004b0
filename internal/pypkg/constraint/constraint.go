// Package constraint reads version constraints in Poetry's words: PEP 440
// specifiers, "^1.2", "~1.2", "1.2.*", "1.2" for one version, "*" for any, and
// "||" between alternatives. Pipenv and poetry.lock use the same words.
//
// A text goes in; out comes a Constraint, which tells whether it allows a
// version. Specifiers and Marker write it in the standard's words where they
// have an equivalent.
package constraint

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/moult-build/moult/internal/pypkg/pep440"
)

// Constraint is what versions must be like. The zero value allows all.
type Constraint struct {
	text string
	// any are the alternatives: one of them must hold. None allows all.
	any []pep440.SpecifierSet
}

// Of is the constraint that a set of specifiers is.
func Of(set pep440.SpecifierSet) Constraint {
	return Constraint{text: set.String(), any: []pep440.SpecifierSet{set}}
}

// Parse reads a constraint.
func Parse(s string) (Constraint, error) {
	c := Constraint{text: s}
	// "===" takes any text as a version, which would not be one in a marker.
	if strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII || strings.ContainsRune("\"'\\", r) }) {
		return Constraint{}, fmt.Errorf("%q is not a version constraint", s)
	}
	for _, alternative := range strings.Split(strings.ReplaceAll(s, "||", "|"), "|") {
		var parts []string
		for _, word := range words(alternative) {
			part, err := specifier(word)
			if err != nil {
				return Constraint{}, fmt.Errorf("%q is not a version constraint", s)
			}
			if part != "" {
				parts = append(parts, part)
			}
		}
		set, err := pep440.ParseSpecifierSet(strings.Join(parts, ","))
		if err != nil {
			return Constraint{}, fmt.Errorf("%q is not a version constraint", s)
		}
		if set.IsEmpty() {
			return Constraint{text: s}, nil // this alternative allows all
		}
		c.any = append(c.any, set)
	}
	return c, nil
}

// words cuts at commas and at spaces; an operator may stand apart from its
// version.
func words(s string) []string {
	var parts []string
	fields := strings.FieldsFunc(s, func(c rune) bool { return c == ',' || c == ' ' || c == '\t' || c == '\n' || c == '\r' })
	for i := 0; i < len(fields); i++ {
		word := fields[i]
		if strings.Trim(word, "<>=!~^") == "" && i+1 < len(fields) {
			i++
			word += fields[i]
		}
		parts = append(parts, word)
	}
	return parts
}

// specifier gives one word in PEP 440's words, "" for any version.
func specifier(word string) (string, error) {
	op := word[:len(word)-len(strings.TrimLeft(word, "<>=!~^"))]
	version := word[len(op):]
	if strings.HasSuffix(version, ".x") || strings.HasSuffix(version, ".X") {
		version = version[:len(version)-1] + "*"
	}
	switch {
	case version == "*":
		return "", nil
	case op == "^":
		return between(version, caret)
	case op == "~":
		return between(version, tilde)
	case op == "" || op == "=":
		return "==" + version, nil
	case strings.HasSuffix(version, ".*") && op != "==" && op != "!=":
		return op + strings.TrimSuffix(version, ".*"), nil
	}
	return op + version, nil
}

// maxRelease is how many numbers of a version are looked at.
const maxRelease = 8

// between gives ">=version,<next", where next is the version raised at the
// place that index tells.
func between(text string, index func(v pep440.Version) int) (string, error) {
	v, err := pep440.Parse(strings.TrimSuffix(text, ".*"))
	if err != nil {
		return "", err
	}
	v = v.Public() // ">=" takes no local version
	at := index(v)
	numbers := make([]string, max(at+1, min(v.ReleaseLen(), maxRelease)))
	for i := range numbers {
		switch n := v.Release(i); {
		case i < at:
			numbers[i] = strconv.Itoa(n)
		case i == at && n < 1<<62:
			numbers[i] = strconv.Itoa(n + 1)
		case i == at:
			numbers[i] = strconv.Itoa(n)
		default:
			numbers[i] = "0"
		}
	}
	return ">=" + v.String() + ",<" + strings.Join(numbers, "."), nil
}

// caret is the place of the leftmost number that is not zero, else of the last
// written.
func caret(v pep440.Version) int {
	for i := range min(v.ReleaseLen(), maxRelease) {
		if v.Release(i) != 0 {
			return i
		}
	}
	return min(v.ReleaseLen(), maxRelease) - 1
}

// tilde is the place of the second number, or of the first if there is no
// other.
func tilde(v pep440.Version) int { return min(v.ReleaseLen()-1, 1) }

// String gives the text that was read.
func (c Constraint) String() string { return c.text }

// IsAny reports whether the constraint allows all versions.
func (c Constraint) IsAny() bool {
	return len(c.any) == 0 || slices.ContainsFunc(c.any, pep440.SpecifierSet.IsEmpty)
}

// Allows reports whether a version fits; pre-releases may.
func (c Constraint) Allows(v pep440.Version) bool {
	return c.Holds(func(set pep440.SpecifierSet) bool { return set.Contains(v, pep440.PrereleasesAllowed) })
}

// Holds reports whether one of the alternatives fits, by the caller's rule.
func (c Constraint) Holds(fits func(pep440.SpecifierSet) bool) bool {
	return c.IsAny() || slices.ContainsFunc(c.any, fits)
}
