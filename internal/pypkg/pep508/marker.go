package pep508

import (
	"fmt"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep503"
)

// Marker is a condition on the environment. A nil *Marker always holds.
type Marker struct {
	root node
}

// node is a comparison, or a list of nodes joined by "and" and "or". Lists
// stay as they were written, so that String gives the same parentheses.
type node struct {
	cmp  *comparison
	list []node
	// ops are the words between the nodes of list.
	ops []string
}

type operand struct {
	variable bool
	text     string
}

type comparison struct {
	left  operand
	op    string
	right operand
}

// ParseMarker reads a marker. The error is a *SyntaxError.
func ParseMarker(s string) (*Marker, error) {
	l := &lexer{src: s}
	m, err := l.marker()
	if err != nil {
		return nil, err
	}
	if !l.end() {
		return nil, l.errorf(l.pos, "expected the end of the marker")
	}
	return m, nil
}

func (l *lexer) marker() (*Marker, error) {
	n, err := l.markerList(0)
	if err != nil {
		return nil, err
	}
	return &Marker{root: n}, nil
}

func (l *lexer) markerList(depth int) (node, error) {
	if depth > maxDepth {
		return node{}, l.errorf(l.pos, "more than %d parentheses inside each other", maxDepth)
	}
	atom, err := l.markerAtom(depth)
	if err != nil {
		return node{}, err
	}
	n := node{list: []node{atom}}
	for {
		op := l.keyword("or", "and")
		if op == "" {
			return n, nil
		}
		if atom, err = l.markerAtom(depth); err != nil {
			return node{}, err
		}
		n.ops = append(n.ops, op)
		n.list = append(n.list, atom)
	}
}

func (l *lexer) markerAtom(depth int) (node, error) {
	l.space()
	var n node
	var err error
	if start := l.pos; l.take('(') {
		l.space()
		if n, err = l.markerList(depth + 1); err != nil {
			return node{}, err
		}
		l.space()
		if !l.take(')') {
			return node{}, l.errorf(start, "this ( has no matching )")
		}
	} else {
		var c comparison
		if c, err = l.comparison(); err != nil {
			return node{}, err
		}
		n = node{cmp: &c}
	}
	l.space()
	return n, nil
}

func (l *lexer) comparison() (c comparison, err error) {
	if c.left, err = l.operand(); err != nil {
		return c, err
	}
	l.space()
	if c.op, err = l.operator(); err != nil {
		return c, err
	}
	l.space()
	if c.right, err = l.operand(); err != nil {
		return c, err
	}
	// Extras and groups are compared in their normalized form (PEP 685).
	switch {
	case c.left.variable && c.left.text == "extra" && !c.right.variable:
		c.right.text = pep503.Normalize(c.right.text)
	case c.right.variable && !c.left.variable &&
		(c.right.text == "extra" || c.right.text == "extras" || c.right.text == "dependency_groups"):
		c.left.text = pep503.Normalize(c.left.text)
	}
	return c, nil
}

// variables are all spellings of marker variables, old ones included.
var variables = []string{
	"python_version", "python_full_version", "os_name", "os.name", "sys_platform", "sys.platform",
	"platform_release", "platform_system", "platform_version", "platform.version",
	"platform_machine", "platform.machine", "platform_python_implementation",
	"platform.python_implementation", "python_implementation",
	"implementation_name", "implementation_version", "extras", "extra", "dependency_groups",
}

func (l *lexer) operand() (operand, error) {
	if name := l.keyword(variables...); name != "" {
		name = strings.ReplaceAll(name, ".", "_")
		if name == "python_implementation" {
			name = "platform_python_implementation"
		}
		return operand{variable: true, text: name}, nil
	}
	value, found, err := l.quoted()
	if err != nil {
		return operand{}, err
	}
	if !found {
		return operand{}, l.errorf(l.pos, "expected a marker variable or a quoted string")
	}
	return operand{text: value}, nil
}

func (l *lexer) operator() (string, error) {
	switch l.keyword("in", "not") {
	case "in":
		return "in", nil
	case "not":
		if !l.space() {
			return "", l.errorf(l.pos, "expected a space after \"not\"")
		}
		if l.keyword("in") == "" {
			return "", l.errorf(l.pos, "expected \"in\" after \"not\"")
		}
		return "not in", nil
	}
	for _, op := range []string{"===", "==", "~=", "!=", "<=", ">=", "<", ">"} {
		if strings.HasPrefix(l.rest(), op) {
			l.pos += len(op)
			return op, nil
		}
	}
	return "", l.errorf(l.pos, "expected one of <= < != == >= > ~= === in, not in")
}

// String writes the marker with the parentheses it was read with.
func (m *Marker) String() string {
	if m == nil {
		return ""
	}
	var b strings.Builder
	m.root.write(&b, true)
	return b.String()
}

func (n node) write(b *strings.Builder, outermost bool) {
	if n.cmp != nil {
		n.cmp.left.write(b)
		b.WriteString(" " + n.cmp.op + " ")
		n.cmp.right.write(b)
		return
	}
	if len(n.list) == 1 {
		n.list[0].write(b, outermost)
		return
	}
	if !outermost {
		b.WriteByte('(')
	}
	for i, child := range n.list {
		if i > 0 {
			b.WriteString(" " + n.ops[i-1] + " ")
		}
		child.write(b, false)
	}
	if !outermost {
		b.WriteByte(')')
	}
}

func (o operand) write(b *strings.Builder) {
	switch {
	case o.variable:
		b.WriteString(o.text)
	case !strings.Contains(o.text, `"`):
		b.WriteString(`"` + o.text + `"`)
	case !strings.Contains(o.text, `'`):
		b.WriteString(`'` + o.text + `'`)
	default:
		b.WriteString(`"` + strings.ReplaceAll(strings.ReplaceAll(o.text, `\`, `\\`), `"`, `\"`) + `"`)
	}
}

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

// And gives the marker that holds where both do; either may be nil.
func (m *Marker) And(o *Marker) *Marker {
	switch {
	case m == nil:
		return o
	case o == nil:
		return m
	}
	return &Marker{root: node{list: []node{m.root, o.root}, ops: []string{"and"}}}
}

// Variables gives the names of the marker variables the marker looks at, in
// the order they first appear.
func (m *Marker) Variables() []string {
	var names []string
	seen := map[string]bool{}
	m.walk(func(c *comparison) {
		for _, o := range []operand{c.left, c.right} {
			if o.variable && !seen[o.text] {
				seen[o.text] = true
				names = append(names, o.text)
			}
		}
	})
	return names
}

func (m *Marker) walk(visit func(*comparison)) {
	if m == nil {
		return
	}
	var walk func(node)
	walk = func(n node) {
		if n.cmp != nil {
			visit(n.cmp)
		}
		for _, child := range n.list {
			walk(child)
		}
	}
	walk(m.root)
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
