package lock

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"sort"

	"github.com/moult-build/moult/internal/source"
)

type jsonKind uint8

const (
	jsonNull jsonKind = iota
	jsonBool
	jsonNumber
	jsonString
	jsonArray
	jsonObject
)

func (k jsonKind) String() string {
	return [...]string{"null", "a boolean", "a number", "a string", "an array", "an object"}[k]
}

// jsonNode is a JSON value with its place.
type jsonNode struct {
	kind jsonKind
	// text is the value of a string, and a number as written.
	text    string
	bool    bool
	items   []*jsonNode
	members []jsonMember
	pos     source.Pos
}

type jsonMember struct {
	key   string
	pos   source.Pos
	value *jsonNode
}

// get returns a member. If a key occurs twice it is the last one, as in
// Python.
func (n *jsonNode) get(key string) *jsonNode {
	if n == nil {
		return nil
	}
	for i := len(n.members) - 1; i >= 0; i-- {
		if n.members[i].key == key {
			return n.members[i].value
		}
	}
	return nil
}

// jsonDepth limits nesting; a Pipfile.lock needs four levels.
const jsonDepth = 64

type jsonParser struct {
	file    *source.File
	dec     *json.Decoder
	lines   []int
	columns *source.Columns
}

// parseJSON reads a JSON document with the position of every value.
func parseJSON(file *source.File) (*jsonNode, error) {
	data := bytes.TrimPrefix(file.Data, []byte("\uFEFF"))
	p := &jsonParser{file: file, dec: json.NewDecoder(bytes.NewReader(data)), lines: []int{0}, columns: source.NewColumns(data)}
	for i, c := range data {
		if c == '\n' {
			p.lines = append(p.lines, i+1)
		}
	}
	p.dec.UseNumber()
	n, err := p.value(data, 0)
	if err != nil {
		return nil, err
	}
	if _, err := p.dec.Token(); !errors.Is(err, io.EOF) {
		return nil, source.Errorf(p.pos(data, p.dec.InputOffset()), "something follows the end of the JSON document")
	}
	return n, nil
}

func (p *jsonParser) pos(data []byte, offset int64) source.Pos {
	at := min(int(offset), len(data))
	line := sort.Search(len(p.lines), func(i int) bool { return p.lines[i] > at })
	return source.Pos{File: p.file, Line: line, Col: p.columns.Column(p.lines[line-1], at)}
}

// start returns the position of the next token, after spaces, commas and
// colons.
func (p *jsonParser) start(data []byte) source.Pos {
	offset := p.dec.InputOffset()
	for int(offset) < len(data) && bytes.IndexByte([]byte(" \t\r\n,:"), data[offset]) >= 0 {
		offset++
	}
	return p.pos(data, offset)
}

func (p *jsonParser) value(data []byte, depth int) (*jsonNode, error) {
	n := &jsonNode{pos: p.start(data)}
	if depth > jsonDepth {
		return nil, source.Errorf(n.pos, "the document is nested more than %d levels deep", jsonDepth)
	}
	token, err := p.dec.Token()
	if err != nil {
		return nil, p.syntax(data, err)
	}
	switch v := token.(type) {
	case nil:
	case bool:
		n.kind, n.bool = jsonBool, v
	case json.Number:
		n.kind, n.text = jsonNumber, v.String()
	case string:
		n.kind, n.text = jsonString, v
	case json.Delim:
		if v == '[' {
			n.kind = jsonArray
			for p.dec.More() {
				item, err := p.value(data, depth+1)
				if err != nil {
					return nil, err
				}
				n.items = append(n.items, item)
			}
		} else {
			n.kind = jsonObject
			for p.dec.More() {
				m := jsonMember{pos: p.start(data)}
				key, err := p.dec.Token()
				if err != nil {
					return nil, p.syntax(data, err)
				}
				text, ok := key.(string)
				if !ok {
					return nil, source.Errorf(m.pos, "a key must be a string")
				}
				m.key = text
				if m.value, err = p.value(data, depth+1); err != nil {
					return nil, err
				}
				n.members = append(n.members, m)
			}
		}
		if _, err := p.dec.Token(); err != nil {
			return nil, p.syntax(data, err)
		}
	}
	return n, nil
}

func (p *jsonParser) syntax(data []byte, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return source.Errorf(p.pos(data, int64(len(data))), "the JSON document ends too early")
	}
	offset := p.dec.InputOffset()
	for int(offset) < len(data) && bytes.IndexByte([]byte(" \t\r\n"), data[offset]) >= 0 {
		offset++
	}
	return source.Errorf(p.pos(data, offset), "not JSON: %w", err)
}

// jsonFields takes values out of a JSON tree and keeps the first error.
type jsonFields struct {
	err error
}

func (j *jsonFields) fail(err error) {
	if j.err == nil && err != nil {
		j.err = err
	}
}

func (j *jsonFields) errorf(pos source.Pos, format string, args ...any) {
	j.fail(source.Errorf(pos, format, args...))
}

func (j *jsonFields) is(n *jsonNode, kind jsonKind) bool {
	if n == nil {
		return false
	}
	if n.kind != kind {
		j.errorf(n.pos, "this must be %s, not %s", kind, n.kind)
		return false
	}
	return true
}

func (j *jsonFields) text(n *jsonNode, key string) string {
	if v := n.get(key); v != nil && v.kind != jsonNull && j.is(v, jsonString) {
		return v.text
	}
	return ""
}

func (j *jsonFields) bool(n *jsonNode, key string) bool {
	if v := n.get(key); j.is(v, jsonBool) {
		return v.bool
	}
	return false
}

func (j *jsonFields) object(n *jsonNode, key string) *jsonNode {
	if v := n.get(key); j.is(v, jsonObject) {
		return v
	}
	return nil
}

func (j *jsonFields) array(n *jsonNode, key string) []*jsonNode {
	if v := n.get(key); j.is(v, jsonArray) {
		return v.items
	}
	return nil
}
