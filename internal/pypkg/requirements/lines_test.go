package requirements

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/source"
)

func TestLinesAreJoinedAndFreeOfComments(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"plain", "a\nb\n", "1:1-0 a|2:1-0 b"},
		{"no end of the last line", "a", "1:1-0 a"},
		{"Windows", "a\r\nb\r\n", "1:1-0 a|2:1-0 b"},
		{"an old Mac", "a\rb", "1:1-0 a|2:1-0 b"},
		{"empty lines", "\n\n  \na\n", "4:1-0 a"},
		{"a comment", "# one\na # two\nb#three\n", "2:1-0 a|3:1-0 b#three"},
		{"an indented line", "  a\n", "1:3-0 a"},
		{"a continued line", "a \\\n  --hash=x \\\n  --hash=y\nb\n", "1:1-3 a   --hash=x   --hash=y|4:1-0 b"},
		{"a continued line that the file ends", "a \\\n", "1:1-2 a"},
		{"a comment that ends what is continued", "a \\\n# no \\\nb\n", "1:1-2 a|3:1-0 b"},
		{"a comment with a backslash", "# a \\\nb\n", "2:1-0 b"},
		{"several backslashes", "a \\\\\nb\n", "1:1-2 a b"},
		{"a byte order mark", "\ufeffa\n", "1:1-0 a"},
		{"UTF-16", "\xff\xfea\x00\n\x00b\x00", "1:1-0 a|2:1-0 b"},
		{"UTF-16 the other way round", "\xfe\xff\x00a\x00\n\x00b", "1:1-0 a|2:1-0 b"},
		{"another encoding", "a\nb\xe9\n", "r.txt:2: r.txt is not UTF-8; save it as UTF-8"},
		{"half UTF-16", "a\nb\x00\n", "r.txt:2: r.txt has a zero byte in it: part of it is UTF-16; save it as UTF-8"},
	} {
		t.Run(test.name, func(t *testing.T) {
			lines, err := Lines(&source.File{Name: "r.txt", Data: []byte(test.text)})
			var all []string
			for _, l := range lines {
				all = append(all, fmt.Sprintf("%d:%d-%d %s", l.Pos.Line, l.Pos.Col, l.Pos.EndLine, l.Text))
			}
			got := strings.Join(all, "|")
			if err != nil {
				got = err.Error()
			}
			if got != test.want {
				t.Errorf("%s", got)
			}
		})
	}
}

func FuzzLines(f *testing.F) {
	for _, text := range []string{"a \\\n# b", "\xff\xfea\x00", "a\r\nb", "\\"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		lines, err := Lines(&source.File{Name: "r.txt", Data: data})
		var placed *source.Error
		if err != nil && !errors.As(err, &placed) {
			t.Fatalf("the error %v has no place", err)
		}
		last := 0
		for _, l := range lines {
			if l.Text == "" || l.Text != strings.TrimSpace(l.Text) || l.Pos.Line <= last || l.Pos.Col < 1 {
				t.Fatalf("%+v", l)
			}
			last = max(l.Pos.Line, l.Pos.EndLine)
		}
	})
}
