package toml

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/source"
)

type upper string

func (u *upper) UnmarshalTOML(n *Node) error {
	if n.Text() == "bad" {
		return errors.New("cannot be bad")
	}
	*u = upper(strings.ToUpper(n.Text()))
	return n.Expect(String)
}

type config struct {
	Name    source.At[string]              `toml:"name"`
	Count   int                            `toml:"count"`
	On      *bool                          `toml:"on"`
	List    []string                       `toml:"list"`
	Env     Entries[source.At[string]]     `toml:"env"`
	Groups  map[string][]source.At[string] `toml:"groups"`
	Own     upper                          `toml:"own"`
	Any     any                            `toml:"any"`
	Node    *Node                          `toml:"node"`
	Steps   []step                         `toml:"steps"`
	Targets Entries[struct {
		X int `toml:"x"`
	}] `toml:"target"`
	private string //nolint:unused // Decode has to pass it by
}

type step struct {
	Run []string `toml:"run,required"`
}

func TestDecodeFillsEveryShape(t *testing.T) {
	var c config
	err := Decode(parse(t, `
name = "n"
count = 3
on = false
list = ["a", "b"]
own = "x"
any = [1, "two"]
node = {k = 1}
[env]
B = "2"
A = "1"
[groups]
dev = ["x"]
[[steps]]
run = ["r"]
[target.one]
x = 1
[target.two]
`), &c)
	if err != nil {
		t.Fatal(err)
	}
	if c.Name.V != "n" || c.Name.Pos.Line != 2 || c.Name.Pos.Col != 8 || c.Count != 3 || c.On == nil || *c.On || c.Own != "X" {
		t.Errorf("%+v", c)
	}
	if !reflect.DeepEqual(c.Env.Keys(), []string{"B", "A"}) || c.Env[1].KeyPos.Line != 11 || c.Env[1].V.V != "1" {
		t.Errorf("%+v", c.Env)
	}
	if c.Groups["dev"][0].V != "x" || c.Node.Get("k").Int != 1 || !reflect.DeepEqual(c.Any, []any{int64(1), "two"}) {
		t.Errorf("%+v", c)
	}
	if two, ok := c.Targets.Get("two"); !ok || two.X != 0 || c.Targets[0].V.X != 1 || len(c.Steps) != 1 {
		t.Errorf("%+v", c.Targets)
	}
}

func TestDecodeReportsAllThatIsWrongInTheOrderOfTheFile(t *testing.T) {
	var c config
	err := Decode(parse(t, `list = "a"
nmae = 1
own = "bad"
count = "x"
name = 3.13
[[steps]]
[env]
A = ["x"]
[zzzzzz]
`), &c)
	want := strings.Join([]string{
		`t.toml:1:8: list must be an array, not a string; write list = ["a"]`,
		`t.toml:2:1: unknown key "nmae" in the top level; did you mean "name"?`,
		`t.toml:3:7: own: cannot be bad`,
		`t.toml:4:9: count must be an integer, not a string`,
		`t.toml:5:8: name must be a string, not a number; write name = "3.13"`,
		`t.toml:6:3: steps[0] needs the key "run"`,
		`t.toml:8:5: env.A must be a string, not an array`,
		`t.toml:9:2: unknown key "zzzzzz" in the top level; the keys are any, count, env, groups, list, name, node, on, own, steps, target`,
	}, "\n")
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	if err := Decode(parse(t, "other = 1"), &c, AllowUnknown()); err != nil {
		t.Error(err)
	}
}

func TestNearestFindsTheWordThatWasMeant(t *testing.T) {
	known := []string{"env", "entrypoint", "expose", "python", "requirements", "stopsignal", "cmd", "steps"}
	for word, want := range map[string]string{
		"enviroment": "env", "environment": "env", "entry_point": "entrypoint", "pyhton": "python", "requirement": "requirements",
		"stop-signal": "stopsignal", "command": "", "ENV": "env", "exposes": "expose", "x": "", "": "", "step": "steps",
	} {
		if got := Nearest(word, known); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
}
