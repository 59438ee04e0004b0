package project

import (
	"reflect"
	"testing"
)

// real is a build file that uses what real applications need.
const real = `
[project]
name = "shop"
[project.optional-dependencies]
cuda = ["torch"]
cpu = ["torch"]
odbc = []
[dependency-groups]
test = ["pytest"]

[tool.moult]
base = "nvidia/cuda:12.6.3-base-ubuntu24.04"
python = {version = "3.13", from = "python:3.13-slim"}
extras = ["${GPU}", "odbc"]
init = true
user = {name = "app", uid = 1001}
writable = ["/data/", {path = "/app/media", mode = "0770"}]
cmd = ["serve"]

[tool.moult.args]
GIT_SHA = "unknown"
GPU = {default = "cpu", description = "which torch", choices = ["cpu", "cuda"]}
ODBC = ""
TOKENLESS = {description = "must be given"}

[tool.moult.env]
RELEASE = "${GIT_SHA}"
PATH = "/opt/tools/bin:${PATH}"
HOME_OF = "$HOME $${X}"
WHICH = "${GPU:+with ${GPU}}${TOKENLESS:-none}"

[tool.moult.labels]
revision = "${GIT_SHA}"

[tool.moult.apt]
build = ["libpq-dev"]
run = ["libpq5", {name = "msodbcsql18", arch = "amd64", extra = "odbc", when = "${ODBC}"}, {name = "curl", arch = ["amd64", "arm64"]},
       {url = "https://example.com/x_amd64.deb", sha256 = "ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef0123456789"}]
env = {ACCEPT_EULA = "Y"}
[[tool.moult.apt.repositories]]
url = "https://packages.example.com/debian"
suite = "trixie"
components = ["main", "contrib"]
key = "keys/example.asc"
arch = ["amd64"]
[[tool.moult.apk.repositories]]
url = "https://packages.example.com/alpine"
key = {url = "https://packages.example.com/x.rsa.pub", sha256 = "0000000000000000000000000000000000000000000000000000000000000000"}

[tool.moult.app]
to = "/srv/shop"
executable = ["bin/*.sh"]

[[tool.moult.files]]
from = "deploy/nginx.conf"
to = "/etc/nginx/nginx.conf"
mode = "0644"
owner = "user"
[[tool.moult.files]]
image = "ghcr.io/example/tool:1"
from = "/usr/bin/tool"
to = "/usr/bin/"
in = ["image", "builder"]
[[tool.moult.files]]
url = {amd64 = "https://example.com/a.zip", arm64 = "https://example.com/b.zip"}
sha256 = {amd64 = "0000000000000000000000000000000000000000000000000000000000000000", arm64 = "1111111111111111111111111111111111111111111111111111111111111111"}
unpack = true
strip = 1
from = "bin/*"
to = "/usr/local/bin"
[[tool.moult.files]]
from = "/LICENSE"
to = "/LICENSE"
when = "no"
[[tool.moult.files]]
stage = "frontend"
from = "dist/x.js"
to = "/app/x.js"
exclude = ["**/*.map"]

[[tool.moult.steps]]
run = ["python", "manage.py", "collectstatic"]
inputs = ["manage.py", "shop/**"]
outputs = ["/app/staticfiles"]
in = "builder"
[[tool.moult.steps]]
run = ["true"]
inputs = []
outputs = []

[tool.moult.stage.frontend]
image = "node:22-slim"
dir = "web"
exclude = ["node_modules"]
env = {NODE_ENV = "production"}
apt = ["protobuf-compiler"]
venv = true
outputs = {"dist" = "/app/static", "/gen" = "shop/gen"}
[[tool.moult.stage.frontend.steps]]
run = ["npm", "ci"]
inputs = ["package.json", "package-lock.json"]
caches = ["/root/.npm"]
network = true
[[tool.moult.stage.frontend.steps]]
run = ["npm", "run", "build"]

[tool.moult.build]
constraints = "build-constraints.txt"
env = {CC = "clang"}
[tool.moult.package.pyodbc]
apt = ["unixodbc-dev"]
env = {CFLAGS = "-O3"}
no-binary = true
build-isolation = false
build-requires = ["setuptools<70", "cython"]
config-settings = {key = "value"}

[tool.moult.target.gpu]
description = "with CUDA"
args = {GPU = "cuda"}
env = {RELEASE = "gpu-${GIT_SHA}", MORE = "1"}
[tool.moult.target.test]
inherits = "gpu"
groups = ["test"]
apt.run = []
[[tool.moult.target.test.steps]]
run = ["pytest", "-q"]
outputs = []
[tool.moult.target.bare]
steps = []
user = "root"
-- keys/example.asc --
-- build-constraints.txt --
setuptools==69.0
-- main.py --
`

func TestEveryKeyOfRealApplicationsIsRead(t *testing.T) {
	p := mustRead(t, real)
	s := p.Settings
	check := func(what string, got, want any) {
		t.Helper()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %#v, want %#v", what, got, want)
		}
	}
	check("python", []string{s.Python.Minor, s.PythonFrom.V}, []string{"3.13", "python:3.13-slim"})
	check("extras", values(s.Extras), []string{"cpu", "odbc"})
	check("extras' line", s.Extras[0].Pos.Line, 14-1)
	check("init", s.Init.V, true)
	check("user", *s.User, User{Pos: s.User.Pos, Make: true, Name: "app", UID: 1001, GID: 1001, Home: "/home/app", Text: "1001:1001"})
	check("writable", []Writable{{s.Writable[0].Pos, "/data", 0}, {s.Writable[1].Pos, "/app/media", 0o770}}, s.Writable)
	check("args", []any{len(s.Args), s.Args[1].Value, s.Args[1].Set, s.Args[1].Description, values(s.Args[1].Choices), s.Args[3].Default == nil}, []any{4, "cpu", false, "which torch", []string{"cpu", "cuda"}, true})
	env := map[string]string{}
	expanded, err := ExpandEnv(s.Env, func(name string) (string, bool) { return "/usr/bin", name == "PATH" })
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range expanded {
		env[v.Name] = v.Value.V
	}
	check("env", env, map[string]string{"RELEASE": "unknown", "PATH": "/opt/tools/bin:/usr/bin", "HOME_OF": "$HOME ${X}", "WHICH": "with cpunone"})
	check("open", []bool{s.Env[0].Open(), s.Env[1].Open(), s.Env[2].Open(), s.Env[3].Open()}, []bool{false, true, false, false})
	check("labels", s.Labels[0].Value.V, "unknown")

	run := s.Apt.Run
	check("apt", []any{len(run), run[1].Name, values(run[1].Arch), run[2].URL, run[2].SHA256[:6]}, []any{3, "curl", []string{"amd64", "arm64"}, "https://example.com/x_amd64.deb", "abcdef"})
	check("apt.env", s.Apt.Env[0].Value.V, "Y")
	repo := s.Apt.Repositories[0]
	check("repository", []any{repo.URL.V, repo.Suite, repo.Components, repo.Key.File, values(repo.Arch)}, []any{"https://packages.example.com/debian", "trixie", []string{"main", "contrib"}, "keys/example.asc", []string{"amd64"}})
	check("apk repository", s.Apk.Repositories[0].Key.URL, "https://packages.example.com/x.rsa.pub")

	check("app", []any{s.App.To.V, values(s.App.Executable)}, []any{"/srv/shop", []string{"bin/*.sh"}})
	check("files", len(s.Files), 4)
	f := s.Files
	check("file of the project", []any{f[0].From.V, f[0].To.V, f[0].Mode, f[0].Owner, f[0].InImage, f[0].InBuilder}, []any{"deploy/nginx.conf", "/etc/nginx/nginx.conf", uint32(0o644), "user", true, false})
	check("file of an image", []any{f[1].Image.V, f[1].From.V, f[1].To.V, f[1].InImage, f[1].InBuilder}, []any{"ghcr.io/example/tool:1", "usr/bin/tool", "/usr/bin/", true, true})
	check("file by URL", []any{f[2].URL["arm64"].V, f[2].SHA256["amd64"].V[:4], f[2].Unpack, f[2].Strip, f[2].From.V}, []any{"https://example.com/b.zip", "0000", true, 1, "bin/*"})
	check("file of a stage", []any{f[3].Stage.V, f[3].From.V, values(f[3].Exclude)}, []any{"frontend", "src/dist/x.js", []string{"**/*.map"}})

	check("steps", []any{values(s.Steps[0].Inputs), values(s.Steps[0].Outputs), s.Steps[0].InBuilder}, []any{[]string{"manage.py", "shop/**"}, []string{"/app/staticfiles"}, true})
	check("empty lists", []bool{s.Steps[1].Inputs != nil, s.Steps[1].Outputs != nil, len(s.Steps[1].Inputs) == 0}, []bool{true, true, true})
	stage := s.Stages[0]
	check("stage", []any{stage.Name, stage.Image.V, stage.Dir, stage.Workdir, stage.Venv, stage.Apt[0].Name, len(stage.Steps)}, []any{"frontend", "node:22-slim", "web", "/src", true, "protobuf-compiler", 2})
	check("stage's outputs", []Output{{stage.Outputs[0].Pos, "/src/dist", "/app/static"}, {stage.Outputs[1].Pos, "/gen", "shop/gen"}}, stage.Outputs)
	check("step of a stage", []any{values(stage.Steps[0].Inputs), stage.Steps[1].Inputs == nil}, []any{[]string{"package.json", "package-lock.json"}, true})

	check("build", []any{s.Build.Constraints.V, s.Build.Constrained[0].Name, s.Build.Env[0].Name}, []any{"build-constraints.txt", "setuptools", "CC"})
	pkg := s.Packages[0]
	check("package", []any{pkg.Name, pkg.Apt[0].Name, pkg.Env[0].Value.V, pkg.NoBinary, pkg.NoIsolation, len(pkg.BuildRequires), pkg.ConfigSettings[0].Value.V}, []any{"pyodbc", "unixodbc-dev", "-O3", true, true, 2, "value"})

	check("targets", []any{p.Targets[0].Name, p.Targets[0].Description, p.Targets[1].Inherits, len(p.Targets)}, []any{"gpu", "with CUDA", "gpu", 3})
}
