package project

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/moult-build/moult/internal/source"
)

func values(list []source.At[string]) []string {
	var texts []string
	for _, v := range list {
		texts = append(texts, v.V)
	}
	return texts
}

const full = `
# syntax=registry.example.com/moult:1
[project]
name = "My.App"
version = "1.2"
requires-python = ">=3.11"
readme = "README.md"
license-files = ["LICENSE*"]
dependencies = ["flask>=3", "Psycopg[binary]"]
[project.optional-dependencies]
gpu = ["torch"]
all = ["my-app[gpu]", "rich"]
[project.scripts]
serve = "app:main"
[dependency-groups]
prod = ["gunicorn", {include-group = "Metrics"}]
metrics = ["prometheus-client"]
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[tool.moult]
python = "3.13.2"
base = "debian:trixie-slim"
builder = "registry.example.com:5000/team/python@sha256:0000000000000000000000000000000000000000000000000000000000000000"
extras = ["gpu"]
groups = ["prod"]
lock = false
user = "1000:www-data"
workdir = "/srv/app/"
entrypoint = ["tini", "--"]
cmd = ["serve", "--port", "8000"]
expose = [8000, "53/UDP", "9000-9010"]
stopsignal = "SIGINT"
volumes = ["/data"]
bytecode = false

[tool.moult.env]
ZED = "1"
ABC = "$ZED"

[tool.moult.labels]
"org.opencontainers.image.source" = "https://example.com"

[tool.moult.apt]
build = ["libpq-dev"]
run = ["libpq5", "libstdc++6", "curl=8.*", "g++:arm64"]

[tool.moult.healthcheck]
cmd = ["python", "-m", "check"]
interval = "1m30s"
start-period = "5s"
retries = 3

[tool.moult.app]
include = ["app", "!app/tests"]
exclude = ["**/*.md"]

[[tool.moult.index]]
name = "corp"
url = "https://packages.example.com/simple"
secret = "corp-index"

[[tool.moult.steps]]
name = "static files"
run = ["python", "manage.py", "collectstatic"]
env = {SECRET_KEY = "dummy"}
secrets = ["token", {id = "key", env = "KEY", optional = true}, {id = "f", file = "/f"}]
caches = ["/root/.cache", {path = "/c", id = "mine"}]

[[tool.moult.steps]]
run = ["fetch"]
network = true
ssh = true
`

func TestEveryKeyIsRead(t *testing.T) {
	p := mustRead(t, full)
	s := p.Settings
	check := func(what string, got, want any) {
		t.Helper()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %#v, want %#v", what, got, want)
		}
	}
	check("name", p.Name.V, "My.App")
	check("name's place", p.Name.Pos.String(), "pyproject.toml:3:8")
	check("files", values(p.BuildFiles), []string{"README.md"})
	check("patterns of files", values(p.BuildPatterns), []string{"LICENSE*"})
	check("groups", len(p.Groups[0].Requirements), 2)
	check("group's include", p.Groups[0].Requirements[1].Pos.Line, 16)
	check("backend", p.BuildSystem.Backend.V, "hatchling.build")
	check("python", *s.Python, PythonRequest{Pos: s.Python.Pos, Text: "3.13.2", Minor: "3.13", Full: "3.13.2"})
	check("base", s.Base.V, "debian:trixie-slim")
	check("lock", s.Lock.Off, true)
	check("user", *s.User, User{Pos: s.User.Pos, UID: 1000, GID: -1, Group: "www-data", Text: "1000:www-data"})
	check("workdir", s.Workdir.V, "/srv/app")
	check("entrypoint", s.Entrypoint.Strings(), []string{"tini", "--"})
	check("cmd", s.Cmd.Strings(), []string{"serve", "--port", "8000"})
	check("cmd's place", s.Cmd.Args[2].Pos.Line, 31)
	check("expose", []string{s.Expose[0].String(), s.Expose[1].String(), s.Expose[2].String()}, []string{"8000/tcp", "53/udp", "9000-9010/tcp"})
	check("env keeps its order", []string{s.Env[0].Name, s.Env[1].Name, s.Env[1].Value.V}, []string{"ZED", "ABC", "$ZED"})
	check("labels", s.Labels[0].Name, "org.opencontainers.image.source")
	check("apt", packageNames(s.Apt.Run), []string{"libpq5", "libstdc++6", "curl=8.*", "g++:arm64"})
	check("healthcheck", []any{s.Healthcheck.Interval, s.Healthcheck.Timeout, s.Healthcheck.StartPeriod, s.Healthcheck.Retries, s.Healthcheck.Cmd.Strings()},
		[]any{90 * time.Second, time.Duration(0), 5 * time.Second, 3, []string{"python", "-m", "check"}})
	check("app", [][]string{values(s.App.Include), values(s.App.Exclude)}, [][]string{{"app", "!app/tests"}, {"**/*.md"}})
	check("bytecode", s.Bytecode.V, false)
	check("index", []any{len(p.Indexes), p.Indexes[0].Name, p.Indexes[0].URL.V, p.Indexes[0].Secret.V}, []any{1, "corp", "https://packages.example.com/simple", "corp-index"})
	check("secrets", []StepSecret{s.Steps[0].Secrets[0], s.Steps[0].Secrets[1], s.Steps[0].Secrets[2]}, []StepSecret{
		{Pos: s.Steps[0].Secrets[0].Pos, ID: "token", File: "/run/secrets/token"},
		{Pos: s.Steps[0].Secrets[1].Pos, ID: "key", Env: "KEY", Optional: true},
		{Pos: s.Steps[0].Secrets[2].Pos, ID: "f", File: "/f"},
	})
	check("caches", []string{s.Steps[0].Caches[0].Path, s.Steps[0].Caches[1].ID}, []string{"/root/.cache", "mine"})
	check("network", []bool{s.Steps[0].Network, s.Steps[1].Network, s.Steps[1].SSH}, []bool{false, true, true})
	check("step's place", s.Steps[1].Pos.Line, 70)
}

func TestABareProjectIsEnough(t *testing.T) {
	for name, files := range map[string]string{
		"an empty pyproject.toml": "[project]\nname = \"a\"",
		"tools' settings alone":   "[tool.ruff]\nline-length = 100",
		"an empty file":           "-- moult.toml --\n",
	} {
		p, err := readTree(files)
		if err != nil || len(p.Dependencies) != 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMoultTomlTakesTheStandardTablesFromPyproject(t *testing.T) {
	files := FS(tree(`
[project]
name = "a"
dependencies = ["flask"]
[tool.moult]
python = "3.11"
-- variant.toml --
python = "3.12"
`))
	p, err := Read(files, "variant.toml", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if p.Settings.Python.Text != "3.12" || len(p.Dependencies) != 1 || p.Name.V != "a" {
		t.Errorf("%+v", p)
	}
}

func TestAProjectInAFolderOfTheContext(t *testing.T) {
	files := FS(tree(`
[tool.uv.workspace]
members = ["services/*", "libs/core"]
exclude = ["services/old"]
[tool.uv.sources]
shared = {path = "shared"}
core = {workspace = true}
[[tool.uv.index]]
name = "corp"
url = "https://packages.example.com/simple"
-- services/api/pyproject.toml --
[project]
name = "api"
dependencies = ["core", "shared", "flask"]
[tool.moult]
requirements = ["extra.txt", "../common.txt"]
[[tool.moult.index]]
name = "corp"
secret = "s"
-- services/api/extra.txt --
rich
-- services/common.txt --
click
-- services/old/pyproject.toml --
[project]
name = "old"
-- libs/core/pyproject.toml --
[project]
name = "Core"
dependencies = ["numpy", "shared"]
[build-system]
requires = []
-- shared/setup.py --
-- .python-version --
3.12
`))
	p, err := Read(files, "services/api/pyproject.toml", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if p.Dir != "services/api" || p.PythonVersion == nil || p.PythonVersion.Minor != "3.12" {
		t.Errorf("%+v", p)
	}
	if want := []Member{{Dir: "libs/core", Name: "core"}, {Dir: "services/api", Name: "api"}}; !reflect.DeepEqual(p.Workspace.Members, want) {
		t.Errorf("%+v", p.Workspace)
	}
	if i := p.Indexes[0]; i.URL.V != "https://packages.example.com/simple" || i.Secret.V != "s" {
		t.Errorf("%+v", i)
	}
	got, err := Requirements(p, Selection{})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"click", "flask", "numpy", "rich"}; !slices.Equal(texts(got.Lines), want) {
		t.Errorf("%v", texts(got.Lines))
	}
	if len(got.Locals) != 2 || got.Locals[0].Path != "libs/core" || got.Locals[0].Dynamic || got.Locals[1].Path != "shared" || !got.Locals[1].Dynamic {
		t.Errorf("%+v", got.Locals)
	}
}

func packageNames(list []SystemPackage) []string {
	var names []string
	for _, p := range list {
		names = append(names, p.Name)
	}
	return names
}
