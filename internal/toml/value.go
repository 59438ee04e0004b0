package toml

import (
	"math"
	"strconv"
	"strings"

	gotoml "github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/moult-build/moult/internal/source"
)

// value creates the node of a value that starts at the given offset.
func (p *treeBuilder) value(v *unstable.Node, parent *Node, start int32, depth int) (*Node, error) {
	n := p.node(Invalid, parent)
	n.start = start
	if v.Raw.Length > 0 {
		n.end = p.base + int32(v.Raw.Offset+v.Raw.Length)
	}
	if p.values > MaxValues {
		return nil, tooManyValues(n.Pos())
	}
	if depth >= MaxDepth {
		return nil, source.Errorf(n.Pos(), "values are nested more than %d deep", MaxDepth)
	}
	switch v.Kind {
	case unstable.String:
		n.Kind, n.Str = String, string(v.Data)
	case unstable.Bool:
		n.Kind, n.Bool = Bool, len(v.Data) == len("true")
	case unstable.Integer:
		n.Kind, n.Str = Int, string(v.Data)
		return n, p.number(n)
	case unstable.Float:
		n.Kind, n.Str = Float, string(v.Data)
		return n, p.number(n)
	case unstable.LocalDate, unstable.LocalTime, unstable.LocalDateTime, unstable.DateTime:
		n.Kind, n.Str = Datetime, string(v.Data)
		_, err := p.scalar(n)
		return n, err
	case unstable.Array:
		n.Kind = Array
		at := start + 1
		children := v.Children()
		for children.Next() {
			if children.Node().Kind == unstable.Comment {
				continue
			}
			item, err := p.value(children.Node(), n, p.skipFiller(at), depth+1)
			if err != nil {
				return nil, err
			}
			n.Items = append(n.Items, item)
			at = item.end
		}
		n.end = p.skipFiller(at) + 1
	case unstable.InlineTable:
		n.Kind = Table
		at := start + 1
		children := v.Children()
		for children.Next() {
			if children.Node().Kind != unstable.KeyValue {
				continue
			}
			end, err := p.keyValue(n, children.Node(), depth+1)
			if err != nil {
				return nil, err
			}
			at = end
		}
		n.end = p.skipFiller(at) + 1
	default:
		return nil, source.Errorf(n.Pos(), "invalid TOML: unexpected %s", v.Kind)
	}
	return n, nil
}

// number reads an integer or a float. It reads plain decimal forms itself, and
// all others by go-toml.
func (p *treeBuilder) number(n *Node) error {
	if n.Kind == Int {
		if c := n.Str[0]; c >= '1' && c <= '9' || n.Str == "0" {
			if i, err := strconv.ParseInt(n.Str, 10, 64); err == nil {
				n.Int = i
				return nil
			}
		}
	}
	v, err := p.scalar(n)
	if err != nil {
		return err
	}
	switch v := v.(type) {
	case int64:
		n.Kind, n.Int = Int, v
	case float64:
		n.Kind, n.Float = Float, v
		if math.IsNaN(v) {
			n.Float = math.NaN() // one NaN, whatever its sign
		}
	}
	return nil
}

// scalar reads a number, a date or a time by go-toml.
func (p *treeBuilder) scalar(n *Node) (any, error) {
	var one struct{ V any }
	if err := gotoml.Unmarshal([]byte("V = "+n.Str), &one); err != nil {
		return nil, source.Errorf(n.Pos(), "invalid TOML: %q is not a valid %s", n.Str, strings.TrimPrefix(strings.TrimPrefix(n.Kind.String(), "a "), "an "))
	}
	return one.V, nil
}
