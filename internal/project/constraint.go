package project

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep440"
)

// poetryConstraint turns a version constraint of poetry's ("^1.2", "~1.2",
// "1.2.*", ">=1 <2", "^1 || ^2") into a PEP 440 specifier; "" means any
// version.
func poetryConstraint(text string) (string, error) {
	var alternatives []string
	for _, alternative := range strings.FieldsFunc(strings.ReplaceAll(text, "||", "|"), func(c rune) bool { return c == '|' }) {
		spec, err := poetryConjunction(alternative)
		if err != nil {
			return "", fmt.Errorf("%q is not a version constraint", text)
		}
		if spec == "" {
			return "", nil
		}
		alternatives = append(alternatives, spec)
	}
	switch len(alternatives) {
	case 0:
		return "", nil
	case 1:
		return alternatives[0], nil
	}
	// PEP 440 has no "or": ranges that follow one another become one.
	low, high := "", ""
	for i, spec := range alternatives {
		parts := strings.Split(spec, ",")
		if len(parts) != 2 || !strings.HasPrefix(parts[0], ">=") || !strings.HasPrefix(parts[1], "<") || strings.HasPrefix(parts[1], "<=") {
			return "", fmt.Errorf("%q cannot be written as one version specifier", text)
		}
		from, to := strings.TrimPrefix(parts[0], ">="), strings.TrimPrefix(parts[1], "<")
		if i == 0 {
			low = from
		} else if a, err := pep440.Parse(from); err != nil {
			return "", err
		} else if b, err := pep440.Parse(high); err != nil || a.Compare(b) > 0 {
			return "", fmt.Errorf("%q cannot be written as one version specifier", text)
		}
		high = to
	}
	return ">=" + low + ",<" + high, nil
}

// poetryConjunction turns one alternative, whose parts are separated by commas
// or by spaces.
func poetryConjunction(text string) (string, error) {
	var parts []string
	words := strings.FieldsFunc(text, func(c rune) bool { return c == ',' || c == ' ' || c == '\t' })
	for i := 0; i < len(words); i++ {
		word := words[i]
		if strings.Trim(word, "<>=!~^") == "" && i+1 < len(words) { // ">= 1"
			i++
			word += words[i]
		}
		part, err := poetrySingle(word)
		if err != nil {
			return "", err
		}
		if part != "" {
			parts = append(parts, part)
		}
	}
	spec := strings.Join(parts, ",")
	_, err := pep440.ParseSpecifierSet(spec)
	return spec, err
}

func poetrySingle(word string) (string, error) {
	switch {
	case word == "*" || word == "":
		return "", nil
	case strings.HasPrefix(word, "^"):
		return nextAfter(word[1:], caretIndex)
	case strings.HasPrefix(word, "~") && !strings.HasPrefix(word, "~="):
		return nextAfter(word[1:], tildeIndex)
	case strings.HasPrefix(word, "=") && !strings.HasPrefix(word, "=="):
		return "==" + word[1:], nil
	case word[0] >= '0' && word[0] <= '9' || word[0] == 'v':
		return "==" + word, nil
	default:
		return word, nil
	}
}

// nextAfter gives ">=version,<next", next being the version raised at the place
// that index tells.
func nextAfter(text string, index func(v pep440.Version) int) (string, error) {
	v, err := pep440.Parse(text)
	if err != nil {
		return "", err
	}
	v = v.Public() // ">=" takes no local version
	at := index(v)
	numbers := make([]string, max(at+1, min(v.ReleaseLen(), 8)))
	for i := range numbers {
		switch {
		case i < at:
			numbers[i] = strconv.Itoa(v.Release(i))
		case i == at:
			numbers[i] = strconv.Itoa(v.Release(i) + 1)
		default:
			numbers[i] = "0"
		}
	}
	return ">=" + v.String() + ",<" + strings.Join(numbers, "."), nil
}

// caretIndex is the leftmost number that is not zero, else the last written.
func caretIndex(v pep440.Version) int {
	for i := range min(v.ReleaseLen(), 8) {
		if v.Release(i) != 0 {
			return i
		}
	}
	return min(v.ReleaseLen(), 8) - 1
}

// tildeIndex is the second number, or the first if there is no other.
func tildeIndex(v pep440.Version) int { return min(v.ReleaseLen()-1, 1) }

// pythonMarker turns a constraint on Python into a marker.
func pythonMarker(text string) (string, error) {
	spec, err := poetryConstraint(text)
	if err != nil || spec == "" {
		return "", err
	}
	set, err := pep440.ParseSpecifierSet(spec)
	if err != nil {
		return "", err
	}
	var parts []string
	for _, s := range set.Specifiers() {
		name := "python_version"
		if s.Version.ReleaseLen() > 2 || s.Op == pep440.ArbitraryEq {
			name = "python_full_version"
		}
		parts = append(parts, fmt.Sprintf("%s %s %q", name, s.Op, s.Text))
	}
	return strings.Join(parts, " and "), nil
}
