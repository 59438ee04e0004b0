package integration

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
)

// toolArchive is a gzipped tar file with a program and a page in a folder.
func toolArchive(t *testing.T, version string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	w := tar.NewWriter(z)
	for _, f := range []struct {
		name, content string
		mode          int64
	}{
		{"tool-1.0/bin/tool", "#!/usr/local/bin/python3\nprint('tool " + version + "')\n", 0o755},
		{"tool-1.0/share/page", "page\n", 0o600},
	} {
		if err := w.WriteHeader(&tar.Header{Name: f.name, Size: int64(len(f.content)), Mode: f.mode, Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(f.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestFilesComeFromEverywhere(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	tool, single := toolArchive(t, unique()[2:20]), []byte("single "+unique())
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		content := single
		if strings.HasSuffix(r.URL.Path, ".tar.gz") {
			content = tool
		}
		if _, err := w.Write(content); err != nil {
			t.Error(err)
		}
	}))
	defer server.Close()
	files := map[string]string{
		"pyproject.toml": fmt.Sprintf(`# syntax=registry.example.com/moult:1
[project]
name = "files"
requires-python = ">=3.13,<3.14"
[tool.moult]
cmd = ["tool"]
app.exclude = ["deploy", "web", "docs"]

[[tool.moult.files]]
from = "deploy/nginx.conf"
to = "/etc/nginx/nginx.conf"
mode = "0640"
owner = "user"

[[tool.moult.files]]
from = "docs/**/*.txt"
to = "/usr/share/site"
exclude = ["drafts"]
mode = "0444"

[[tool.moult.files]]
from = "deploy/run.sh"
to = "/bin/run-it"
mode = "0755"

[[tool.moult.files]]
image = "python:3.13-slim"
from = "/etc/debian_version"
to = "/srv/from-image/"

[[tool.moult.files]]
context = "assets"
to = "/srv/assets"
exclude = ["*.psd"]

[[tool.moult.files]]
url = %q
sha256 = "%x"
from = "bin/tool"
unpack = true
strip = 1
to = "/usr/local/bin/"

[[tool.moult.files]]
url = {amd64 = %q, arm64 = "http://127.0.0.1:1/arm64"}
sha256 = {amd64 = "%x", arm64 = "%064d"}
to = "/srv/single/"

[[tool.moult.files]]
stage = "web"
from = "/srv/dist/page.html"
to = "/srv/web/index.html"

[tool.moult.stage.web]
dir = "web"
exclude = ["ignored.txt"]
outputs = {"dist" = "/app/static"}
env = {STAGE_MODE = "production"}
[[tool.moult.stage.web.steps]]
name = "prepare"
run = ["python3", "build.py", "tools"]
inputs = ["build.py", "package.json"]
outputs = ["/src/tools"]
[[tool.moult.stage.web.steps]]
name = "bundle"
run = ["python3", "build.py", "dist"]
[[tool.moult.stage.web.steps]]
name = "check"
run = ["python3", "-c", "import os; assert os.path.exists('dist/page.html')"]
outputs = []
`, server.URL+"/tool-1.0.tar.gz", sha256.Sum256(tool), server.URL+"/data.bin", sha256.Sum256(single), 0),
		"main.py":           "print('files')\n",
		"deploy/nginx.conf": "events {}\n",
		"deploy/run.sh":     "#!/bin/sh\n",
		"docs/a.txt":        "a", "docs/sub/b.txt": "b", "docs/c.md": "c", "docs/drafts/d.txt": "d",
		"web/build.py": `import os, sys
os.makedirs(sys.argv[1], exist_ok=True)
seen = sorted(os.path.relpath(os.path.join(d, f), ".") for d, _, fs in os.walk(".") for f in fs)
name = "page.html" if sys.argv[1] == "dist" else "tool"
open(os.path.join(sys.argv[1], name), "w").write(" ".join(seen) + " " + os.environ["STAGE_MODE"])
os.makedirs("/srv/dist", exist_ok=True)
open("/srv/dist/page.html", "w").write("page")
open("/root/left-behind", "w")
`,
		"web/package.json": "{}", "web/page.js": "page()", "web/ignored.txt": "x",
	}
	dir := project(t, files)
	assets := project(t, map[string]string{"logo.svg": "<svg/>", "logo.psd": "psd", "sub/x.svg": "<svg/>"})
	if err := os.Chmod(filepath.Join(dir, "deploy/nginx.conf"), 0o600); err != nil {
		t.Fatal(err)
	}
	b, ref := push(l, moult(t, dir, "context:assets=local:assets"), "files:test")
	b.Locals["assets"] = assets
	mustBuild(t, l, b)
	_, found := readImage(t, l, ref)
	for p, want := range map[string]string{
		"/etc/nginx/nginx.conf":          "-rw-r----- 65532:65532",
		"/etc/nginx":                     "drwxr-xr-x 0:0",
		"/usr/share/site/a.txt":          "-r--r--r-- 0:0",
		"/usr/share/site/sub":            "dr-xr-xr-x 0:0",
		"/usr/share/site/sub/b.txt":      "-r--r--r-- 0:0",
		"/usr/bin/run-it":                "-rwxr-xr-x 0:0",
		"/bin":                           "Lrwxrwxrwx 0:0",
		"/srv/from-image/debian_version": "-rw-r--r-- 0:0",
		"/srv/assets/logo.svg":           "-rw-r--r-- 0:0",
		"/srv/assets/sub/x.svg":          "-rw-r--r-- 0:0",
		"/usr/local/bin/tool":            "-rwxr-xr-x 0:0",
		"/srv/single/data.bin":           "-rw-r--r-- 0:0",
		"/app/static/page.html":          "-rw-r--r-- 0:0",
		"/srv/web/index.html":            "-rw-r--r-- 0:0",
	} {
		f, ok := found[p]
		if got := fmt.Sprintf("%v %d:%d", f.Mode, f.UID, f.GID); !ok || got != want {
			t.Errorf("%s is %s, not %s", p, got, want)
		}
		if ok && f.Mode&fs.ModeType == 0 && f.ModTime.Year() != 1980 {
			t.Errorf("%s has the time %v", p, f.ModTime)
		}
	}
	for _, p := range []string{"/etc", "/etc/nginx", "/usr/share", "/usr/share/site", "/srv", "/srv/web"} {
		if f := found[p]; f.ModTime.Year() != 1980 {
			t.Errorf("the folder %s has the time %v", p, f.ModTime)
		}
	}
	for _, p := range []string{"/usr/share/site/c.md", "/usr/share/site/drafts", "/srv/assets/logo.psd", "/app/web", "/root/left-behind", "/moult"} {
		if _, ok := found[p]; ok {
			t.Errorf("%s is there", p)
		}
	}
	if out := output(t, l, ref); !strings.HasPrefix(out, "tool ") {
		t.Errorf("the tool prints %q", out)
	}
	page := output(t, l, ref, "cat", "/app/static/page.html")
	if page != "build.py package.json page.js tools/tool production" {
		t.Errorf("the stage saw %q", page)
	}

	before := asked.Load()
	build := func() []string {
		return steps(mustBuild(t, l, b))
	}
	edit(t, filepath.Join(dir, "main.py"), "print", unique()+"print")
	only(t, build(), append(application, selectTheApplication())...)
	// A step that names no inputs has the whole folder.
	bundled := []string{"copy context:/web to /src/", "run python3 build.py dist", "run python3 -c import os; assert *"}
	edit(t, filepath.Join(dir, "web/page.js"), "page()", "page() //"+unique())
	only(t, build(), bundled...)
	// Both the selection of the file and its copy have this id.
	edit(t, filepath.Join(dir, "deploy/nginx.conf"), "events", unique()+"events")
	only(t, build(), "files copy deploy/nginx.conf to /etc/nginx/nginx.conf", merge)
	write(t, filepath.Join(dir, "web/package.json"), fmt.Sprintf("{\"name\": %q}", unique()))
	only(t, build(), append(bundled, "copy context:/web to /src/: build.py package.json", "run python3 build.py tools", "copy run:/src/tools to /src/")...)
	edit(t, filepath.Join(dir, "pyproject.toml"), "/data.bin", "/moved.bin")
	only(t, build(), append(application, selectTheApplication(), "files copy moved.bin to /srv/single/")...)
	if n := asked.Load() - before; n != 0 {
		t.Errorf("%d files were fetched again", n)
	}
}

func TestAStageMayUseTheEnvironment(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	files := unlocked(l, `"lab-steps==1.0"`)
	files["main.py"] = "print(open('/srv/made/with').read())\n"
	files["pyproject.toml"] += `
[tool.moult.stage.both]
image = "node:20-slim"
venv = true
outputs = {"/made" = "/srv/made"}
[[tool.moult.stage.both.steps]]
run = ["node", "-e", "process.exit(require('child_process').spawnSync('python', ['make.py'], {stdio: 'inherit'}).status)"]
inputs = ["make.py"]
`
	files["make.py"] = "import os, sys, lab_steps\nos.mkdir('/made')\nopen('/made/with', 'w').write(lab_steps.__name__ + ' ' + sys.prefix)\n"
	prints(t, l, moult(t, project(t, files)), "both:test", "lab_steps /opt/venv")
}

func TestAStagesResultIsBuiltIntoTheWheel(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	files := unlocked(l, "")
	files["pyproject.toml"] += `
[tool.moult.stage.made]
dir = "native"
outputs = {"table.txt" = "unlocked/table.txt"}
[[tool.moult.stage.made.steps]]
run = ["cc", "-o", "/usr/local/bin/make-table", "table.c"]
inputs = ["table.c"]
[[tool.moult.stage.made.steps]]
run = ["sh", "-c", "make-table > table.txt"]

[[tool.moult.files]]
stage = "made"
from = "/usr/local/bin/make-table"
to = "/usr/local/bin/"
in = "builder"

[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[tool.setuptools]
packages = ["unlocked"]
[tool.setuptools.package-data]
unlocked = ["*.txt"]
`
	files["pyproject.toml"] = strings.Replace(files["pyproject.toml"], `cmd = ["python", "main.py"]`, `cmd = ["python", "-m", "unlocked"]`, 1)
	files["setup.py"] = "import setuptools, subprocess\nsubprocess.run(['make-table'], check=True)\nsetuptools.setup()\n"
	files["unlocked/__init__.py"] = ""
	files["unlocked/__main__.py"] = "import importlib.resources as r\nprint(r.files('unlocked').joinpath('table.txt').read_text())\n"
	files["native/table.c"] = "#include <stdio.h>\nint main(void) { puts(\"made by C\"); return 0; }\n"
	prints(t, l, moult(t, project(t, files)), "made:test", "made by C")
}

func TestFilesAndStepsNeedNoShell(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	files := map[string]string{
		"pyproject.toml": `# syntax=registry.example.com/moult:1
[project]
name = "no-shell"
requires-python = ">=3.13,<3.14"
[tool.moult]
base = "` + base(t, l, "shell-less") + `"
cmd = ["python", "main.py"]
[[tool.moult.files]]
from = "note.txt"
to = "/srv/notes/"
[[tool.moult.steps]]
run = ["python", "-c", "open('/srv/notes/narrow', 'w').write('narrow')"]
inputs = []
outputs = ["/srv/notes/narrow"]
[[tool.moult.steps]]
run = ["python", "-c", "open('/srv/notes/whole', 'w').write('whole')"]
[[tool.moult.steps]]
run = ["cp", "/app/note.txt", "/srv/notes/built"]
in = "builder"
inputs = ["note.txt"]
outputs = ["/srv/notes/built"]
`,
		"main.py":  "import os\nprint(sorted(os.listdir('/srv/notes')))\n",
		"note.txt": "note",
	}
	prints(t, l, moult(t, project(t, files)), "no-shell:test", "['built', 'narrow', 'note.txt', 'whole']")
}
