package lock

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/moult-build/moult/internal/toml"
)

// pyJSON writes values as Python's json.dumps does with sort_keys=True,
// because tools hash this text. Values are nil, bool, string, *toml.Node,
// []any and map[string]any.
type pyJSON struct {
	b           strings.Builder
	comma, sep  string
	unsupported bool
}

// dumpPython returns the text with Python's default separators or the
// compact ones. It fails for values that Python cannot write (dates).
func dumpPython(v any, compact bool) (string, error) {
	w := &pyJSON{comma: ", ", sep: ": "}
	if compact {
		w.comma, w.sep = ",", ":"
	}
	w.value(v)
	if w.unsupported {
		return "", fmt.Errorf("a date cannot be part of a lock's hash")
	}
	return w.b.String(), nil
}

func (w *pyJSON) value(v any) {
	switch v := v.(type) {
	case nil:
		w.b.WriteString("null")
	case bool:
		w.b.WriteString(strconv.FormatBool(v))
	case string:
		w.str(v)
	case []any:
		w.b.WriteByte('[')
		for i, item := range v {
			if i > 0 {
				w.b.WriteString(w.comma)
			}
			w.value(item)
		}
		w.b.WriteByte(']')
	case map[string]any:
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		w.b.WriteByte('{')
		for i, k := range keys {
			if i > 0 {
				w.b.WriteString(w.comma)
			}
			w.str(k)
			w.b.WriteString(w.sep)
			w.value(v[k])
		}
		w.b.WriteByte('}')
	case *toml.Node:
		w.node(v)
	}
}

func (w *pyJSON) node(n *toml.Node) {
	if n == nil {
		w.value(nil)
		return
	}
	switch n.Kind {
	case toml.String:
		w.str(n.Str)
	case toml.Int:
		w.b.WriteString(strconv.FormatInt(n.Int, 10))
	case toml.Float:
		w.b.WriteString(pyFloat(n.Float))
	case toml.Bool:
		w.value(n.Bool)
	case toml.Array:
		items := make([]any, len(n.Items))
		for i, item := range n.Items {
			items[i] = item
		}
		w.value(items)
	case toml.Table:
		table := make(map[string]any, len(n.Items))
		for _, item := range n.Items {
			table[item.Key] = item
		}
		w.value(table)
	default:
		w.unsupported = true
	}
}

// pyFloat writes a float as Python's repr does.
func pyFloat(f float64) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	}
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// str writes a string in ASCII.
func (w *pyJSON) str(s string) {
	w.b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			w.b.WriteByte('\\')
			w.b.WriteRune(r)
		case r == '\n':
			w.b.WriteString(`\n`)
		case r == '\r':
			w.b.WriteString(`\r`)
		case r == '\t':
			w.b.WriteString(`\t`)
		case r == '\b':
			w.b.WriteString(`\b`)
		case r == '\f':
			w.b.WriteString(`\f`)
		case r >= 0x10000:
			a, b := utf16.EncodeRune(r)
			fmt.Fprintf(&w.b, `\u%04x\u%04x`, a, b)
		case r < ' ' || r > '~':
			fmt.Fprintf(&w.b, `\u%04x`, r)
		default:
			w.b.WriteRune(r)
		}
	}
	w.b.WriteByte('"')
}
