package pep508

import (
	"errors"
	"reflect"
	"testing"
)

func TestAnErrorTellsTheColumnInCharacters(t *testing.T) {
	for _, c := range []struct {
		text   string
		column int
	}{
		{"", 1},
		{"foo bar", 5},
		{"foo[a", 6},
		{"foo>=1.0.*", 4},
		{"foo; os_name = 'a'", 14},
		{"foo; os_name == 'é' and x", 25},
	} {
		_, err := ParseRequirement(c.text)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || syntax.Column() != c.column {
			t.Errorf("%q: got %v, want column %d", c.text, err, c.column)
		}
	}
}

// uv.lock tells the members of a conflict apart by made-up extras, of which
// several are active at once.
func TestExtraIsComparedWithEveryActiveExtra(t *testing.T) {
	active := Active{Extras: []string{"extra-3-foo-cpu", "group-3-foo-dev"}}
	for text, want := range map[string]bool{
		"extra == 'extra-3-foo-cpu'":                                    true,
		"extra == 'group-3-foo-dev'":                                    true,
		"extra == 'extra-3-foo-gpu'":                                    false,
		"extra != 'extra-3-foo-cpu'":                                    false,
		"extra != 'extra-3-foo-gpu'":                                    true,
		"extra == 'extra-3-foo-cpu' and extra == 'group-3-foo-dev'":     true,
		"extra == 'extra-3-foo-gpu' and extra != 'extra-3-foo-cpu'":     false,
		"'extra-3-foo-cpu' == extra and 'extra-3-foo-gpu' != extra":     true,
		"os_name == 'nt' or extra == 'extra-3-foo-cpu'":                 true,
		"os_name == 'posix' and (extra == 'x' or extra != 'something')": true,
	} {
		m, err := ParseMarker(text)
		if err != nil {
			t.Fatal(err)
		}
		got, err := m.Evaluate(Environment{OSName: "posix"}, active)
		if err != nil || got != want {
			t.Errorf("%s: got %v, %v", text, got, err)
		}
	}
}

func TestANilMarkerAlwaysHolds(t *testing.T) {
	var m *Marker
	if v, err := m.Evaluate(Environment{}, Active{}); !v || err != nil || m.String() != "" || m.Variables() != nil {
		t.Error("it does not")
	}
}

func TestEachVariableIsReturnedOnceInOrder(t *testing.T) {
	m, err := ParseMarker("(os.name == 'a' or extra == 'x') and os_name == 'b'")
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Variables(); !reflect.DeepEqual(got, []string{"os_name", "extra"}) {
		t.Error(got)
	}
}

func FuzzParseMarker(f *testing.F) {
	for _, s := range []string{"os_name == 'a'", "(python_version >= '3.8' and 'x' in extras) or extra == \"b\"", `os_name == '\x41\u0041\101'`, "((("} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := ParseMarker(s)
		if err != nil {
			return
		}
		_, _ = m.Evaluate(Environment{PythonVersion: "3.12"}, Active{})
		_, _ = m.Evaluate(Environment{PythonVersion: "3.12"}, Active{Context: InLockFile, Extras: []string{"a"}})
		_ = m.String()
	})
}

func FuzzParseRequirement(f *testing.F) {
	for _, s := range []string{"a", "a[b,c]>=1,<2; os_name == 'x'", "a @ https://x/y ; extra == 'z'", "a (==1.*)", "a===x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ParseRequirement(s)
		if err != nil {
			return
		}
		if _, err := ParseRequirement(Requirement{Name: r.Name, Extras: r.Extras, Specifier: r.Specifier, URL: r.URL}.String()); err != nil {
			t.Fatalf("%q became %q: %v", s, r, err)
		}
	})
}
