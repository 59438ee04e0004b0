package toml

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/source"
)

const layered = `
a = 1
list = [1, 2]
[t]
x = "x"
y = {z = 1}
[[steps]]
n = 1
[[steps]]
n = 2
[over]
b = true
a = {now = "a table"}
list = [3]
[over.t]
y.w = 2
v = "new"
[[over.steps]]
n = 3
[gone]
steps = []
list = []
`

func mergeOf(n *Node, over string) *Node {
	return Merge(n.Without("over", "gone"), n.Get(over), func(n *Node) bool { return n.Key == "steps" })
}

func TestATreeIsLaidOverAnother(t *testing.T) {
	n := parse(t, layered)
	before := n.Value()
	merged := mergeOf(n, "over")
	want := map[string]any{
		"a": map[string]any{"now": "a table"}, "b": true, "list": []any{int64(3)},
		"t":     map[string]any{"x": "x", "y": map[string]any{"z": int64(1), "w": int64(2)}, "v": "new"},
		"steps": []any{map[string]any{"n": int64(1)}, map[string]any{"n": int64(2)}, map[string]any{"n": int64(3)}},
	}
	if got := merged.Value(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
	if got := strings.Join(merged.Keys(), " "); got != "a list t steps b" {
		t.Errorf("the keys are %s", got)
	}
	gone := mergeOf(n, "gone")
	if len(gone.Get("steps").Items) != 0 || len(gone.Get("list").Items) != 0 || gone.Get("a").Int != 1 {
		t.Errorf("an empty list does not remove: %v", gone.Value())
	}
	if !reflect.DeepEqual(n.Value(), before) {
		t.Error("the tree itself was changed")
	}
}

func TestWhatIsMergedKeepsItsPlaceAndPath(t *testing.T) {
	merged := mergeOf(parse(t, layered), "over")
	for _, test := range []struct {
		node *Node
		want string
	}{
		{merged.Get("t", "x"), "5:5 t.x"},
		{merged.Get("t", "v"), "17:5 over.t.v"},
		{merged.Get("t", "y", "w"), "16:7 over.t.y.w"},
		{merged.Get("t", "y", "z"), "6:10 t.y.z"},
		{merged.Get("steps").Items[1].Get("n"), "10:5 steps[1].n"},
		{merged.Get("steps").Items[2].Get("n"), "19:5 over.steps[0].n"},
		{merged.Get("t"), "15:7 over.t"},
	} {
		p := test.node.Pos()
		if got := fmt.Sprintf("%d:%d %s", p.Line, p.Col, test.node.Path()); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
}

func TestStringsAreExpandedBeforeTheyAreDecoded(t *testing.T) {
	var got struct {
		A source.At[string] `toml:"a,expand"`
		B []string          `toml:"b,expand"`
		C *Node             `toml:"c,expand"`
		D string            `toml:"d"`
		E *string           `toml:"e,expand"`
		F *string           `toml:"f,expand"`
	}
	n := parse(t, "a = 'x1'\nb = ['x1', 'y']\nc = {d = ['x1'], e = 1}\nd = 'x1'\ne = 'skip'\nf = ['bad']")
	err := Decode(n, &got, Expand(func(n *Node) (string, bool, error) {
		switch n.Str {
		case "skip":
			return "", false, nil
		case "bad":
			return "", false, errors.New("is bad")
		}
		return strings.ReplaceAll(n.Str, "x1", "long text"), true, nil
	}))
	if err == nil || err.Error() != "t.toml:6:6: f[0]: is bad" {
		t.Errorf("the error is %v", err)
	}
	if got.A.V != "long text" || got.A.Pos.String() != "t.toml:1:5" || got.B[0] != "long text" || got.B[1] != "y" || got.D != "x1" || got.E != nil || got.F != nil {
		t.Errorf("%+v", got)
	}
	item := got.C.Get("d").Items[0]
	if item.Str != "long text" || item.Written != "x1" || item.Path() != "c.d[0]" || n.Get("c", "d").Items[0].Str != "x1" {
		t.Errorf("%+v", item)
	}
}

func TestAValueIsPutIntoATable(t *testing.T) {
	n := parse(t, "[args]\nA = 'x'\nB = {default = 'y', help = 'z'}")
	args := n.Get("args")
	with := args.With("A", args.Get("A").InTable("default"))
	if want := map[string]any{"A": map[string]any{"default": "x"}, "B": map[string]any{"default": "y", "help": "z"}}; !reflect.DeepEqual(with.Value(), want) {
		t.Error(with.Value())
	}
	if p := with.Get("A", "default").Pos().String(); p != "t.toml:2:5" {
		t.Error(p)
	}
	if args.Get("A").Str != "x" {
		t.Error("the tree itself was changed")
	}
}
