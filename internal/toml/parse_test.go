package toml

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	gotoml "github.com/pelletier/go-toml/v2"

	"github.com/moult-build/moult/internal/source"
)

func parse(t testing.TB, text string) *Node {
	t.Helper()
	n, err := Parse(&source.File{Name: "t.toml", Data: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestEveryValueAndKeyKnowsItsPlace(t *testing.T) {
	n := parse(t, strings.Join([]string{
		`# comment`,
		`title = "é" # x`,
		`"quoted key".sub = 1`,
		`list = [ 1,  # one`,
		`  [2, 3],`,
		`  {a = "b", c = [4]},`,
		`]`,
		`[tool.moult]`,
		`env = { A = "1", B.C = '2' }`,
		`text = """`,
		`two`,
		`lines"""`,
		`[[tool.moult.steps]]`,
		`run = ["a"]`,
		`[[tool.moult.steps]]`,
		`run = [ "b" ,"c"]`,
	}, "\n"))
	tests := []struct {
		node     *Node
		pos, key string
		endLine  int
	}{
		{n.Get("title"), "2:9", "2:1", 0},
		{n.Get("quoted key"), "3:1", "3:1", 0},
		{n.Get("quoted key", "sub"), "3:20", "3:14", 0},
		{n.Get("list"), "4:8", "4:1", 7},
		{n.Get("list").Items[0], "4:10", "4:10", 0},
		{n.Get("list").Items[1], "5:3", "5:3", 0},
		{n.Get("list").Items[1].Items[1], "5:7", "5:7", 0},
		{n.Get("list").Items[2], "6:3", "6:3", 0},
		{n.Get("list").Items[2].Get("c"), "6:17", "6:13", 0},
		{n.Get("list").Items[2].Get("c").Items[0], "6:18", "6:18", 0},
		{n.Get("tool", "moult"), "8:7", "8:7", 0},
		{n.Get("tool", "moult", "env"), "9:7", "9:1", 0},
		{n.Get("tool", "moult", "env", "B", "C"), "9:24", "9:20", 0},
		{n.Get("tool", "moult", "text"), "10:8", "10:1", 12},
		{n.Get("tool", "moult", "steps"), "13:14", "13:14", 0},
		{n.Get("tool", "moult", "steps").Items[1], "15:14", "15:14", 0},
		{n.Get("tool", "moult", "steps").Items[1].Get("run").Items[1], "16:14", "16:14", 0},
	}
	for _, test := range tests {
		pos, key := test.node.Pos(), test.node.KeyPos()
		if got := fmt.Sprintf("%d:%d", pos.Line, pos.Col); got != test.pos || pos.EndLine != test.endLine {
			t.Errorf("%s: value at %s to line %d, want %s to %d", test.node.Path(), got, pos.EndLine, test.pos, test.endLine)
		}
		if got := fmt.Sprintf("%d:%d", key.Line, key.Col); got != test.key {
			t.Errorf("%s: key at %s, want %s", test.node.Path(), got, test.key)
		}
	}
	if got := n.Get("tool", "moult", "steps").Items[1].Get("run").Items[1].Path(); got != "tool.moult.steps[1].run[1]" {
		t.Error(got)
	}
	if got := n.Get("quoted key", "sub").Path(); got != `"quoted key".sub` {
		t.Error(got)
	}
	if n.Get("no", "such", "key") != nil || n.Get("title", "x").Text() != "" {
		t.Error("a missing key is not nil")
	}
}

func TestInvalidDocumentsSayWhere(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"a value is missing", "a = 1\nb =", "t.toml:2:3: invalid TOML: expected value, not end of input"},
		{"a string stays open", "a = 'x\nb = 2", "t.toml:1:7: invalid TOML: literal strings cannot have new lines"},
		{"a key twice", "a = 1\n[b]\nc = 1\nc = 2", "t.toml:4:1: b.c is already defined at line 3, a key may be written once"},
		{"a table twice", "[b]\n[c]\n[b]", "t.toml:3:2: b is already defined at line 1, a table cannot be opened twice"},
		{"a table over a value", "a = 1\n[a]", "t.toml:2:2: a is already defined at line 1, a table cannot be opened twice"},
		{"a table inside a value", "a = 1\n[a.b]", "t.toml:2:2: a is already defined at line 1, a table cannot be opened inside it"},
		{"an inline table extended by a header", "a = {}\n[a.b]", "t.toml:2:2: a is already defined at line 1, a table cannot be opened inside it"},
		{"an inline table extended by a key", "a = {b = 1}\na.c = 2", "t.toml:2:1: a is already defined at line 1, a dotted key cannot add to it"},
		{"an inline table's table extended", "a = {b.c = 1}\n[a.b.d]", "t.toml:2:2: a is already defined at line 1, a table cannot be opened inside it"},
		{"a header's table extended by a key", "[a.b]\nx = 1\n[a]\nb.y = 2", "t.toml:4:1: a.b is already defined at line 1, a dotted key cannot add to it"},
		{"a dotted table opened", "[a]\nb.c = 1\n[a.b]", "t.toml:3:4: a.b is already defined at line 2, a table cannot be opened twice"},
		{"an array extended", "a = []\n[[a]]", "t.toml:2:3: a is already defined at line 1, it cannot become an array of tables"},
		{"a table becomes an array", "[a]\n[[a]]", "t.toml:2:3: a is already defined at line 1, it cannot become an array of tables"},
		{"an array opened as a table", "[[a]]\n[a]", "t.toml:2:2: a is already defined at line 1, a table cannot be opened twice"},
		{"a date that is none", "a = 2026-13-01", "t.toml:1:5: invalid TOML: \"2026-13-01\" is not a valid date or time"},
		{"a key that must be quoted", "é = 1\n", "t.toml:1:1: invalid TOML: invalid character at start of key: U+00E9 'é'"},
		{"a key too deep", strings.Repeat("a.", 70) + "b = 1", "t.toml:1:129: the key has more than 64 parts"},
		{"values too deep", "a = " + strings.Repeat("[", 100) + strings.Repeat("]", 100), "t.toml:1:69: values are nested more than 64 deep"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse(&source.File{Name: "t.toml", Data: []byte(test.text)})
			if err == nil || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
			var placed *source.Error
			if !errors.As(err, &placed) {
				t.Errorf("%T is no *source.Error", err)
			}
		})
	}
}

func TestAByteOrderMarkDoesNotCount(t *testing.T) {
	n := parse(t, "\xef\xbb\xbfa = 1\nb = 2")
	if got := n.Get("a").Pos().String(); got != "t.toml:1:5" {
		t.Error(got)
	}
	if got := n.Get("b").Pos().String(); got != "t.toml:2:5" {
		t.Error(got)
	}
}

// FuzzParse compares with go-toml: both take a document or both refuse it, and
// they read the same values.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", "a = 1", "[a]\nb.c = [1, {d = 2}]\n[[e]]\n[[e]]\nf = '''x'''", "a = 0x1F\nb = 1e3\nc = inf\nd = 1979-05-27T07:32:00Z",
		"[a.b.c]\n[a]\nb.d = 1", "[[a.b]]\n[a.b.c]\n[[a.b]]\n[a.b.c]", "a = {b = [ # x\n 1, ], }", "a.b = 1\na.c = 2\n[a.d]",
		"\"\" = 1\n'' = 2", "a = \"\\u00e9\\x41\"", "a = +0_1", "\xef\xbb\xbfa=1", "a = [1,\r\n2]", "[a]\r\nb=1\r\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if hasBOM(data) {
			return // go-toml has its own idea of these
		}
		n, err := Parse(&source.File{Name: "t.toml", Data: data})
		var want map[string]any
		wantErr := gotoml.Unmarshal(data, &want)
		if err != nil {
			var placed *source.Error
			if !errors.As(err, &placed) {
				t.Fatalf("%T is no *source.Error", err)
			}
			if wantErr == nil && !strings.Contains(err.Error(), "more than") {
				t.Fatalf("%q: refused with %v", data, err)
			}
			return
		}
		if wantErr != nil {
			t.Fatalf("%q: taken, go-toml says %v", data, wantErr)
		}
		got := n.Value()
		if !reflect.DeepEqual(plain(got), plain(any(want))) {
			t.Fatalf("%q: got %v, want %v", data, got, want)
		}
		checkPlaces(t, n)
	})
}

// plain makes go-toml's and our values comparable: dates become one word and
// NaN another.
func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := map[string]any{}
		for k, e := range v {
			m[k] = plain(e)
		}
		return m
	case []any:
		l := []any{}
		for _, e := range v {
			l = append(l, plain(e))
		}
		return l
	case float64:
		return fmt.Sprint(v)
	case int64, bool:
		return v
	case string:
		return "text"
	default:
		return "text" // a date
	}
}

func checkPlaces(t *testing.T, n *Node) {
	size := int32(len(n.doc.file.Data))
	if n.start < 0 || n.start > n.end || n.end > size {
		t.Fatalf("%s stands at %d..%d of %d", n.Path(), n.start, n.end, size)
	}
	if p := n.Pos(); p.Line < 1 || p.Col < 1 {
		t.Fatalf("%s stands at %v", n.Path(), p)
	}
	if n.Kind == Array && n.origin == asValue && (n.doc.file.Data[n.start] != '[' || n.doc.file.Data[n.end-1] != ']') {
		t.Fatalf("%s is %q", n.Path(), n.doc.file.Data[n.start:n.end])
	}
	if n.Kind == Table && n.origin == asValue && (n.doc.file.Data[n.start] != '{' || n.doc.file.Data[n.end-1] != '}') {
		t.Fatalf("%s is %q", n.Path(), n.doc.file.Data[n.start:n.end])
	}
	for _, item := range n.Items {
		checkPlaces(t, item)
	}
}

// BenchmarkParseLargeLock reads 800 KB in the shape of a uv.lock.
func BenchmarkParseLargeLock(b *testing.B) {
	data := largeLock(800 << 10)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(&source.File{Name: "uv.lock", Data: data}); err != nil {
			b.Fatal(err)
		}
	}
}

func largeLock(size int) []byte {
	var s strings.Builder
	s.WriteString("version = 1\nrevision = 3\nrequires-python = \">=3.12\"\n")
	for i := 0; s.Len() < size; i++ {
		fmt.Fprintf(&s, "\n[[package]]\nname = \"package-%d\"\nversion = \"1.%d\"\nsource = { registry = \"https://index.example.com/simple\" }\ndependencies = [\n    { name = \"package-%d\", marker = \"python_full_version < '3.13'\" },\n]\nsdist = { url = \"https://files.example.com/packages/aa/bb/package_%d-1.tar.gz\", hash = \"sha256:%064d\", size = %d, upload-time = \"2025-05-01T00:00:00Z\" }\nwheels = [\n", i, i, i+1, i, i, i)
		for j := range 12 {
			fmt.Fprintf(&s, "    { url = \"https://files.example.com/packages/aa/bb/package_%d-1-cp3%d-cp3%d-manylinux_2_17_x86_64.whl\", hash = \"sha256:%064d\", size = %d, upload-time = \"2025-05-01T00:00:00Z\" },\n", i, j, j, j, 1000*j)
		}
		s.WriteString("]\n")
	}
	return []byte(s.String())
}
