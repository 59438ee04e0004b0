package toml

import (
	"sort"
	"strconv"
	"strings"

	"github.com/moult-build/moult/internal/source"
)

// Kind is the TOML type of a value.
type Kind uint8

// The kinds of values.
const (
	Invalid Kind = iota
	String
	Int
	Float
	Bool
	Datetime
	Array
	Table
)

// String returns the kind with its article, for error messages: "a string", "an
// array".
func (k Kind) String() string {
	switch k {
	case String:
		return "a string"
	case Int:
		return "an integer"
	case Float:
		return "a number"
	case Bool:
		return "a boolean"
	case Datetime:
		return "a date or time"
	case Array:
		return "an array"
	case Table:
		return "a table"
	default:
		return "nothing"
	}
}

// Node is one value of a document. A nil Node stands for a missing value. The
// methods that read accept it, so that look-ups can be chained.
type Node struct {
	// Kind says which of the fields below are set.
	Kind Kind
	// Key is the name under which the node stands in its table; empty for an
	// element of an array and for the document itself.
	Key string
	// Str is the value of a String, and the text as written of an Int, a
	// Float and a Datetime.
	Str string
	// Written is the value of a String before the function of Expand changed it;
	// empty if it was not changed.
	Written string
	// Int is the value of an Int.
	Int int64
	// Float is the value of a Float.
	Float float64
	// Bool is the value of a Bool.
	Bool bool
	// Items are the elements of an Array, or the values of a Table in the
	// order their keys were first written.
	Items []*Node

	doc            *document
	parent         *Node
	index          map[string]*Node // of a large table
	start, end     int32            // of the value, in bytes
	keyStart, kEnd int32            // of the key
	origin         origin
	same           *Node // what this is a copy of, see Merge; else nil
}

// origin is the syntax that created a table or an array. It decides what may be
// added later.
type origin uint8

const (
	asValue    origin = iota // a scalar, an array [..] or an inline table {..}: closed
	asImplicit               // on the way to [a.b]: may get its own header later
	asHeader                 // [a]
	asDotted                 // a.b = 1: other dotted keys may add to it
	asElements               // [[a]]
)

// document is the data that the nodes of one file share.
type document struct {
	file    *source.File
	lines   []int32 // offset at which each line starts
	columns *source.Columns
}

func newDocument(file *source.File) *document {
	return &document{file: file, lines: lineStarts(file.Data), columns: source.NewColumns(file.Data)}
}

func (d *document) pos(start, end int32) source.Pos {
	line := d.line(start)
	from := d.lines[line-1]
	p := source.Pos{
		File: d.file,
		Line: line,
		Col:  d.columns.Column(int(from), int(start)),
	}
	if line == 1 && hasBOM(d.file.Data) && p.Col > 1 {
		p.Col--
	}
	if end > start {
		if last := d.line(end - 1); last > line {
			p.EndLine = last
		}
	}
	return p
}

// line returns the number, from 1, of the line with the byte at offset.
func (d *document) line(offset int32) int {
	return sort.Search(len(d.lines), func(i int) bool { return d.lines[i] > offset })
}

// Pos is the position at which the value starts. For a table with a header it
// is the header. For a table or an array without one it is the position that
// created it first.
func (n *Node) Pos() source.Pos {
	if n == nil {
		return source.Pos{}
	}
	return n.doc.pos(n.start, n.end)
}

// KeyPos is the position at which the node's key starts; Pos for a node without
// a key.
func (n *Node) KeyPos() source.Pos {
	if n == nil {
		return source.Pos{}
	}
	if n.kEnd == 0 {
		return n.Pos()
	}
	return n.doc.pos(n.keyStart, n.kEnd)
}

// File is the file the node was read from.
func (n *Node) File() *source.File {
	if n == nil {
		return nil
	}
	return n.doc.file
}

// Path is the path of the node in the document, as in error messages:
// `tool.moult.steps[1].run`; empty for the document itself.
func (n *Node) Path() string {
	if n == nil || n.parent == nil {
		return ""
	}
	up := n.parent.Path()
	if n.parent.Kind == Array {
		for i, item := range n.parent.Items {
			if item == n.original() {
				return up + "[" + strconv.Itoa(i) + "]"
			}
		}
		return up
	}
	key := quoteKey(n.Key)
	if up == "" {
		return key
	}
	return up + "." + key
}

func quoteKey(key string) string {
	if key == "" {
		return `""`
	}
	for i := 0; i < len(key); i++ {
		if !isBareKeyByte(key[i]) {
			return strconv.Quote(key)
		}
	}
	return key
}

func isBareKeyByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_'
}

// Parent is the table or array that contains the node; nil for the document
// itself.
func (n *Node) Parent() *Node {
	if n == nil {
		return nil
	}
	return n.parent
}

// Get returns the value of a path of keys below a table. It returns nil if a
// key is missing or a value on the path is not a table.
func (n *Node) Get(keys ...string) *Node {
	for _, key := range keys {
		n = n.child(key)
	}
	return n
}

func (n *Node) child(key string) *Node {
	if n == nil || n.Kind != Table {
		return nil
	}
	if n.index != nil {
		return n.index[key]
	}
	for _, item := range n.Items {
		if item.Key == key {
			return item
		}
	}
	return nil
}

// Keys returns the keys of a table in the order in which they first occur.
func (n *Node) Keys() []string {
	if n == nil || n.Kind != Table {
		return nil
	}
	keys := make([]string, len(n.Items))
	for i, item := range n.Items {
		keys[i] = item.Key
	}
	return keys
}

// Elements returns the elements of an array; nil for any other node.
func (n *Node) Elements() []*Node {
	if n == nil || n.Kind != Array {
		return nil
	}
	return n.Items
}

// Text returns the value of a string; "" for any other node.
func (n *Node) Text() string {
	if n == nil || n.Kind != String {
		return ""
	}
	return n.Str
}

// Expect returns nil if the node is of the kind. Otherwise it returns an error
// at the node that names the required kind.
func (n *Node) Expect(kind Kind) error {
	if n == nil {
		return source.Errorf(source.Pos{}, "a value is missing, it must be %s", kind)
	}
	if n.Kind != kind {
		return mismatch(n, kind.String())
	}
	return nil
}

func mismatch(n *Node, want string) *source.Error {
	name := n.Path()
	if name == "" {
		name = "the file"
	}
	return source.Errorf(n.Pos(), "%s must be %s, not %s", name, want, n.Kind)
}

// Value returns the node as plain Go data: string, int64, float64, bool, []any,
// map[string]any. A date or time is a string, as in the file.
func (n *Node) Value() any {
	if n == nil {
		return nil
	}
	switch n.Kind {
	case String, Datetime:
		return n.Str
	case Int:
		return n.Int
	case Float:
		return n.Float
	case Bool:
		return n.Bool
	case Array:
		list := make([]any, len(n.Items))
		for i, item := range n.Items {
			list[i] = item.Value()
		}
		return list
	case Table:
		table := make(map[string]any, len(n.Items))
		for _, item := range n.Items {
			table[item.Key] = item.Value()
		}
		return table
	default:
		return nil
	}
}

// TablePath returns the name of a table for error messages: "[tool.moult]", or
// "the file" for the document itself.
func (n *Node) TablePath() string {
	path := n.Path()
	if path == "" {
		return "the top level"
	}
	if strings.HasSuffix(path, "]") {
		// An element of an array of tables: its number helps nobody who
		// looks at [[headers]].
		return path
	}
	return "[" + path + "]"
}
