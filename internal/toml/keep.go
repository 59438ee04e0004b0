package toml

import (
	"bytes"

	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/moult-build/moult/internal/source"
)

// Keep returns a document with only the headers and keys for which wanted is
// true, in the bytes and the order of the file. It omits empty lines and
// comments between them. So a change of these, or of keys that are not wanted,
// does not change the result. It keeps inline tables in whole.
func Keep(file *source.File, wanted func(path []string) bool) ([]byte, error) {
	p := newTreeBuilder(file)
	var out bytes.Buffer
	for p.parser.NextExpression() {
		e := p.parser.Expression()
		first := e.Key()
		if !first.Next() {
			continue
		}
		start := p.base + int32(first.Node().Raw.Offset)
		above := p.table.keys()
		var end int32
		switch e.Kind {
		case unstable.KeyValue:
			var err error
			if end, err = p.keyValue(p.table, e, 0); err != nil {
				return nil, err
			}
		default:
			if err := p.header(e); err != nil {
				return nil, err
			}
			above, end = nil, p.table.kEnd
			for int(end) < len(file.Data) && bytes.IndexByte([]byte(" \t]"), file.Data[end]) >= 0 {
				end++
			}
			start = p.doc.lines[p.doc.line(start)-1]
			if start == 0 {
				start = p.base
			}
		}
		if !wanted(append(above, keysOf(e)...)) {
			continue
		}
		if e.Kind != unstable.KeyValue && out.Len() > 0 {
			out.WriteByte('\n')
		}
		out.Write(bytes.TrimSpace(file.Data[start:end]))
		out.WriteByte('\n')
	}
	if err := p.parser.Error(); err != nil {
		return nil, p.syntaxError(err)
	}
	return out.Bytes(), nil
}

// keysOf are the parts of the key of an expression.
func keysOf(e *unstable.Node) []string {
	var keys []string
	for parts := e.Key(); parts.Next(); {
		keys = append(keys, string(parts.Node().Data))
	}
	return keys
}

// keys returns the path of a table from the top of the document.
func (n *Node) keys() []string {
	if n.parent == nil {
		return nil
	}
	above := n.parent.keys()
	if n.Key == "" && n.parent.Kind == Array {
		return above
	}
	return append(above, n.Key)
}
