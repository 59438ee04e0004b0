package pep508

import (
	"strings"

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
