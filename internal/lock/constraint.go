package lock

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep440"
)

// constraint is a version constraint in Poetry's words: PEP 440 specifiers
// plus "^1.2", "~1.2", "1.2.*", "*" and "||" between alternatives.
type constraint struct {
	text string
	// any are alternatives, of which each is a list that must hold. None at
	// all is no constraint.
	any [][]clause
}

type clause struct{ set pep440.SpecifierSet }

func parseConstraint(s string) (constraint, error) {
	c := constraint{text: s}
	for _, alternative := range strings.Split(strings.ReplaceAll(s, "||", "|"), "|") {
		var all []clause
		for _, part := range splitClauses(alternative) {
			set, err := parseClause(part)
			if err != nil {
				return constraint{}, fmt.Errorf("%q is not a version constraint: %w", s, err)
			}
			all = append(all, clause{set})
		}
		c.any = append(c.any, all)
	}
	return c, nil
}

// splitClauses cuts at commas, and at spaces that stand before an operator.
func splitClauses(s string) []string {
	var parts []string
	for _, part := range strings.Split(s, ",") {
		fields := strings.Fields(part)
		for i := 0; i < len(fields); i++ {
			clause := fields[i]
			if strings.Trim(clause, "<>=!~^") == "" && i+1 < len(fields) {
				i++
				clause += fields[i] // "> = 1.0" is written apart
			}
			parts = append(parts, clause)
		}
	}
	return parts
}

func parseClause(s string) (pep440.SpecifierSet, error) {
	op := s[:len(s)-len(strings.TrimLeft(s, "<>=!~^"))]
	text := strings.TrimSpace(s[len(op):])
	switch {
	case text == "*" || text == "" && op == "" || s == "*":
		return pep440.SpecifierSet{}, nil
	case op == "^" || op == "~":
		v, err := pep440.Parse(text)
		if err != nil {
			return pep440.SpecifierSet{}, err
		}
		return pep440.ParseSpecifierSet(">=" + text + ",<" + upperBound(v, op))
	case op == "" || op == "=":
		if strings.HasSuffix(text, ".x") {
			text = strings.TrimSuffix(text, ".x") + ".*"
		}
		return pep440.ParseSpecifierSet("==" + text)
	case strings.HasSuffix(text, ".*") && op != "==" && op != "!=":
		return pep440.ParseSpecifierSet(op + strings.TrimSuffix(text, ".*"))
	}
	return pep440.ParseSpecifierSet(op + text)
}

// upperBound gives the first version that "^v" or "~v" no longer allows: ^
// keeps the first number that is not zero, ~ the first two.
func upperBound(v pep440.Version, op string) string {
	keep := 0
	if op == "~" {
		keep = min(1, v.ReleaseLen()-1)
	} else {
		for keep < v.ReleaseLen()-1 && v.Release(keep) == 0 {
			keep++
		}
	}
	numbers := make([]string, keep+1)
	for i := range numbers {
		n := v.Release(i)
		if i == keep && n < 1<<62 {
			n++
		}
		numbers[i] = strconv.Itoa(n)
	}
	return strings.Join(numbers, ".")
}

// allows reports whether a version fits.
func (c constraint) allows(v pep440.Version) bool {
	return c.holds(func(set pep440.SpecifierSet) bool { return set.Contains(v, pep440.PrereleasesAllowed) })
}

// allowsPython reports whether an interpreter fits.
func (c constraint) allowsPython(p python) bool {
	return c.holds(p.fits)
}

func (c constraint) holds(fits func(pep440.SpecifierSet) bool) bool {
	if len(c.any) == 0 {
		return true
	}
	for _, all := range c.any {
		set := pep440.SpecifierSet{}
		for _, clause := range all {
			set = set.And(clause.set)
		}
		if fits(set) {
			return true
		}
	}
	return false
}

// specifiers gives the constraint as one specifier set, where it is one.
func (c constraint) specifiers() (pep440.SpecifierSet, bool) {
	if len(c.any) != 1 {
		return pep440.SpecifierSet{}, false
	}
	set := pep440.SpecifierSet{}
	for _, clause := range c.any[0] {
		set = set.And(clause.set)
	}
	return set, true
}
