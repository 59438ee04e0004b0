package toml

import (
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/moult-build/moult/internal/source"
)

// Kind is the type of a value as TOML knows it.
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

// String names the kind with its article, as an error message needs it: "a
// string", "an array".
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

// Node is one value of a document. The methods that look inside are safe on a
// nil Node, which stands for "not there", so that look-ups can be chained.
type Node struct {
	// Kind says which of the fields below are set.
	Kind Kind
	// Key is the name under which the node stands in its table; empty for an
	// element of an array and for the document itself.
	Key string
	// Str is the value of a String, and the text as written of an Int, a
	// Float and a Datetime.
	Str string
	// Written is what a String was before Decode's Expand changed it; empty
	// where nothing was changed.
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

// origin is how a table or an array came to be, which decides what may still
// be added to it.
type origin uint8

const (
	asValue    origin = iota // a scalar, an array [..] or an inline table {..}: closed
	asImplicit               // on the way to [a.b]: may get its own header later
	asHeader                 // [a]
	asDotted                 // a.b = 1: other dotted keys may add to it
	asElements               // [[a]]
)

// document is what the nodes of one file share.
type document struct {
	file  *source.File
	lines []int32 // offset at which each line starts
}

func (d *document) pos(start, end int32) source.Pos {
	line := d.line(start)
	from := d.lines[line-1]
	p := source.Pos{
		File: d.file,
		Line: line,
		Col:  1 + utf8.RuneCount(d.file.Data[from:start]),
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

// line gives the line, from 1, that the byte at offset stands on.
func (d *document) line(offset int32) int {
	return sort.Search(len(d.lines), func(i int) bool { return d.lines[i] > offset })
}

// Pos is where the value starts. For a table with a header it is the header;
// for a table or an array that came to be without one, the place that brought
// it about first.
func (n *Node) Pos() source.Pos {
	if n == nil {
		return source.Pos{}
	}
	return n.doc.pos(n.start, n.end)
}

// KeyPos is where the node's key starts. For what has no key it is Pos.
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

// Path is the node's place in the document as it would be written:
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

// Parent is the table or array of the file in which the node stands; nil for the
// document itself.
func (n *Node) Parent() *Node {
	if n == nil {
		return nil
	}
	return n.parent
}

// Get follows keys down from a table, and gives nil where one is missing or
// something on the way is no table.
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

// Keys gives the keys of a table in the order they were first written.
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

// Elements gives the elements of an array; nil for anything else.
func (n *Node) Elements() []*Node {
	if n == nil || n.Kind != Array {
		return nil
	}
	return n.Items
}

// Text gives the value of a string, or "" for anything else.
func (n *Node) Text() string {
	if n == nil || n.Kind != String {
		return ""
	}
	return n.Str
}

// Expect returns nil where the node is of the kind, else an error at the node
// that says what it must be.
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

// Value gives the node as plain Go data: string, int64, float64, bool, []any,
// map[string]any; a date or time is the text as it was written.
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

// TablePath is what an error message calls a table: "[tool.moult]", or "the
// file" for the document itself.
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
