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
	if m == nil {
		return true
	}
	_, holds := inPythonRange(m.root, full)
	return holds
}

// inPythonRange also says whether a node restricts the version at all.
func inPythonRange(n node, full string) (restricts, holds bool) {
	if n.cmp != nil {
		return n.cmp.inPythonRange(full)
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
		r, h := inPythonRange(child, full)
		part = part || r
		holdsPart = holdsPart && h
	}
	end()
	return !open, open || holdsAny
}

// turned are the operators with their sides exchanged.
var turned = map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}

func (c *comparison) inPythonRange(full string) (restricts, holds bool) {
	name, op, text := c.left.text, c.op, c.right.text
	if !c.left.variable {
		name, text = text, name
		op = turned[op]
	}
	if name != "python_version" && name != "python_full_version" || op == "" {
		return false, true
	}
	value := full
	if parts := strings.SplitN(full, ".", 3); name == "python_version" && len(parts) > 2 && (strings.Count(text, ".") < 2 || strings.HasSuffix(op, "in")) {
		value = parts[0] + "." + parts[1]
	}
	switch op {
	case "in", "not in":
		words := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" ,|", r) })
		return true, slices.Contains(words, value) == (op == "in")
	}
	spec, err := pep440.ParseSpecifier(op + text)
	return err == nil, err != nil || spec.MatchesString(value)
}
