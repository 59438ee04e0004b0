package project

import (
	"io/fs"
	"os"
	"path"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/source"
)

func texts(lines []Line) []string {
	var list []string
	for _, line := range lines {
		list = append(list, line.Text)
	}
	return list
}

func selected(p *Project) Selection {
	return Selection{Extras: p.Settings.Extras, Groups: p.Settings.Groups}
}

func TestRequirementsOfEveryOrigin(t *testing.T) {
	tests := []struct {
		name, files       string
		lines, constraint []string
		locals            []string // path, extras, "dynamic"
	}{
		{"the standard tables", full, []string{"flask>=3", "gunicorn", "prometheus-client", "psycopg[binary]", "torch"}, nil, nil},
		{"an extra that names others of the project", "[project]\nname = \"a\"\n[project.optional-dependencies]\nx = [\"one\"]\nall = [\"A[x]\", \"two\"]\n[tool.moult]\nextras = [\"all\"]",
			[]string{"one", "two"}, nil, nil},
		{"one requirement in two spellings is one line", "[project]\nname = \"a\"\ndependencies = [\"Foo_Bar[B,a] >= 1\", \"foo.bar[a,b]>=1\"]", []string{"foo-bar[a,b]>=1"}, nil, nil},
		{"sources", `
[project]
name = "a"
dependencies = ["g", "h[x]>=1 ; python_version > '3.9'", "u", "i", "m"]
[tool.uv.sources]
g = {git = "https://example.com/g.git", tag = "v1", subdirectory = "py"}
h = {git = "git@example.com:team/h.git"}
u = {url = "https://example.com/u-1.whl"}
i = {index = "corp"}
m = [{git = "https://example.com/m", marker = "sys_platform == 'darwin'"}, {index = "corp"}]
`, []string{
			"g @ git+https://example.com/g.git@v1#subdirectory=py",
			`h[x] @ git+ssh://git@example.com/team/h.git ; python_version > "3.9"`,
			"i", `m @ git+https://example.com/m ; sys_platform == "darwin"`, "u @ https://example.com/u-1.whl",
		}, nil, nil},
		{"local packages and theirs", `
[project]
name = "a"
dependencies = ["b[x]", "c"]
[tool.uv.sources]
b = {path = "libs/b", editable = true}
c = {path = "wheels/c-1.0-py3-none-any.whl"}
-- libs/b/pyproject.toml --
[project]
name = "B"
dependencies = ["numpy", "d"]
[project.optional-dependencies]
x = ["rich"]
[tool.uv.sources]
d = {path = "../d"}
-- libs/d/pyproject.toml --
[project]
name = "d"
dynamic = ["dependencies"]
[build-system]
requires = ["setuptools"]
-- wheels/c-1.0-py3-none-any.whl --
`, []string{"numpy", "rich"}, nil, []string{"libs/b x", "wheels/c-1.0-py3-none-any.whl dynamic", "libs/d dynamic"}},
		{"a path of [tool.moult]", "[project]\nname = \"a\"\ndependencies = [\"b\"]\n[tool.moult.package.B]\npath = \"lib\"\n-- lib/setup.py --\n",
			nil, nil, []string{"lib dynamic"}},
		{"a dependency's file URL", "[project]\nname = \"a\"\ndependencies = [\"b @ file:///${PROJECT_ROOT}/lib\"]\n-- lib/setup.py --\n", nil, nil, []string{"lib dynamic"}},
		{"dynamic dependencies in files", `
[project]
name = "a"
dynamic = ["dependencies", "optional-dependencies"]
[tool.setuptools.dynamic]
dependencies = {file = ["requirements.txt"]}
optional-dependencies.dev = {file = "dev.txt"}
[tool.moult]
extras = ["dev"]
-- requirements.txt --
# ours
flask  # web
-- dev.txt --
pytest
`, []string{"flask", "pytest"}, nil, nil},
		{"requirements.txt unnamed", "-- moult.toml --\n-- requirements.txt --\nflask\n", []string{"flask"}, nil, nil},
		{"no requirements.txt beside dependencies", "[project]\nname = \"a\"\ndependencies = [\"idna\"]\n-- requirements.txt --\nflask\n", []string{"idna"}, nil, nil},
		{"requirements.txt beside an empty list of dependencies", "[project]\nname = \"a\"\ndependencies = []\n-- requirements.txt --\nflask\n", []string{"flask"}, nil, nil},
		{"a Pipfile beside an empty list of dependencies", "[project]\nname = \"a\"\ndependencies = []\n-- Pipfile --\n[packages]\nflask = \"*\"\n", []string{"flask"}, nil, nil},
		{"requirements.txt beside a Pipfile without packages and a lock", "-- moult.toml --\n-- Pipfile --\n[packages]\n[requires]\npython_version = \"3.11\"\n-- requirements.txt --\nflask\n", []string{"flask"}, nil, nil},
		{"no requirements.txt beside a Pipfile without packages that is locked", "-- moult.toml --\n-- Pipfile --\n[packages]\n-- Pipfile.lock --\n{\"_meta\": {}, \"default\": {\"idna\": {}}}\n-- requirements.txt --\nflask\n", nil, nil, nil},
		{"no requirements.txt beside a Pipfile with packages", "-- moult.toml --\n-- Pipfile --\n[packages]\nidna = \"*\"\n-- requirements.txt --\nflask\n", []string{"idna"}, nil, nil},
		{"no requirements.txt beside an empty list of a package", "[project]\nname = \"a\"\nversion = \"1\"\ndependencies = []\n[build-system]\nrequires = []\n-- requirements.txt --\nflask\n", nil, nil, nil},
		{"no requirements.txt beside an empty list that is locked", "[project]\nname = \"a\"\ndependencies = []\n-- requirements.txt --\nflask\n-- uv.lock --\n[[package]]\nname = \"a\"\n[[package]]\nname = \"idna\"\n", nil, nil, nil},
		{"no requirements.txt beside an empty list with a lock of another name", "[project]\nname = \"a\"\ndependencies = []\n[tool.moult]\nlock = \"locks/pylock.toml\"\n-- locks/pylock.toml --\n-- requirements.txt --\nflask\n", nil, nil, nil},
		{"no requirements.txt beside an empty list with extras", "[project]\nname = \"a\"\ndependencies = []\n[project.optional-dependencies]\nx = [\"idna\"]\n-- requirements.txt --\nflask\n", nil, nil, nil},
		{"a requirement file with all it may hold", `
-- moult.toml --
requirements = ["requirements/prod.txt"]
[[index]]
url = "https://private.example.com/simple"
secret = "private"
-- requirements/prod.txt --
-r base.txt
-c constraints.txt
--index-url https://packages.example.com/simple
--extra-index-url=https://${USER}:${PASSWORD}@private.example.com/simple/
--no-binary :none: --pre
-f wheels
Flask [async] >= 3 ; python_version >= "3.8"   # web
numpy==2.0 \
    --hash=sha256:` + strings.Repeat("b", 64) + ` \
    --hash=sha256:` + strings.Repeat("a", 64) + `
# comment \
click
-e ./lib[x]
./wheels/p-1.0.tar.gz
git+ssh://git@example.com/team/q.git@main#egg=q&subdirectory=py
https://example.com/r-1.0-py3-none-any.whl
s @ https://example.com/s.zip
lxml --no-binary lxml
git+https://${TOKEN}@example.com/t.git#egg=t
-e .
-- requirements/base.txt --
django
-- requirements/constraints.txt --
urllib3<2
-- wheels/p-1.0.tar.gz --
-- lib/setup.py --
-- setup.py --
`, []string{
			"click", "django", `flask[async]>=3; python_version >= "3.8"`, "lxml",
			"numpy==2.0 --hash=sha256:" + strings.Repeat("a", 64) + " --hash=sha256:" + strings.Repeat("b", 64),
			"q @ git+ssh://git@example.com/team/q.git@main#subdirectory=py", "r @ https://example.com/r-1.0-py3-none-any.whl", "s @ https://example.com/s.zip", "t @ git+https://example.com/t.git",
		}, []string{"urllib3<2"}, []string{". dynamic", "lib x dynamic", "wheels/p-1.0.tar.gz dynamic"}},
		{"poetry 1", `
[tool.poetry]
name = "a"
version = "1.0"
[tool.poetry.dependencies]
python = "^3.10"
caret = "^1.2.3"
zero = "^0.2"
tilde = "~1.2"
star = "*"
exact = "1.5"
range = ">=1.0 <2.0"
either = "^2.0 || ^3.0"
opt = {version = "^1", optional = true}
table = {version = "2.*", extras = ["x"], python = "<3.12", markers = "sys_platform == 'linux'"}
repo = {git = "https://example.com/repo.git", branch = "main"}
lib = {path = "lib", develop = true}
two = [{version = "1", python = "<3.11"}, {version = "2", python = ">=3.11"}]
[tool.poetry.extras]
o = ["opt"]
[tool.poetry.group.prod.dependencies]
gunicorn = "*"
[tool.poetry.dev-dependencies]
pytest = "*"
[tool.moult]
extras = ["o"]
groups = ["prod"]
-- lib/setup.py --
`, []string{
			"caret<2.0.0,>=1.2.3", "either<4.0,>=2.0", "exact==1.5", "gunicorn", "opt<2,>=1", "range<2.0,>=1.0", "repo @ git+https://example.com/repo.git@main", "star",
			`table[x]==2.*; sys_platform == "linux" and python_version < "3.12"`, "tilde<1.3,>=1.2", `two==1; python_version < "3.11"`, `two==2; python_version >= "3.11"`, "zero<0.3,>=0.2",
		}, nil, []string{"lib dynamic"}},
		{"pdm's groups", "[project]\nname = \"a\"\ndependencies = [\"x\"]\n[tool.pdm.dev-dependencies]\nprod = [\"y\", \"-e file:///${PROJECT_ROOT}/lib#egg=lib\"]\n[tool.moult]\ngroups = [\"prod\"]\n-- lib/setup.py --\n",
			[]string{"x", "y"}, nil, []string{"lib dynamic"}},
		{"a Pipfile", `
-- moult.toml --
groups = ["dev"]
-- Pipfile --
[[source]]
name = "pypi"
url = "https://packages.example.com/simple"
[packages]
flask = "*"
requests = {version = ">=2,<3", extras = ["socks"], markers = "python_version > '3.8'"}
win = {version = "*", sys_platform = "== 'win32'"}
g = {git = "https://example.com/g.git", ref = "v1"}
[dev-packages]
pytest = "==8"
[requires]
python_version = "3.12"
`, []string{"flask", "g @ git+https://example.com/g.git@v1", "pytest==8", `requests[socks]<3,>=2; python_version > "3.8"`, `win; sys_platform == "win32"`}, nil, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := mustRead(t, test.files)
			got, err := Requirements(p, selected(p))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(texts(got.Lines), test.lines) {
				t.Errorf("lines\n%s\nwant\n%s", strings.Join(texts(got.Lines), "\n"), strings.Join(test.lines, "\n"))
			}
			if !slices.Equal(texts(got.Constraints), test.constraint) {
				t.Errorf("constraints %q", texts(got.Constraints))
			}
			var locals []string
			for _, l := range got.Locals {
				text := strings.Join(append([]string{l.Path}, l.Extras...), " ")
				if l.Dynamic {
					text += " dynamic"
				}
				locals = append(locals, text)
			}
			if !slices.Equal(locals, test.locals) {
				t.Errorf("locals %q, want %q", locals, test.locals)
			}
		})
	}
}

func TestTheOptionsOfARequirementFile(t *testing.T) {
	p := mustRead(t, "-- moult.toml --\n[[index]]\nurl = \"https://b.example.com/simple\"\nsecret = \"b\"\n-- requirements.txt --\n-i https://a.example.com/simple\n--extra-index-url https://${U}:${P}@b.example.com/simple\n--only-binary=Foo_x,bar\n--prefer-binary\n-f https://c.example.com\n")
	got, err := Requirements(p, Selection{})
	if err != nil {
		t.Fatal(err)
	}
	o := got.Options
	if o.IndexURL.V != "https://a.example.com/simple" || o.ExtraIndexURLs[0].V != "https://b.example.com/simple" || !o.PreferBinary || o.Pre ||
		!reflect.DeepEqual(values(o.OnlyBinary), []string{"foo-x", "bar"}) || o.FindLinks[0].V != "https://c.example.com" {
		t.Errorf("%+v", o)
	}
}

func TestEditingWhatIsNoRequirementChangesNothing(t *testing.T) {
	lines := func(files string) []string {
		p := mustRead(t, files)
		got, err := Requirements(p, selected(p))
		if err != nil {
			t.Fatal(err)
		}
		return append(texts(got.Lines), texts(got.Constraints)...)
	}
	want := lines(full)
	for name, edited := range map[string]string{
		"the version":          strings.Replace(full, `version = "1.2"`, `version = "1.3"`, 1),
		"a comment":            strings.Replace(full, "[build-system]", "# a comment\n\n[build-system]", 1),
		"another tool's table": full + "\n[tool.ruff]\nline-length = 100\n",
		"the order":            strings.Replace(full, `["flask>=3", "Psycopg[binary]"]`, "[\n  'psycopg[binary]', # driver\n  'Flask >= 3',\n]", 1),
		"the command":          strings.Replace(full, `cmd = ["serve"`, `cmd = ["other"`, 1),
		"the description":      strings.Replace(full, `readme =`, "description = \"x\"\nreadme =", 1),
	} {
		if edited == full {
			t.Fatalf("%s: nothing was edited", name)
		}
		if got := lines(edited); !slices.Equal(got, want) {
			t.Errorf("%s changes the requirements to %q", name, got)
		}
	}
}

func TestAnEnvironmentDecidesSources(t *testing.T) {
	p := mustRead(t, `
[project]
name = "a"
dependencies = ["m", "w ; sys_platform == 'win32'"]
[tool.uv.sources]
m = [{git = "https://example.com/m", marker = "sys_platform == 'darwin'"}, {url = "https://example.com/m.whl", marker = "sys_platform == 'linux'"}]
`)
	got, err := Requirements(p, Selection{Environment: &pep508.Environment{SysPlatform: "linux"}})
	if err != nil || !slices.Equal(texts(got.Lines), []string{"m @ https://example.com/m.whl"}) {
		t.Errorf("%q, %v", texts(got.Lines), err)
	}
}

func TestALineNamesItsRepository(t *testing.T) {
	p := mustRead(t, "[project]\nname = \"a\"\ndependencies = [\"h @ git+https://code.example.com/h\", \"s @ git+ssh://git@code.example.com/s\"]")
	got, err := Requirements(p, Selection{})
	if err != nil || got.Lines[0].Git != "code.example.com" || got.Lines[0].SSH || !got.Lines[1].SSH || got.Lines[1].Pos.Col != 55 {
		t.Errorf("%+v, %v", got.Lines, err)
	}
}

func TestUnknownSelectionIsAnError(t *testing.T) {
	p := mustRead(t, full)
	_, err := Requirements(p, Selection{Groups: []source.At[string]{{V: "prd"}}})
	if err == nil || err.Error() != `there is no dependency group "prd"; did you mean "prod"?` {
		t.Error(err)
	}
}

func TestTheExamplesAreRead(t *testing.T) {
	const dir = "../../examples"
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal("there are no examples to read")
	}
	for _, e := range list {
		root := os.DirFS(dir + "/" + e.Name())
		err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
			base := path.Base(name)
			if err != nil || d.IsDir() || base != "pyproject.toml" && base != "moult.toml" {
				return err
			}
			data, err := fs.ReadFile(root, name)
			if err != nil || name != base && !strings.Contains(string(data), "syntax=") || strings.Contains(string(data), "[tool.uv.workspace]") {
				return err // a member that others use, or the root of a workspace
			}
			p, err := Read(FS(root), name, Options{})
			if err == nil {
				err = everything(p)
			}
			if err != nil {
				t.Errorf("%s/%s: %v", e.Name(), name, err)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// FuzzBuildFile reads anything as a build file.
func FuzzBuildFile(f *testing.F) {
	f.Add([]byte(full))
	f.Add([]byte(real[:strings.Index(real, "-- keys")]))
	f.Add([]byte("requirements = [\"requirements.txt\"]\nlock = \"uv.lock\""))
	f.Add([]byte("[tool.poetry]\nname = \"a\"\n[tool.poetry.dependencies]\na = \"^1 || ~2\"\nb = [{git = \"x\"}, {python = \">=3\"}]"))
	f.Add([]byte("[tool.uv]\nworkspace = {members = [\"*\"]}\nsources = {a = {workspace = true}}\n[project]\nname = \"x\"\ndependencies = [\"a[x] @ file:./y\"]"))
	f.Add([]byte("[tool.pdm.dev-dependencies]\na = [\"-e file:///${PROJECT_ROOT}/x#egg=y\"]\n[[tool.pdm.source]]\nurl = \"\""))
	files := FS(tree("-- requirements.txt --\nflask\n-- x/pyproject.toml --\n[project]\nname = \"a\"\ndependencies = [\"b\"]\n-- Pipfile --\n[packages]\na = \"*\"\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		readAndAskTwice(t, files, data)
	})
}

// FuzzRequirementFile reads anything as a requirement file.
func FuzzRequirementFile(f *testing.F) {
	f.Add([]byte("flask>=3 # x\n-r requirements.txt\n-e .\n./x[y] ; z\n--hash\n-i\n\\"))
	f.Add([]byte("git+https://x/y#egg=z\nfile:./x\na==1 --hash=sha256:x -C a=b\nx.whl\nhttps://x/a-1.whl"))
	f.Add([]byte("\xff\xfea\x00\n\x00"))
	f.Add([]byte("a ; python_version > '3'\\\n # c\\\nb\n--no-binary=:all: -f x\n-i https://${U}@x/y"))
	f.Fuzz(func(t *testing.T, data []byte) {
		files := tree("-- x/setup.py --\n")
		files["requirements.txt"] = &fstest.MapFile{Data: data}
		readAndAskTwice(t, FS(files), []byte("requirements = [\"requirements.txt\"]"))
	})
}

// readAndAskTwice checks that nothing panics, that the answers do not change,
// and that a line stays a line.
func readAndAskTwice(t *testing.T, files Files, build []byte) {
	p, err := ReadFile(files, &source.File{Name: "build.toml", Data: build}, Options{})
	if err != nil {
		return
	}
	_ = everything(p)
	one, err := Requirements(p, selected(p))
	if err != nil {
		return
	}
	two, err := Requirements(p, selected(p))
	if err != nil || !slices.Equal(texts(one.Lines), texts(two.Lines)) {
		t.Fatalf("%q and %q, %v", texts(one.Lines), texts(two.Lines), err)
	}
	for _, line := range one.Lines {
		if strings.ContainsAny(line.Text, "\n\r\x00") || strings.HasPrefix(line.Text, "-") {
			t.Fatalf("%q is no requirement", line.Text)
		}
	}
}

func TestSeveralPlatformsMayAskAtOnce(t *testing.T) {
	p := mustRead(t, "[project]\nname = \"a\"\ndependencies = [\"b\"]\n[tool.uv.sources]\nb = {path = \"b\"}\n-- b/pyproject.toml --\n[project]\nname = \"b\"\ndependencies = [\"numpy\"]")
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			if got, err := Requirements(p, Selection{}); err != nil || len(got.Lines) != 1 {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
	wait.Wait()
}

func TestTheProjectItselfIsNoLocalPackage(t *testing.T) {
	p := mustRead(t, "[project]\nname = \"a\"\ndependencies = [\"b\"]\n[project.optional-dependencies]\nx = [\"rich\"]\n[tool.uv.workspace]\nmembers = [\"b\"]\n[tool.uv.sources]\nb = {workspace = true}\na = {workspace = true}\n-- b/pyproject.toml --\n[project]\nname = \"b\"\ndependencies = [\"a[x]\"]")
	got, err := Requirements(p, Selection{})
	if err != nil || !slices.Equal(texts(got.Lines), []string{"rich"}) || len(got.Locals) != 1 || got.Locals[0].Name != "b" {
		t.Errorf("%+v, %v", got, err)
	}
}
