package bytecode

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"sort"
)

// headerSize is the length of a .pyc's header (PEP 552).
const headerSize = 16

// layoutOf returns the parts of a code object in the order in which a Python
// version writes them: 'l' a 32-bit number, 'o' an object.
func layoutOf(major, minor int) string {
	if major == 3 && minor < 8 {
		return "lllll" + "oooooooo" + "lo"
	}
	if major == 3 && minor < 11 {
		return "llllll" + "oooooooo" + "lo"
	}
	return layout311
}

// layout311 is the layout of Python 3.11 and newer.
const layout311 = "lllll" + "oooooooo" + "loo"

// ofHistory reports whether a short string, whose text begins at an offset, is
// interned by what the process did before: in Python 3.7 to 3.10 a single
// character that is part of no name.
func (p *marshalParser) ofHistory(text int) bool {
	if p.layout == layout311 || p.pos-text != 1 {
		return false
	}
	c := p.in[text]
	return c != '_' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z')
}

var errMarshal = errors.New("bytecode in a format that is not known")

// flagRef marks an object to which a later reference may point.
const flagRef = 0x80

// normalizePyc rewrites a .pyc so that its bytes depend only on the code.
//
// The output of Python depends on the history of the process, in three ways.
// Python marks every object with more than one reference at that moment, even
// if no reference to it follows in the file; before 3.11 most files differ in
// this, in 3.13 still some. Two equal strings are one object only if the
// process knew such a string before. And before 3.11 the order within sets
// differs. Here equal strings become one object, sets are sorted, and only
// objects with a reference in the file are marked. A program sees no
// difference, and the files become a little smaller.
func normalizePyc(pyc []byte, layout string) ([]byte, error) {
	if len(pyc) < headerSize {
		return nil, errMarshal
	}
	p := &marshalParser{in: pyc, pos: headerSize, layout: layout,
		tokens: make([]token, 0, len(pyc)/8), objects: make([]object, 0, len(pyc)/16), strings: make(map[string]int, len(pyc)/64)}
	if err := p.object(0); err != nil {
		return nil, err
	}
	if p.pos != len(pyc) {
		return nil, errMarshal
	}
	return p.write(append(make([]byte, 0, len(pyc)), pyc[:headerSize]...)), nil
}

// marshalParser splits a marshalled object into tokens, in their order, and
// the tokens' objects.
type marshalParser struct {
	in      []byte
	pos     int
	layout  string
	tokens  []token
	objects []object
	marked  []int          // object of each mark, in their numbering
	strings map[string]int // object of each text
}

// token is a piece of the input: an object's own bytes without those of its
// parts, which follow; a reference to an object; or a number in a code object.
type token struct {
	object     int // -1 for a number
	start, end int // of the bytes after the type
	kind       byte
}

// object is a value with its own identity.
type object struct {
	first    token // where it was met first
	uses     int
	interned bool // strings only
	number   int  // of its mark in the output, -1 until it is written
}

// write appends the tokens in their normal form.
func (p *marshalParser) write(out []byte) []byte {
	next := 0
	for _, t := range p.tokens {
		if t.object < 0 {
			out = append(out, p.in[t.start:t.end]...)
			continue
		}
		o := &p.objects[t.object]
		if o.number >= 0 {
			out = append(out, 'r')
			out = binary.LittleEndian.AppendUint32(out, uint32(o.number))
			continue
		}
		kind := t.kind
		if o.interned {
			switch kind {
			case 'z':
				kind = 'Z'
			case 'a':
				kind = 'A'
			case 'u':
				kind = 't'
			}
		}
		if o.uses > 1 {
			kind |= flagRef
			o.number = next
			next++
		}
		out = append(out, kind)
		out = append(out, p.in[t.start:t.end]...)
	}
	return out
}

// maxDepth is that of Python's own reader.
const maxDepth = 2000

// object parses one object and all it contains.
func (p *marshalParser) object(depth int) error {
	if depth > maxDepth || p.pos >= len(p.in) {
		return errMarshal
	}
	kind := p.in[p.pos]
	mark := kind&flagRef != 0
	kind &^= flagRef
	p.pos++
	start := p.pos

	if kind == 'r' {
		index, err := p.long()
		if err != nil || mark || index < 0 || index >= len(p.marked) {
			return errMarshal
		}
		p.mention(p.marked[index], kind, start)
		return nil
	}
	if mark && bytes.IndexByte(singletons, kind) >= 0 {
		return errMarshal // singletons are never marked
	}
	text, contained, err := p.scalar(kind)
	if err != nil {
		return err
	}

	id := len(p.objects)
	known := false
	if text >= 0 {
		key := p.in[text:p.pos]
		if id, known = p.strings[string(key)]; !known {
			id = len(p.objects)
			p.strings[string(key)] = id
		}
	}
	if !known {
		p.objects = append(p.objects, object{number: -1})
	}
	switch kind {
	case 'Z':
		kind = 'z'
		if !p.ofHistory(text) {
			p.objects[id].interned = true
		}
	case 'A':
		p.objects[id].interned, kind = true, 'a'
	case 't':
		p.objects[id].interned, kind = true, 'u'
	}
	if mark {
		p.marked = append(p.marked, id)
	}
	p.mention(id, kind, start)

	if kind == 'c' {
		return p.code(depth)
	}
	if contained < 0 {
		return errMarshal
	}
	begin := len(p.tokens)
	for range contained {
		if err := p.object(depth + 1); err != nil {
			return err
		}
	}
	if kind == '<' || kind == '>' {
		p.sortSet(p.tokens[begin:], contained)
	}
	return nil
}

// singletons are the types of the objects that exist once.
var singletons = []byte("0NFTS.")

// scalar reads the own bytes of an object. text is the offset of the text of a
// string, or -1 for other types. contained is the number of objects that follow
// as its parts.
func (p *marshalParser) scalar(kind byte) (text, contained int, err error) {
	size := 0
	text = -1
	switch kind {
	case '0', 'N', 'F', 'T', 'S', '.', 'c':
	case 'i':
		size = 4
	case 'g':
		size = 8
	case 'y':
		size = 16
	case 'l':
		var digits int
		digits, err = p.long()
		size = 2 * max(digits, -digits)
	case 's':
		size, err = p.long()
	case 't', 'u', 'a', 'A':
		size, err = p.long()
		text = p.pos
	case 'z', 'Z':
		size, err = p.byte()
		text = p.pos
	case ')':
		contained, err = p.byte()
	case '(', '[', '<', '>':
		contained, err = p.long()
	case ':':
		contained = 3
	default:
		err = fmt.Errorf("%w: object of type %q", errMarshal, kind)
	}
	if err == nil {
		err = p.skip(size)
	}
	return text, contained, err
}

// sortSet sorts the tokens of a set's elements if each element is one token. It
// does not change sets with tuples, which are rare.
func (p *marshalParser) sortSet(elements []token, contained int) {
	if len(elements) != contained {
		return
	}
	for _, t := range elements {
		if t.object < 0 || bytes.IndexByte([]byte("()[]<>:c{"), p.objects[t.object].first.kind) >= 0 {
			return
		}
	}
	sort.SliceStable(elements, func(i, j int) bool {
		a, b := p.objects[elements[i].object].first, p.objects[elements[j].object].first
		if a.kind != b.kind {
			return a.kind < b.kind
		}
		return bytes.Compare(p.in[a.start:a.end], p.in[b.start:b.end]) < 0
	})
}

// code parses the parts of a code object.
func (p *marshalParser) code(depth int) error {
	for _, part := range p.layout {
		if part == 'o' {
			if err := p.object(depth + 1); err != nil {
				return err
			}
			continue
		}
		if err := p.skip(4); err != nil {
			return err
		}
		p.tokens = append(p.tokens, token{object: -1, start: p.pos - 4, end: p.pos})
	}
	return nil
}

// mention records a reference to the object id.
func (p *marshalParser) mention(id int, kind byte, start int) {
	t := token{object: id, kind: kind, start: start, end: p.pos}
	if p.objects[id].uses++; p.objects[id].uses == 1 {
		p.objects[id].first = t
	}
	p.tokens = append(p.tokens, t)
}

func (p *marshalParser) skip(size int) error {
	if size < 0 || size > len(p.in)-p.pos {
		return errMarshal
	}
	p.pos += size
	return nil
}

func (p *marshalParser) byte() (int, error) {
	if err := p.skip(1); err != nil {
		return 0, err
	}
	return int(p.in[p.pos-1]), nil
}

func (p *marshalParser) long() (int, error) {
	if err := p.skip(4); err != nil {
		return 0, err
	}
	return int(int32(binary.LittleEndian.Uint32(p.in[p.pos-4:]))), nil
}
