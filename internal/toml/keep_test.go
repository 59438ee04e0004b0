package toml

import (
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/source"
)

func TestKeepOmitsTablesAndCommentsAndNothingElse(t *testing.T) {
	keep := func(path []string) bool { return path[0] != "tool" || len(path) == 1 || path[1] == "own" }
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"# c\na = 1 # one\n\n\nb = [ # of two\n  1,\n  2,\n] # end\n", "a = 1\nb = [ # of two\n  1,\n  2,\n]\n"},
		{"[tool.other]\na = 1\n[project]\nname = \"x\"\n", "[project]\nname = \"x\"\n"},
		{"[project]\nname = 'x'\n[ tool . own ] # c\na.b = {c = 1}\n[[tool.own.d]]\ne = '''\n# no comment\n'''\n[[tool.other]]\nf = 1\n",
			"[project]\nname = 'x'\n\n[ tool . own ]\na.b = {c = 1}\n\n[[tool.own.d]]\ne = '''\n# no comment\n'''\n"},
		{"[tool]\nother.x = 1\nown.x = 2\n\"own\".y = \"a]b\"\n", "[tool]\nown.x = 2\n\"own\".y = \"a]b\"\n"},
		{"tool.other.a = 1\ntool.own.a = 1\n", "tool.own.a = 1\n"},
		{"\ufeff[tool.other]\r\na = 1\r\n[tool.own]\r\na = 1\r\n", "[tool.own]\na = 1\n"},
		{"\ufeff[tool.own]\na = 1", "[tool.own]\na = 1\n"},
		{"[tool.\"own\".x]\n[[tool.other.y]]\n[[tool.own.y.z]]\n", "[tool.\"own\".x]\n\n[[tool.own.y.z]]\n"},
		{"[tool.own.x.]", "error"},
		{"a = 1\na = 2\n", "error"},
	} {
		got, err := Keep(&source.File{Name: "x.toml", Data: []byte(c.text)}, keep)
		if err != nil {
			got = []byte("error")
		}
		if string(got) != c.want {
			t.Errorf("%q: got %q, want %q", c.text, got, c.want)
		}
	}
}

func TestTheResultDoesNotChangeWithTheTablesThatAreOmitted(t *testing.T) {
	keep := func(path []string) bool { return path[0] == "project" }
	var first string
	for n, text := range []string{
		"[project]\nname = \"x\"\n[project.urls]\na = \"b\"\n",
		"# syntax=x\n[tool.ruff]\na = 1\nb = 2\n\n[project] # mine\n\n# the name\nname = \"x\"\n[tool.black]\n[project.urls]\na = \"b\"",
		"[dependency-groups]\ndev = [\n]\n[project]\nname = \"x\"\n[tool]\nx.y = 1\n[project.urls]\na = \"b\"\n# end",
	} {
		got, err := Keep(&source.File{Name: "x.toml", Data: []byte(text)}, keep)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			first = string(got)
		}
		if string(got) != first || !strings.Contains(first, "name") {
			t.Errorf("%q gives %q, the first %q", text, got, first)
		}
	}
}
