package project

import (
	"fmt"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/source"
)

func TestATextIsExpanded(t *testing.T) {
	known := map[string]string{"A": "1", "EMPTY": "", "D": "$", "T": "${A}"}
	lookup := func(name string) (string, bool) { v, ok := known[name]; return v, ok }
	tests := []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"plain text", "a $HOME $$ } {", "a $HOME $$ } {"},
		{"a reference", "x${A}y", "x1y"},
		{"an empty value", "x${EMPTY}y", "xy"},
		{"a default that is not needed", "${A:-2}", "1"},
		{"a default for an empty value", "${EMPTY:-2}", "2"},
		{"a default for a missing value", "${NO:-2}", "2"},
		{"an empty default", "${NO:-}", ""},
		{"another word", "${A:+2}", "2"},
		{"no other word", "${EMPTY:+2}${NO:+3}", ""},
		{"a reference in a word", "${NO:-<${A:+x${A}}>}", "<x1>"},
		{"a plain ${", "$${A}", "${A}"},
		{"a plain ${ in a word", "${NO:-$${}", "${"},
		{"a value is not read again", "${T}", "${A}"},
		{"a dollar in front of a reference", "${D}${A}", "$1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			parsed, err := parseTemplate(test.text)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := parsed.expand(lookup); err != nil || got != test.want {
				t.Errorf("got %q, %v, want %q", got, err, test.want)
			}
		})
	}
	for _, test := range []struct{ text, want string }{
		{"${", "${ is not followed by a name; write ${NAME}, or $${ for a plain ${"},
		{"${1}", "${ is not followed by a name; write ${NAME}, or $${ for a plain ${"},
		{"${A", "${A is not closed by }"},
		{"${A:-x", "${A is not closed by }"},
		{"${A-x}", `${A is followed by "-"; write ${A}, ${A:-default} or ${A:+other}`},
		{strings.Repeat("${A:-", 20), "${...} is nested more than 16 deep"},
	} {
		if _, err := parseTemplate(test.text); err == nil || err.Error() != test.want {
			t.Errorf("%s: got %v, want %s", test.text, err, test.want)
		}
	}
}

func TestVariablesSeeThoseBeforeThemAndTheImages(t *testing.T) {
	p := mustRead(t, "[tool.moult.env]\nA = \"1\"\nB = \"${A}${C:-none}\"\nC = \"${B} ${PATH}\"\nPATH = \"/x:${PATH}\"\nD = \"${PATH}\"")
	got, err := ExpandEnv(p.Settings.Env, func(name string) (string, bool) { return "/bin", name == "PATH" })
	if err != nil {
		t.Fatal(err)
	}
	var text []string
	for _, v := range got {
		text = append(text, v.Name+"="+v.Value.V)
	}
	if s := strings.Join(text, " "); s != "A=1 B=1none C=1none /bin PATH=/x:/bin D=/x:/bin" {
		t.Error(s)
	}
	if p.Settings.Env[1].Value.V != "${A}${C:-none}" || !p.Settings.Env[1].Open() {
		t.Error("the list was changed")
	}
	for text, want := range map[string]string{
		"A = \"\"\nBEE = \"1\"\nC = \"${BE}\"": `pyproject.toml:4:5: there is no variable ${BE}; did you mean ${BEE}?`,
		"A = \"${X}\"":                         `pyproject.toml:2:5: there is no variable ${X}; declare X under [tool.moult.args] to give it to the build; ${X:-} is empty where it is missing, $${ is a plain ${`,
	} {
		_, err := ExpandEnv(mustRead(t, "[tool.moult.env]\n"+text).Settings.Env, nil)
		if err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

func TestVariablesThatDoubleThemselvesAreStopped(t *testing.T) {
	var text strings.Builder
	text.WriteString("[tool.moult.env]\nA0 = \"xxxxxxxx\"\n")
	for n := range 40 {
		fmt.Fprintf(&text, "A%d = \"${A%d}${A%d}\"\n", n+1, n, n)
	}
	_, err := ExpandEnv(mustRead(t, text.String()).Settings.Env, nil)
	if err == nil || !strings.Contains(err.Error(), "pyproject.toml:17:7: the value is longer than a variable may be") {
		t.Error(err)
	}
	text.Reset()
	text.WriteString("[tool.moult.env]\nA = \"" + strings.Repeat("x", 100<<10) + "\"\n")
	for n := range 40 {
		fmt.Fprintf(&text, "B%d = \"${A}\"\n", n)
	}
	if _, err := ExpandEnv(mustRead(t, text.String()).Settings.Env, nil); err == nil || !strings.Contains(err.Error(), "together") {
		t.Error(err)
	}
}

// FuzzExpand takes any text: nothing breaks, a text without "${" is itself, and
// replacing some references first and the others later gives what replacing all
// at once gives.
func FuzzExpand(f *testing.F) {
	for _, seed := range []string{"", "a", "${A}", "$${A}", "${A:-${B}}", "${B:+x}${C}", "${A:-$${}", "$$${A}", "${D}${A}", "}{", "${C:-${A}}${C:+${B:-y}}"} {
		f.Add(seed, "1", "")
	}
	f.Fuzz(func(t *testing.T, text, a, b string) {
		parsed, err := parseTemplate(text)
		if !strings.Contains(text, "${") {
			if got, e := parsed.expand(nil); err != nil || e != nil || got != text {
				t.Fatalf("%q became %q, %v, %v", text, got, err, e)
			}
			return
		}
		if err != nil {
			return
		}
		first := map[string]string{"A": a, "B": b, "D": "$"}
		all := func(name string) (string, bool) {
			if v, ok := first[name]; ok {
				return v, true
			}
			return "later", name == "C"
		}
		want, wantErr := parsed.expand(all)
		r := &reader{p: &Project{}}
		for name, value := range first {
			r.args = append(r.args, Arg{Name: name, Value: value, Set: true})
		}
		v := Variable{Name: "X", Value: source.At[string]{V: text}}
		if !r.putArgs(&v) {
			t.Fatalf("%q: %v", text, r.errs)
		}
		got, err := ExpandEnv([]Variable{v}, all)
		if (err != nil) != (wantErr != nil) {
			t.Fatalf("%q: %v, at once %v", text, err, wantErr)
		}
		if err == nil && got[0].Value.V != want {
			t.Fatalf("%q: got %q, at once %q", text, got[0].Value.V, want)
		}
	})
}
