package pipeline_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/check"
	"github.com/moult-build/moult/internal/environment/recorded"
	"github.com/moult-build/moult/internal/pipeline/worldtest"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
)

// unlocked are images whose Pythons have no global lock: "make altinstall" of
// CPython, alone, and beside Debian's Python, which has one.
func unlocked() map[string]recorded.Image {
	free := recorded.Image{
		Env: []string{"PATH=/usr/local/bin:/usr/bin:/bin"},
		Files: map[string]string{
			"/etc/os-release": "ID=debian\nVERSION_ID=\"13\"\nVERSION_CODENAME=trixie\n", "/lib/x86_64-linux-gnu/libc.so.6": "", "/var/lib/dpkg/status": "Package: libc6\nStatus: install ok installed\nVersion: 2.41-12\n",
			"/usr/local/bin/python3.14t": "", "/usr/local/bin/python3.14": "", "/usr/local/bin/python3": "", "/usr/local/lib/python3.14t/os.py": "",
			"/etc/passwd": "root:x:0:0:root:/root:/bin/sh\n", "/etc/group": "root:x:0:\n",
		},
	}
	return map[string]recorded.Image{
		"free": free,
		"both": free.With(recorded.Image{Files: map[string]string{"/usr/bin/python3.14": "", "/usr/bin/python3": "", "/usr/lib/python3.14/os.py": ""}}),
	}
}

const freeLock = `version = 1
requires-python = ">=3.14"

[[package]]
name = "app"
version = "1"
source = { virtual = "." }
dependencies = [{ name = "fast" }]

[package.metadata]
requires-dist = [{ name = "fast" }]

[[package]]
name = "fast"
version = "2"
source = { registry = "https://pypi.org/simple" }
wheels = [
WHEELS]
`

func freeFiles(keys string, wheels ...string) fstest.MapFS {
	files := fstest.MapFS{
		"pyproject.toml": {Data: []byte("[project]\nname = \"app\"\nversion = \"1\"\nrequires-python = \">=3.14\"\ndependencies = [\"fast\"]\n[tool.moult]\n" + keys + "\n")},
		"main.py":        {Data: []byte("import fast\n")},
	}
	var list strings.Builder
	for _, name := range wheels {
		list.WriteString("    { url = \"https://files.example.com/" + name + "\", hash = \"sha256:" + strings.Repeat("0", 64) + "\", size = 10 },\n")
	}
	if len(wheels) > 0 {
		files["uv.lock"] = &fstest.MapFile{Data: []byte(strings.Replace(freeLock, "WHEELS", list.String(), 1))}
	}
	return files
}

func TestAProjectForAPythonWithoutTheGlobalLock(t *testing.T) {
	const locked, free, stable = "fast-2-cp314-cp314-manylinux_2_28_x86_64.whl", "fast-2-cp314-cp314t-manylinux_2_28_x86_64.whl", "fast-2-cp310-abi3-manylinux_2_28_x86_64.whl"
	const cmd = "cmd = [\"python\", \"main.py\"]\n"
	for _, c := range []struct {
		name, keys string
		wheels     []string
		wheel      string
		python     string
		err        string
	}{
		{"a base that has it", "base = \"free\"\npython = \"3.14t\"", []string{locked, free}, free, "3.14t", ""},
		{"a base that has it, and a wheel for every Python", "base = \"free\"\npython = \"3.14t\"", []string{"fast-2-py3-none-any.whl"}, "fast-2-py3-none-any.whl", "3.14t", ""},
		{"a base that has both", "base = \"both\"\npython = \"3.14t\"", []string{locked, free}, free, "3.14t", ""},
		{"a base that has both, for the other", "base = \"both\"\npython = \"3.14\"", []string{locked, free}, locked, "3.14", ""},
		{"the Python of another image", "base = \"debian:13\"\npython = {version = \"3.14t\", from = \"free\"}", []string{locked, free}, free, "3.14t", ""},
		{"a lock without such a wheel", "base = \"free\"\npython = \"3.14t\"", []string{locked}, "", "", "for Python 3.14"},
		{"a lock with a wheel of the stable interface", "base = \"free\"\npython = \"3.14t\"", []string{stable}, "", "", "its wheels are for Python with the global lock"},
		{"a base without it", "base = \"python:3.14-slim\"\npython = \"3.14t\"", []string{free}, "", "", "has no Python 3.14t, only Python 3.14"},
		{"a base with it alone", "base = \"free\"\npython = \"3.14\"", []string{locked}, "", "", "has no Python 3.14, only Python 3.14t"},
		{"a file that it would start", "base = \"free\"\npython = \"3.14t\"\ncmd = [\"python3.14t\", \"-u\", \"gone.py\"]", []string{free}, "", "", "pyproject.toml:9:7: cmd: /app/gone.py would be gone.py"},
	} {
		t.Run(c.name, func(t *testing.T) {
			keys := c.keys
			if !strings.Contains(keys, "cmd") {
				keys = cmd + keys
			}
			_, d, err := worldtest.Decide(t.Context(), worldtest.Files(freeFiles(keys, c.wheels...)), "pyproject.toml", project.Options{}, worldtest.World{Images: unlocked()})
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Fatalf("the error is %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := d.Plan.Environment.Python.Name(); got != c.python {
				t.Errorf("the Python is %s", got)
			}
			if got := wheelOf(d.Plan, "fast"); got != c.wheel {
				t.Errorf("the wheel is %s", got)
			}
		})
	}
}

// wheelOf is the file that is installed of a package.
func wheelOf(p *plan.Plan, name string) string {
	n := slices.IndexFunc(p.Packages, func(one plan.Package) bool { return one.Name == name })
	if n < 0 {
		return ""
	}
	if d, ok := p.Packages[n].Origin.(*plan.Download); ok {
		return d.Filename
	}
	return ""
}

func TestWhatIsResolvedForAPythonWithoutTheGlobalLock(t *testing.T) {
	files := freeFiles("cmd = [\"python\", \"main.py\"]\nbase = \"free\"\npython = \"3.14t\"")
	p, d, err := worldtest.Decide(t.Context(), worldtest.Files(files), "pyproject.toml", project.Options{}, worldtest.World{Images: unlocked()})
	if err != nil {
		t.Fatal(err)
	}
	// No official image has it: pip has to run in the base itself.
	if b := d.Plan.Building; b == nil || b.Image != "free" {
		t.Errorf("the builder is %+v", b)
	}
	img, ok := check.Started(p.Project, d.Plan, nil)
	if !ok || img.Python != "3.14t" {
		t.Errorf("the modules are those of Python %q", img.Python)
	}
}
