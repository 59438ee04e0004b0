package start

import (
	"strings"
	"testing"
)

// written is a source's statements, one a line, strings in angle brackets.
func written(src string) string {
	var b strings.Builder
	for _, s := range statements(src) {
		b.WriteString(strings.Repeat(" ", s.indent))
		for n, t := range s.tokens {
			if n > 0 {
				b.WriteByte(' ')
			}
			if t.kind == text {
				b.WriteString("<" + t.value + ">")
			} else {
				b.WriteString(t.value)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestSourcesAreSplitIntoStatements(t *testing.T) {
	for src, want := range map[string]string{
		"a = 1 # b = 2\n":            "a = 1\n",
		"a(\n  b,\n  c)\nd":          "a ( b , c )\nd\n",
		"a = \\\n  b\n":              "a = b\n",
		"if a:\n\tb\n":               "if a :\n        b\n",
		"a; b\n":                     "a\nb\n",
		"  a; b\n":                   "  a\n  b\n",
		"x = '#' + \"\\\"\"\n":       "x = <#> + <\">\n",
		"'''a\n# b\n'''\nc\n":        "<a\n# b\n>\nc\n",
		"x = f\"{d[\"k\"]}!\" \ny\n": "x = <{}!>\ny\n",
		"x = f'{{}}'\ny\n":           "x = <{}}>\ny\n",
		"x = 'never closed\ny\n":     "x = <never closed>\ny\n",
		"x = rb'\\d'\n":              "x = <\\d>\n",
		"a == b != c\n":              "a == b != c\n",
		"\ufeffa\r\nb\r\n":           "a\nb\n",
		"":                           "",
		"größe = 1.5e3\n":            "größe = 1.5e3\n",
	} {
		if got := written(src); got != want {
			t.Errorf("%q\ngot  %q\nwant %q", src, got, want)
		}
	}
}

func FuzzStatements(f *testing.F) {
	for _, seed := range []string{"from a import (b, c)\napp = FastAPI()", "f'{a!r:{b}}'", "if __name__ == '__main__':\n  main()", "\"\"\"x", "async def create_app(a, *, b=1): return Flask()", "import a.b as c, d"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, src string) {
		for _, s := range statements(src) {
			if len(s.tokens) == 0 || s.line < 1 || s.line > 1+strings.Count(src, "\n") {
				t.Errorf("%q: %+v", src, s)
			}
		}
		analyse(src)
	})
}
