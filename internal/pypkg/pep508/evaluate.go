package pep508

import (
	"fmt"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep503"
)

// Evaluate reports whether the marker holds. It fails on comparisons that
// mean nothing: a variable the context does not know, "~=" on strings, a set
// on the left-hand side.
func (m *Marker) Evaluate(env Environment, active Active) (bool, error) {
	if m == nil {
		return true, nil
	}
	e := evaluator{env: env, active: active}
	if strings.HasSuffix(e.env.PythonFullVersion, "+") {
		e.env.PythonFullVersion += "local" // interpreters built from a checkout say "3.14.0+"
	}
	return e.node(m.root)
}

type evaluator struct {
	env    Environment
	active Active
}

// node evaluates all of a list before it answers, so that a comparison that
// means nothing is found wherever it stands. "and" binds tighter than "or".
func (e *evaluator) node(n node) (bool, error) {
	if n.cmp != nil {
		return e.comparison(n.cmp)
	}
	any, all := false, true
	for i, child := range n.list {
		v, err := e.node(child)
		if err != nil {
			return false, err
		}
		if i > 0 && n.ops[i-1] == "or" {
			any, all = any || all, true
		}
		all = all && v
	}
	return any || all, nil
}

func (e *evaluator) comparison(c *comparison) (bool, error) {
	// The side that names the variable decides how the two are compared. With
	// two strings the right one is taken for the name, as packaging does.
	if c.left.variable {
		switch c.left.text {
		case "extra":
			return e.extra(c, func(extra string) (bool, error) { return compare("extra", extra, c.op, c.right.text) })
		case "extras", "dependency_groups":
			if err := e.known(c.left.text); err != nil {
				return false, err
			}
			return false, fmt.Errorf("%s is a set: write \"name\" in %s", c.left.text, c.left.text)
		}
		value, ok := e.env.lookup(c.left.text)
		if !ok {
			return false, fmt.Errorf("the marker variable %q is not known", c.left.text)
		}
		return compare(c.left.text, value, c.op, c.right.text)
	}
	switch key := c.right.text; key {
	case "extra":
		return e.extra(c, func(extra string) (bool, error) { return compare("extra", c.left.text, c.op, extra) })
	case "extras", "dependency_groups":
		if err := e.known(key); err != nil {
			return false, err
		}
		if key == "dependency_groups" && e.active.AnyGroup {
			return true, nil
		}
		set := e.active.Extras
		if key == "dependency_groups" {
			set = e.active.Groups
		}
		return compareSet(c.left.text, c.op, set)
	default:
		value, ok := e.env.lookup(key)
		if !ok {
			return false, fmt.Errorf("the marker variable %q is not known", key)
		}
		return compare(key, c.left.text, c.op, value)
	}
}

// known fails if the context gives a variable no meaning.
func (e *evaluator) known(name string) error {
	if name == "dependency_groups" && e.active.AnyGroup {
		return nil
	}
	want := InLockFile
	if name == "extra" {
		want = InMetadata
	}
	if e.active.Context != want {
		return fmt.Errorf("the marker variable %q has no meaning here", name)
	}
	return nil
}

// extra compares with each active extra, or with "" if there is none. What
// denies ("!=", "not in") must hold for all of them, the rest for one.
func (e *evaluator) extra(c *comparison, holds func(string) (bool, error)) (bool, error) {
	if err := e.known("extra"); err != nil {
		return false, err
	}
	if e.active.AnyExtra {
		return true, nil
	}
	extras := e.active.Extras
	if len(extras) == 0 {
		extras = []string{""}
	}
	denies := c.op == "!=" || c.op == "not in"
	result := denies
	for _, extra := range extras {
		v, err := holds(pep503.Normalize(extra))
		if err != nil {
			return false, err
		}
		if denies {
			result = result && v
		} else {
			result = result || v
		}
	}
	return result, nil
}

// compare applies an operator to a value and what it is compared with. Only
// variables that hold versions compare as versions; all others as strings,
// for which there is no order.
func compare(key, left, op, right string) (bool, error) {
	switch key {
	case "implementation_version", "platform_release", "python_full_version", "python_version":
		if op == "in" || op == "not in" {
			break
		}
		if spec, err := pep440.ParseSpecifier(op + right); err == nil {
			return spec.MatchesString(left), nil
		}
	}
	switch op {
	case "in":
		return strings.Contains(right, left), nil
	case "not in":
		return !strings.Contains(right, left), nil
	case "==", "<=", ">=":
		return left == right, nil
	case "!=":
		return left != right, nil
	case "<", ">":
		return false, nil
	}
	return false, fmt.Errorf("%q %s %q means nothing: %s compares versions only", left, op, right, op)
}

func compareSet(name, op string, set []string) (bool, error) {
	name = pep503.Normalize(name)
	member := false
	for _, s := range set {
		member = member || pep503.Normalize(s) == name
	}
	switch op {
	case "in":
		return member, nil
	case "not in":
		return !member, nil
	case "!=":
		return true, nil // a name is never a set
	case "==", "<=", ">=", "<", ">":
		return false, nil
	}
	return false, fmt.Errorf("%q %s a set means nothing", name, op)
}
