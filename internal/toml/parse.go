// Package toml reads TOML into a tree in which every key and every value knows
// its line and column.
//
// Parse turns a source.File into the tree, and Decode into Go data, with
// positions where the caller wants them. Errors are *source.Error at their
// position. internal/project and internal/lock read their files with it.
//
// The grammar is go-toml's, whose parser is used token by token. This
// package checks the rules that the grammar does not contain: duplicate
// keys, a table that is defined twice, and an inline table that is extended.
package toml

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/moult-build/moult/internal/source"
)

const (
	// MaxSize is the largest file Parse reads, in bytes. A lock takes four times
	// its size in memory, and the largest locks known are a quarter of this.
	MaxSize = 20 << 20
	// MaxValues is the largest number of values, each of which takes up to 200
	// bytes, and the parser's as many. A lock of MaxSize has 400,000: its
	// addresses and hashes are long.
	MaxValues = 450_000
	// MaxDepth is how deeply values, and how long dotted keys, may nest.
	MaxDepth = 64
	// indexFrom is the number of keys from which on a table is looked up
	// through a map.
	indexFrom = 9
)

// Parse reads a TOML 1.0 document. The error is a *source.Error that tells line
// and column.
func Parse(file *source.File) (*Node, error) {
	if len(file.Data) > MaxSize {
		return nil, source.Errorf(source.Pos{File: file}, "the file is larger than %d MiB", MaxSize>>20)
	}
	// The parser reads a whole value, an array with all its elements, before this
	// package sees the first of them. So the commas are counted first.
	if bytes.Count(file.Data, []byte{','}) > MaxValues {
		return nil, tooManyValues(source.Pos{File: file})
	}
	p := newTreeBuilder(file)
	for p.parser.NextExpression() {
		if p.values > MaxValues {
			return nil, tooManyValues(source.Pos{File: file})
		}
		if err := p.expression(p.parser.Expression()); err != nil {
			return nil, err
		}
	}
	if err := p.parser.Error(); err != nil {
		return nil, p.syntaxError(err)
	}
	return p.root, nil
}

// tooManyValues is the error of a file with more than MaxValues.
func tooManyValues(at source.Pos) error {
	return source.Errorf(at, "the file has more than %d values", MaxValues)
}

func hasBOM(data []byte) bool { return bytes.HasPrefix(data, []byte("\xef\xbb\xbf")) }

func lineStarts(data []byte) []int32 {
	lines := make([]int32, 1, 1+bytes.Count(data, []byte{'\n'}))
	for i, c := range data {
		if c == '\n' {
			lines = append(lines, int32(i+1))
		}
	}
	return lines
}

type treeBuilder struct {
	parser unstable.Parser
	doc    *document
	root   *Node
	table  *Node // the one the last header opened
	base   int32 // bytes before what the parser was given
	slab   []Node
	values int // nodes so far
}

// newTreeBuilder returns a builder whose parser is before the first expression
// of a file.
func newTreeBuilder(file *source.File) *treeBuilder {
	p := &treeBuilder{doc: newDocument(file)}
	if hasBOM(file.Data) {
		p.base = 3
	}
	p.root = &Node{Kind: Table, doc: p.doc, origin: asHeader, end: int32(len(file.Data))}
	p.table = p.root
	p.parser.Reset(file.Data[p.base:])
	return p
}

// syntaxError returns the parser's error with its position.
func (p *treeBuilder) syntaxError(err error) error {
	var perr *unstable.ParserError
	if !errors.As(err, &perr) {
		return source.Errorf(source.Pos{File: p.doc.file}, "invalid TOML: %v", err)
	}
	// The highlight is a slice of the parser's data, so its capacity gives its
	// offset; see unstable.Parser.Range.
	data := p.parser.Data()
	offset := cap(data) - cap(perr.Highlight)
	if offset < 0 || offset > len(data) {
		offset = len(data)
	}
	at := p.base + int32(offset)
	msg := perr.Message
	if offset < len(data) && data[offset] >= utf8.RuneSelf {
		// The parser names a byte; a user sees a character.
		if i := strings.LastIndex(msg, "U+"); i >= 0 {
			char, _ := utf8.DecodeRune(data[offset:])
			msg = fmt.Sprintf("%s%#U", msg[:i], char)
		}
	}
	return source.Errorf(p.doc.pos(at, at), "invalid TOML: %s", msg)
}

// node creates a node. It allocates many at once, because a large lock has tens
// of thousands of nodes.
func (p *treeBuilder) node(kind Kind, parent *Node) *Node {
	if len(p.slab) == 0 {
		p.slab = make([]Node, 128)
	}
	n := &p.slab[0]
	p.slab = p.slab[1:]
	p.values++
	n.Kind, n.doc, n.parent = kind, p.doc, parent
	return n
}

func (p *treeBuilder) expression(e *unstable.Node) error {
	switch e.Kind {
	case unstable.KeyValue:
		_, err := p.keyValue(p.table, e, 0)
		return err
	case unstable.Table, unstable.ArrayTable:
		return p.header(e)
	default:
		return nil
	}
}

// header starts the table of a [header], or appends an element for a
// [[header]].
func (p *treeBuilder) header(e *unstable.Node) error {
	t := p.root
	keys := e.Key()
	for depth := 0; keys.Next(); depth++ {
		key := keys.Node()
		if depth >= MaxDepth {
			return p.errorAt(key, "the key has more than %d parts", MaxDepth)
		}
		name := string(key.Data)
		next := t.child(name)
		if !keys.IsLast() {
			switch {
			case next == nil:
				next = p.add(t, p.node(Table, t), key, name)
				next.origin = asImplicit
			case next.origin == asElements:
				next = next.Items[len(next.Items)-1]
			case next.Kind != Table || next.origin == asValue:
				return p.conflict(key, next, "a table cannot be opened inside it")
			}
			t = next
			continue
		}
		if e.Kind == unstable.Table {
			switch {
			case next == nil:
				next = p.add(t, p.node(Table, t), key, name)
			case next.Kind == Table && next.origin == asImplicit:
				// A header of a deeper table created it before; this is its own header.
				p.keySpan(next, key)
				next.start, next.end = next.keyStart, next.kEnd
			default:
				return p.conflict(key, next, "a table cannot be opened twice")
			}
			next.origin = asHeader
			p.table = next
			return nil
		}
		switch {
		case next == nil:
			next = p.add(t, p.node(Array, t), key, name)
			next.origin = asElements
		case next.origin != asElements:
			return p.conflict(key, next, "it cannot become an array of tables")
		}
		element := p.node(Table, next)
		element.origin = asHeader
		p.keySpan(element, key)
		element.start, element.end = element.keyStart, element.kEnd
		next.Items = append(next.Items, element)
		p.table = element
	}
	return nil
}

// keyValue adds `a.b = value` to the table. It returns the offset of the end of
// the value.
func (p *treeBuilder) keyValue(t *Node, e *unstable.Node, depth int) (int32, error) {
	keys := e.Key()
	for parts := 0; keys.Next(); parts++ {
		key := keys.Node()
		if parts >= MaxDepth {
			return 0, p.errorAt(key, "the key has more than %d parts", MaxDepth)
		}
		name := string(key.Data)
		next := t.child(name)
		if !keys.IsLast() {
			switch {
			case next == nil:
				next = p.add(t, p.node(Table, t), key, name)
				next.origin = asDotted
			case next.Kind != Table || next.origin != asDotted:
				return 0, p.conflict(key, next, "a dotted key cannot add to it")
			}
			t = next
			continue
		}
		if next != nil {
			return 0, p.conflict(key, next, "a key may be written once")
		}
		n, err := p.value(e.Value(), t, p.afterEquals(key), depth)
		if err != nil {
			return 0, err
		}
		start, end := n.start, n.end
		p.add(t, n, key, name)
		n.start, n.end = start, end
		return end, nil
	}
	return 0, nil
}

// add puts a node into a table under a key, and sets the positions of the key.
func (p *treeBuilder) add(t, n *Node, key *unstable.Node, name string) *Node {
	n.Key = name
	p.keySpan(n, key)
	n.start, n.end = n.keyStart, n.kEnd
	t.Items = append(t.Items, n)
	switch {
	case t.index != nil:
		t.index[name] = n
	case len(t.Items) >= indexFrom:
		t.index = make(map[string]*Node, 2*indexFrom)
		for _, item := range t.Items {
			t.index[item.Key] = item
		}
	}
	return n
}

func (p *treeBuilder) keySpan(n *Node, key *unstable.Node) {
	n.keyStart = p.base + int32(key.Raw.Offset)
	n.kEnd = n.keyStart + int32(key.Raw.Length)
}

// afterEquals finds where the value of a key starts: the parser keeps no
// position for arrays.
func (p *treeBuilder) afterEquals(key *unstable.Node) int32 {
	data := p.doc.file.Data
	i := p.base + int32(key.Raw.Offset+key.Raw.Length)
	for int(i) < len(data) && (data[i] == ' ' || data[i] == '\t') {
		i++
	}
	if int(i) < len(data) && data[i] == '=' {
		i++
	}
	for int(i) < len(data) && (data[i] == ' ' || data[i] == '\t') {
		i++
	}
	return i
}

// skipFiller returns the offset after the text that may separate the elements
// of an array or an inline table: space, newlines, commas and comments.
func (p *treeBuilder) skipFiller(i int32) int32 {
	data := p.doc.file.Data
	for int(i) < len(data) {
		switch data[i] {
		case ' ', '\t', '\r', '\n', ',':
			i++
		case '#':
			eol := bytes.IndexByte(data[i:], '\n')
			if eol < 0 {
				return int32(len(data))
			}
			i += int32(eol)
		default:
			return i
		}
	}
	return i
}

func (p *treeBuilder) errorAt(key *unstable.Node, format string, args ...any) error {
	start := p.base + int32(key.Raw.Offset)
	return source.Errorf(p.doc.pos(start, start+int32(key.Raw.Length)), format, args...)
}

// conflict is the error for a key that conflicts with an older one.
func (p *treeBuilder) conflict(key *unstable.Node, older *Node, why string) error {
	err := p.errorAt(key, "%s is already defined at line %d, %s", older.Path(), older.KeyPos().Line, why)
	return err
}
