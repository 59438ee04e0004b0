package protocol

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// filler gives the fields of commands values out of a fuzzer's bytes.
type filler struct{ data []byte }

func (f *filler) byte() byte {
	if len(f.data) == 0 {
		return 0
	}
	b := f.data[0]
	f.data = f.data[1:]
	return b
}

// text is a text that an argument can hold: neither the graph nor a process
// takes others.
func (f *filler) text() string {
	n := min(int(f.byte())%12, len(f.data))
	s := string(f.data[:n])
	f.data = f.data[n:]
	return strings.ReplaceAll(strings.ToValidUTF8(s, "?"), "\x00", "0")
}

func (f *filler) fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(f.text())
	case reflect.Bool:
		v.SetBool(f.byte()&1 == 1)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(int8(f.byte())) << (f.byte() % 24))
	case reflect.Uint32:
		v.SetUint(uint64(f.byte()) << (f.byte() % 24))
	case reflect.Pointer:
		if f.byte()&1 == 1 {
			v.Set(reflect.New(v.Type().Elem()))
			f.fill(v.Elem())
		}
	case reflect.Slice:
		for range f.byte() % 4 {
			e := reflect.New(v.Type().Elem()).Elem()
			f.fill(e)
			v.Set(reflect.Append(v, e))
		}
	case reflect.Struct:
		for n := range v.NumField() {
			f.fill(v.Field(n))
		}
	default:
		panic("a field of a kind that no command may have: " + v.Kind().String())
	}
}

func FuzzCommandsComeBackFromTheirArguments(f *testing.F) {
	for n := range commands() {
		f.Add(uint8(n), []byte{})
		f.Add(uint8(n), []byte("\x05a --b\x03--x\x01\x02\x04{\"a\x03\x01=\x02--\x07 \n<&>\xffé\x01\x01\x03abc\x02\x01-"))
		f.Add(uint8(n), []byte(strings.Repeat("\x03--a\x01", 40)))
	}
	f.Fuzz(func(t *testing.T, which uint8, data []byte) {
		s := commands()[int(which)%len(commands())]
		v := reflect.New(reflect.TypeOf(s.zero))
		(&filler{data}).fill(v.Elem())
		c := v.Elem().Interface().(Command)
		args := c.Args()
		got, err := Parse(args)
		if err != nil {
			t.Fatalf("%q: %v", args, err)
		}
		if !reflect.DeepEqual(got, c) {
			t.Errorf("%q\ngives %#v\ninstead of %#v", args, got, c)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range commands() {
		f.Add(strings.Join(s.zero.Args(), "\n"))
	}
	f.Add("moult-build\npackages\n--manager\napt\n--epoch\n1\n--repository\n{\"url\":\"x\"}\n--\ncurl")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Parse(strings.Split(text, "\n"))
		if err != nil || !utf8.ValidString(text) {
			return
		}
		again, err := Parse(c.Args())
		if err != nil {
			t.Fatalf("%q: %v", c.Args(), err)
		}
		if a, b := fmt.Sprintf("%q", again.Args()), fmt.Sprintf("%q", c.Args()); a != b {
			t.Errorf("%s became %s", b, a)
		}
	})
}

func TestArgumentsAreWhatTheyWere(t *testing.T) {
	epoch := int64(0)
	for _, test := range []struct {
		command Command
		want    string
	}{
		{Resolve{Python: "python3.13", Requirements: Requirements, Output: Output, Epoch: 7, Wheels: []string{Wheel("a")}, Indexes: []Index{{URL: "https://a.example/?x=1&y"}, {URL: "https://b.example", Secret: IndexSecret("b")}}},
			`/moult/bin/moult-build|resolve|--python|python3.13|--requirements|/moult/requirements.txt|--wheel|/moult/wheels/a|--index|{"url":"https://a.example/?x=1&y"}|--index|{"url":"https://b.example","secret":"/moult/secrets/index/b"}|--output|/moult/output|--epoch|7`},
		{Prepare{Python: "python3.13", Output: "/moult/env", Requires: []string{"setuptools>=1", "--", ""}},
			`/moult/bin/moult-build|prepare|--python|python3.13|--output|/moult/env|--|setuptools>=1|--|`},
		{Choose{Requirement: "a<2", Target: "3.13 x86_64 glibc 2.41", NoBinary: true, Output: Output},
			`/moult/bin/moult-build|choose|--requirement|a<2|--target|3.13 x86_64 glibc 2.41|--no-binary|--output|/moult/output|--epoch|0`},
		{Run{Command: []string{"npm", "ci"}}, `/moult/bin/moult-build|run|--|npm|ci`},
		{Resolve{Python: "python3.13", Requirements: Requirements, Own: []OwnWheel{{Folder: Wheel("a"), Extras: []string{"x"}}}, Output: Output},
			`/moult/bin/moult-build|resolve|--python|python3.13|--requirements|/moult/requirements.txt|--own|{"folder":"/moult/wheels/a","extras":["x"]}|--output|/moult/output|--epoch|0`},
		{Run{Report: Report, Command: []string{"true"}}, `/moult/bin/moult-build|run|--report|/moult/report|--|true`},
		{Run{Epoch: &epoch, Outputs: []string{"/a"}, Command: []string{"true"}}, `/moult/bin/moult-build|run|--epoch|0|--output|/a|--|true`},
		{Accounts{Base: Base, Output: Output, User: &Account{Name: "app", UID: 1000, GID: 1000, Home: "/home/app"}, Folders: []Folder{{Path: "/data", Owned: true}}},
			`/moult/bin/moult-build|accounts|--base|/moult/base|--output|/moult/output|--epoch|0|--user|{"name":"app","uid":1000,"gid":1000,"home":"/home/app"}|--folder|{"path":"/data","owned":true}`},
		{InstallWheels{Prefix: Venv, Python: "3.13", Output: Output, Wheels: []string{Wheel("a"), Wheel("b")}},
			`/moult/bin/moult-install|wheels|--prefix|/opt/venv|--python|3.13|--output|/moult/output|--epoch|0|--|/moult/wheels/a|/moult/wheels/b`},
	} {
		args := test.command.Args()
		if got := strings.Join(args, "|"); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
		if got, err := Parse(args); err != nil || !reflect.DeepEqual(got, test.command) {
			t.Errorf("%q gives %#v, %v", args, got, err)
		}
	}
}

func TestArgumentsThatNoStepHasAreRefused(t *testing.T) {
	venv := CreateVenv{Prefix: "/v", Python: "3.13", Interpreter: "/p", Output: "/o"}.Args()
	for says, test := range map[string]struct {
		args []string
		want string
	}{
		"nothing":              {nil, "no program"},
		"another program":      {[]string{"/bin/sh", "run"}, "no program of Moult"},
		"no command":           {venv[:1], "a command is missing"},
		"another command":      {[]string{"moult-install", "resolve"}, "no command"},
		"an unknown flag":      {append(slices.Clone(venv), "--fast"), `unknown argument "--fast"`},
		"a flag of another":    {append(slices.Clone(venv), "--layers", "x"), "unknown argument"},
		"a bare word":          {append(slices.Clone(venv), "x"), `unknown argument "x"`},
		"a flag twice":         {append(slices.Clone(venv), "--prefix", "/w"), "twice"},
		"no value":             {venv[:len(venv)-1], "--epoch needs a value"},
		"no number":            {append(slices.Clone(venv[:len(venv)-1]), "now"), "no number"},
		"a flag is missing":    {venv[:len(venv)-2], "--epoch is required"},
		"words nobody expects": {append(slices.Clone(venv), "--", "x"), `unexpected argument "x"`},
		"broken JSON":          {[]string{"moult-build", "packages", "--repository", `{"url":`}, "--repository"},
		"an unknown JSON key":  {[]string{"moult-build", "packages", "--repository", `{"uri":""}`}, "unknown field"},
		"two JSON values":      {[]string{"moult-build", "packages", "--repository", `{}{}`}, "more follows"},
	} {
		if c, err := Parse(test.args); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %#v, %v", says, c, err)
		}
	}
}

// What a command says about itself must hold for all of them: each field has a
// name of its own, and only the last takes the rest.
func TestCommandsAreWellFormed(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range commands() {
		if key := s.program + " " + s.name; seen[key] {
			t.Errorf("there are two %s", key)
		} else {
			seen[key] = true
		}
		names := map[string]bool{}
		all := fields(reflect.New(reflect.TypeOf(s.zero)))
		for n, f := range all {
			if f.name == "" || names[f.name] {
				t.Errorf("%s: field %d has the name %q", s.name, n, f.name)
			}
			names[f.name] = true
			if f.rest && (n != len(all)-1 || f.value.Type() != reflect.TypeFor[[]string]()) {
				t.Errorf("%s: %s cannot take the rest", s.name, f.name)
			}
		}
	}
}
