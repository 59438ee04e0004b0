package pep508

import (
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep440"
)

// InPythonRange reports whether a full version of Python lies in the range that a
// marker describes by python_version and python_full_version; other variables
// count as unknown and do not restrict it. Poetry asks for this in addition to
// the marker's value. It differs from it where a marker compares python_version,
// which has two numbers, with three: python_version <= "3.11.2" does not hold for
// 3.11.7 then. A list of versions ("in") is a list of words here, not a text.
func (m *Marker) InPythonRange(full string) bool {
	return m == nil || holdsFor(m.root, pythons{full: full, version: full})
}

// InPythonLists is the same without that difference: only lists of versions are read
// otherwise than by the marker's value. It is how Poetry reads the markers of packages
// in a lock.
func (m *Marker) InPythonLists(full string) bool {
	return m == nil || holdsFor(m.root, pythons{full: full, version: minorOf(full)})
}

// pythons are the values of python_full_version, and of python_version where it is
// compared with three numbers.
type pythons struct{ full, version string }

// minorOf are the first two numbers of a version.
func minorOf(full string) string {
	parts := strings.SplitN(full, ".", 3)
	return strings.Join(parts[:min(len(parts), 2)], ".")
}

func holdsFor(n node, p pythons) bool {
	_, holds := inPythonRange(n, p)
	return holds
}

// inPythonRange also says whether a node restricts the version at all.
func inPythonRange(n node, p pythons) (restricts, holds bool) {
	if n.cmp != nil {
		return n.cmp.inPythonRange(p)
	}
	// "and" binds tighter than "or". A part that does not restrict makes an "or"
	// hold for all versions, and an "and" does without it.
	holdsAny, open := false, false
	part, holdsPart := false, true
	end := func() {
		holdsAny = holdsAny || holdsPart
		open = open || !part
	}
	for i, child := range n.list {
		if i > 0 && n.ops[i-1] == "or" {
			end()
			part, holdsPart = false, true
		}
		r, h := inPythonRange(child, p)
		part = part || r
		holdsPart = holdsPart && h
	}
	end()
	return !open, open || holdsAny
}

// turned are the operators with their sides exchanged.
var turned = map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}

func (c *comparison) inPythonRange(p pythons) (restricts, holds bool) {
	name, op, text := c.left.text, c.op, c.right.text
	if !c.left.variable {
		name, text = text, name
		op = turned[op]
	}
	if name != "python_version" && name != "python_full_version" || op == "" {
		return false, true
	}
	value := p.full
	switch {
	case name == "python_version" && (strings.Count(text, ".") < 2 || strings.HasSuffix(op, "in")):
		value = minorOf(p.full)
	case name == "python_version":
		value = p.version
	}
	switch op {
	case "in", "not in":
		words := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" ,|", r) })
		return true, slices.Contains(words, value) == (op == "in")
	}
	spec, err := pep440.ParseSpecifier(op + text)
	return err == nil, err != nil || spec.MatchesString(value)
}
