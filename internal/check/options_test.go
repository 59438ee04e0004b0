package check

import (
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/source"
)

func TestOptionsAreReadFromTheHeadOfTheFile(t *testing.T) {
	for _, test := range []struct {
		says, text string
		skip       string
		all, error bool
		line       int
	}{
		{"none", "# syntax=x\n[project]\n", "", false, false, 0},
		{"behind the syntax line", "# syntax=x\n# check=skip=NoLock,DevTool;error=true\n[project]\n", "NoLock DevTool", false, true, 2},
		{"in front of it", "\ufeff#check = error=true\n# syntax=x\n", "", false, true, 1},
		{"all", "# check=skip=all\n", "", true, false, 1},
		{"after remarks and empty lines", "# The shop.\n\n#:schema x\n\n# check=skip=NoLock\n", "NoLock", false, false, 5},
		{"with a remark", "# check=skip=NoLock because of reasons\n", "NoLock", false, false, 1},
		{"too late", "[project]\n# check=error=true\n", "", false, false, 0},
	} {
		t.Run(test.says, func(t *testing.T) {
			o, err := ReadOptions(&source.File{Name: "pyproject.toml", Data: []byte(test.text)})
			if err != nil {
				t.Fatal(err)
			}
			var skip []string
			for _, v := range o.Skip {
				skip = append(skip, v.V)
			}
			if strings.Join(skip, " ") != test.skip || o.SkipAll != test.all || o.Error != test.error || o.Pos.Line != test.line {
				t.Errorf("got %+v", o)
			}
		})
	}
}

func TestOptionsThatCannotBeReadAreToldAtTheirLine(t *testing.T) {
	for text, want := range map[string]string{
		"# check=NoLock\n":               `pyproject.toml:1:1: invalid check option "NoLock"`,
		"#\n# check=error=perhaps\n":     "pyproject.toml:2:1: failed to parse check option",
		"# check=skip=A\n# check=skip=B": "pyproject.toml:2:1: there are two check comments, the first is at line 1",
	} {
		_, err := ReadOptions(&source.File{Name: "pyproject.toml", Data: []byte(text)})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q gives %v", text, err)
		}
	}
}

func TestWhatIsSkipped(t *testing.T) {
	named := func(names ...string) (all []source.At[string]) {
		for _, n := range names {
			all = append(all, source.At[string]{V: n})
		}
		return all
	}
	for _, test := range []struct {
		says string
		o    Options
		rule *Rule
		want bool
	}{
		{"nothing", Options{}, NoLock, false},
		{"a warning by name", Options{Skip: named("DevTool", "NoLock")}, NoLock, true},
		{"another", Options{Skip: named("DevTool")}, NoLock, false},
		{"all warnings", Options{SkipAll: true}, NoLock, true},
		{"an error by name", Options{Skip: named("StaleLock")}, StaleLock, true},
		{"an error is not among all", Options{SkipAll: true}, StaleLock, false},
		{"what cannot be skipped", Options{Skip: named("UnknownKey")}, UnknownKey, false},
	} {
		t.Run(test.says, func(t *testing.T) {
			if got := test.o.Skips(test.rule); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestNamesThatSkipNothingAreTold(t *testing.T) {
	o, err := ReadOptions(&source.File{Name: "pyproject.toml", Data: []byte("# check=skip=NoLok,UnknownKey,DevTool\n")})
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(Texts(o.Check()), "\n")
	want := `pyproject.toml:1:1: UnknownRule: there is no rule "NoLok"; did you mean NoLock?
pyproject.toml:1:1: UnknownRule: the rule UnknownKey cannot be skipped, because a build that breaks it cannot go on`
	if got != want {
		t.Errorf("got\n%s", got)
	}
}

func FuzzReadOptions(f *testing.F) {
	for _, seed := range []string{"# check=skip=NoLock,DevTool;error=true\n", "\ufeff# syntax=a\n#check=skip=all;;", "# check==\n# check=", "#check=skip=\xff"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file := &source.File{Name: "pyproject.toml", Data: data}
		o, err := ReadOptions(file)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "pyproject.toml:") {
				t.Errorf("no place: %v", err)
			}
			return
		}
		for _, finding := range o.Check() {
			if finding.Pos.Line < 1 || finding.Pos.Line > 1+strings.Count(string(data), "\n") {
				t.Errorf("line %d", finding.Pos.Line)
			}
		}
	})
}
