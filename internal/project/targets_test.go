package project

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// readTarget reads a project for a target with build arguments, "NAME=value".
func readTarget(text, target string, args ...string) (*Project, error) {
	o := Options{Target: target, Args: map[string]string{}}
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		o.Args[name] = value
	}
	return Read(FS(tree(text)), "pyproject.toml", o)
}

func mustReadTarget(t *testing.T, text, target string, args ...string) *Project {
	t.Helper()
	p, err := readTarget(text, target, args...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestATargetIsLaidOverWhatItInherits(t *testing.T) {
	gpu := mustReadTarget(t, real, "gpu", "TOKENLESS=x", "GIT_SHA=abc").Settings
	test := mustReadTarget(t, real, "test", "TOKENLESS=x").Settings
	bare := mustReadTarget(t, real, "bare", "TOKENLESS=x").Settings
	check := func(what string, got, want any) {
		t.Helper()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %#v, want %#v", what, got, want)
		}
	}
	check("a string takes the older one's place", gpu.Env[0].Value.V, "gpu-abc")
	check("a new key follows", gpu.Env[len(gpu.Env)-1].Name, "MORE")
	check("another key stays", gpu.Env[1].Name, "PATH")
	check("another default keeps the choices", []any{gpu.Args[1].Value, len(gpu.Args[1].Choices), gpu.Args[1].Description}, []any{"cuda", 2, "which torch"})
	check("extras follow the argument", values(gpu.Extras), []string{"cuda", "odbc"})
	check("its name", gpu.Target, "gpu")
	check("its line", gpu.Pos.Line > 100, true)

	check("a target inherits from another", []any{test.Env[0].Value.V, values(test.Groups)}, []any{"gpu-unknown", []string{"test"}})
	check("steps are added", []any{len(test.Steps), test.Steps[2].Run.Strings()}, []any{3, []string{"pytest", "-q"}})
	check("an empty list of packages", len(test.Apt.Run), 0)
	check("another list stays", len(test.Apt.Build), 1)

	check("an empty list removes the steps", len(bare.Steps), 0)
	check("a string in place of a table", []any{bare.User.Make, bare.User.Text}, []any{false, "root"})
}

func TestATargetsIndexTakesTheOlderOnesPlace(t *testing.T) {
	const text = `
[[tool.moult.index]]
name = "torch"
url = "https://example.com/cpu"
[[tool.moult.index]]
url = "https://example.com/simple"
default = true
[[tool.moult.target.gpu.index]]
name = "torch"
url = "https://example.com/cuda"
[[tool.moult.target.gpu.index]]
url = "https://example.com/mirror"
default = true
`
	var got []string
	for _, i := range mustReadTarget(t, text, "gpu").Settings.Indexes {
		got = append(got, fmt.Sprint(i.Name, " ", i.URL.V, " ", i.Default))
	}
	if want := []string{" https://example.com/simple false", "torch https://example.com/cuda false", " https://example.com/mirror true"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestBuildArgumentsGoWhereTheyMay(t *testing.T) {
	const text = `
[project]
name = "a"
[project.optional-dependencies]
x = []
y = []
[tool.moult]
base = "python:${PYTHON}-slim${SUFFIX}"
python = "${PYTHON}"
extras = ["${EXTRAS}", "y"]
requirements = ["requirements/${ENVIRONMENT}.txt"]
expose = ["${PORT}"]
workdir = "/srv/${ENVIRONMENT}"
user = "${USER}"
cmd = ["echo", "${PORT}"]
apt.run = ["${PACKAGE}", {name = "gdb", when = "${DEBUG}"}]
[tool.moult.args]
PYTHON = "3.13"
SUFFIX = ""
EXTRAS = ""
ENVIRONMENT = "prod"
PORT = "8000"
USER = "1000"
PACKAGE = ""
DEBUG = ""
[tool.moult.target.other]
args = {UNSEEN = ""}
-- requirements/prod.txt --
-- requirements/test.txt --
`
	s := mustReadTarget(t, text, "").Settings
	got := []any{s.Base.V, s.Python.Text, len(s.Extras), s.Requirements[0].V, s.Expose[0].Port, s.Workdir.V, s.User.UID, s.Cmd.Strings()[1], len(s.Apt.Run)}
	if want := []any{"python:3.13-slim", "3.13", 1, "requirements/prod.txt", "8000", "/srv/prod", 1000, "${PORT}", 0}; !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	p := mustReadTarget(t, text, "", "PYTHON=3.12", "SUFFIX=-bookworm", "EXTRAS=y x,x", "ENVIRONMENT=test", "PORT=9000", "USER=33", "PACKAGE=tini", "DEBUG=1",
		"OTHER=1", "UNSEEN=1", "BUILDKIT_INLINE_CACHE=1", "http_proxy=x", "ANOTHER=")
	s = p.Settings
	got = []any{s.Base.V, s.Python.Text, values(s.Extras), s.Requirements[0].V, s.Expose[0].Port, s.Workdir.V, s.User.UID, len(s.Apt.Run)}
	if want := []any{"python:3.12-slim-bookworm", "3.12", []string{"x", "y"}, "requirements/test.txt", "9000", "/srv/test", 33, 2}; !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if want := []string{"ANOTHER", "OTHER"}; !slices.Equal(p.UnusedArgs, want) {
		t.Errorf("%v", p.UnusedArgs)
	}
}

func TestWhatIsWrongWithTargetsAndArguments(t *testing.T) {
	tests := []struct {
		name, text, target string
		args               []string
		want               string
	}{
		{"a target that is not there", "[tool.moult.target.gpu]\ndescription = \"with CUDA\"\n[tool.moult.target.dev]", "nosuch", nil,
			`pyproject.toml:1:7: there is no target "nosuch"; the targets are gpu (with CUDA), dev, runtime, builder, venv, wheels`},
		{"a target's name misspelt", "[tool.moult.target.gpu]", "gppu", nil,
			`pyproject.toml:1:7: there is no target "gppu"; did you mean "gpu"?`},
		{"no targets at all", "[project]\nname = \"a\"", "x", nil,
			`pyproject.toml: there is no target "x"; the targets are runtime, builder, venv, wheels`},
		{"a mistake in a target that is not built", "[tool.moult.target.gpu]\nextras = \"x\"", "", nil,
			`pyproject.toml:2:10: tool.moult.target.gpu.extras must be an array, not a string; write extras = ["x"]`},
		{"a mistake in [tool.moult] is said once", "[tool.moult]\nbase = 1\n[tool.moult.target.gpu]\n[tool.moult.target.dev]", "dev", nil,
			`pyproject.toml:2:8: tool.moult.base must be a string, not an integer; write base = "1"`},
		{"an unknown key of a target", "[tool.moult.target.gpu]\nextra = [\"x\"]", "", nil,
			`pyproject.toml:2:1: unknown key "extra" in [tool.moult.target.gpu]; did you mean "extras"?`},
		{"an unknown extra in a target", "[tool.moult.target.gpu]\nextras = [\"x\"]", "", nil,
			`pyproject.toml:2:11: there is no extra "x"; the project has none`},
		{"an argument without a value", "[tool.moult]\nbase = \"x:${V}\"\nargs.V = {description = \"version\"}", "", nil,
			`pyproject.toml:2:8: the build argument V has no default and was not given; build with --build-arg V=...`},
		{"a variable's argument without a value", "[tool.moult]\nenv.X = \"${V}\"\nargs.V = {}", "", nil,
			`pyproject.toml:2:9: the build argument V has no default and was not given; build with --build-arg V=...`},
		{"a value that is no choice", "[tool.moult.args]\nGPU = {default = \"cpu\", choices = [\"cpu\", \"cuda\"]}", "", []string{"GPU=cudda"},
			`pyproject.toml:2:1: the build argument GPU is "cudda", which is none of its choices: cpu, cuda; did you mean "cuda"?`},
		{"a value that is no choice, where it is used", "[tool.moult]\nextras = [\"${E}\"]\nenv.X = \"${E}\"\n[tool.moult.args]\nE = {choices = [\"cpu\"]}", "", []string{"E=slow"},
			`pyproject.toml:5:1: the build argument E is "slow", which is none of its choices: cpu`},
		{"a value that breaks a key", "[tool.moult]\nbase = \"${B}\"\nargs.B = \"x\"", "", []string{"B=Not An Image"},
			`pyproject.toml:2:8: base: "Not An Image" is not an image reference: invalid reference format: repository name (library/Not An Image) must be lowercase`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := readTarget(test.text, test.target, test.args...)
			if err == nil || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

func TestAnArgumentGivesTheUsersNumber(t *testing.T) {
	const text = "[tool.moult]\nuser = {name = \"app\", uid = \"${UID}\", gid = 100}\nargs.UID = \"1000\""
	if u := mustReadTarget(t, text, "", "UID=1234").Settings.User; u.UID != 1234 || u.GID != 100 || u.Text != "1234:100" {
		t.Errorf("%+v", u)
	}
	_, err := readTarget(text, "", "UID=me")
	if want := `pyproject.toml:2:29: tool.moult.user.uid: "me" is not a number`; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestAMoultFileHasTargetsToo(t *testing.T) {
	files := FS(tree("-- moult.toml --\ncmd = [\"a\"]\nargs.X = \"1\"\nenv.X = \"${X}\"\n[target.dev]\ncmd = [\"b\"]\nargs.X = \"2\""))
	p, err := Read(files, "moult.toml", Options{Target: "dev"})
	if err != nil || p.Settings.Cmd.Strings()[0] != "b" || p.Settings.Env[0].Value.V != "2" || p.Settings.Pos.String() != "moult.toml:4:9" {
		t.Errorf("%+v, %v", p, err)
	}
	_, err = Read(files, "moult.toml", Options{Target: "nosuch"})
	if want := `moult.toml: there is no target "nosuch"; the targets are dev, runtime, builder, venv, wheels`; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestAnArgumentWithoutAValueCountsOnlyWhereItIsUsed(t *testing.T) {
	const text = "[tool.moult]\nargs.V = {}\n[tool.moult.target.gpu]\nbase = \"x:${V}\"\nenv.X = \"${V}\""
	mustReadTarget(t, text, "")
	mustReadTarget(t, text, "gpu", "V=1")
	if _, err := readTarget(text, "gpu"); err == nil {
		t.Error("no error")
	}
	if p, err := Read(FS(tree(text)), "pyproject.toml", Options{Target: "gpu", Describe: true}); err != nil || p.Settings.Base != nil || len(p.Settings.Args) != 1 {
		t.Error(err)
	}
}

func TestAnArgumentNeedsToSuitTheTargetThatIsBuiltAlone(t *testing.T) {
	const text = "[tool.moult.args]\nGPU = {default = \"cpu\", choices = [\"cpu\"]}\n[tool.moult.target.gpu.args.GPU]\ndefault = \"cuda\"\nchoices = [\"cuda\", \"rocm\"]\n"
	p := mustReadTarget(t, text, "gpu", "GPU=rocm")
	if got := p.Settings.Args[0].Value; got != "rocm" {
		t.Errorf("got %q", got)
	}
	if _, err := readTarget(text, "gpu", "GPU=cpu"); err == nil {
		t.Error("a value that is none of the target's choices is taken")
	}
}

func TestOfFilesThatExcludeEachOtherOneMayTakeThePlaceOfTheOther(t *testing.T) {
	const sum = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
	const text = `
[tool.moult.args]
DEBUG = ""
RELEASE = "yes"
[[tool.moult.files]]
url = "https://example.com/debug"
sha256 = "` + sum + `"
to = "/usr/local/bin/tool"
when = "${DEBUG}"
[[tool.moult.files]]
url = "https://example.com/release"
sha256 = "` + sum + `"
to = "/usr/local/bin/tool"
when = "${RELEASE}"
`
	if files := mustReadTarget(t, text, "").Settings.Files; len(files) != 1 {
		t.Errorf("got %d entries", len(files))
	}
}

func TestATargetNeedNotUseTheStagesThatItInherits(t *testing.T) {
	const text = `
[tool.moult.stage.native]
steps = [{run = ["make"]}]
[[tool.moult.files]]
stage = "native"
from = "lib.so"
to = "/usr/local/lib/"
[tool.moult.target.bare]
files = []
`
	for _, target := range []string{"", "bare"} {
		if _, err := readTarget(text, target); err != nil {
			t.Errorf("%q: %v", target, err)
		}
	}
	const own = "[tool.moult.target.bare.stage.other]\nsteps = [{run = [\"make\"]}]\n"
	if _, err := readTarget(text+own, ""); err == nil || !strings.Contains(err.Error(), `nothing uses the files of the stage "other"`) {
		t.Errorf("a stage of the target's own: %v", err)
	}
}
