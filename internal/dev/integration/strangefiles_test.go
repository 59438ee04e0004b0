package integration

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
)

// strange is a project whose files a test makes strange.
func strange(keys string) map[string]string {
	return map[string]string{
		"pyproject.toml": "# syntax=registry.example.com/moult:1\n[project]\nname = \"strange\"\nrequires-python = \">=3.13,<3.14\"\n" +
			"[tool.moult]\ncmd = [\"python\", \"main.py\"]\n" + keys,
		"main.py":       "print('strange')\n",
		"deploy/a.conf": unique(),
	}
}

const deployed = "[[tool.moult.files]]\nfrom = \"deploy\"\nto = \"/etc/strange\"\n"

func TestADeviceOrAPipeOfTheContextIsRefused(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	for name, test := range map[string]struct {
		kind       uint32
		at, keys   string
		pos, names string
	}{
		"a pipe":                 {syscall.S_IFIFO, "data/sub/pipe", "", "pyproject.toml:5:", "data/sub/pipe"},
		"a device":               {syscall.S_IFCHR, "null", "", "pyproject.toml:5:", "null"},
		"a pipe among the files": {syscall.S_IFIFO, "deploy/pipe", "app.exclude = [\"deploy\"]\n" + deployed, "pyproject.toml:8:", "deploy/pipe"},
		"a pipe among the files of a pattern": {syscall.S_IFIFO, "deploy/pipe", "app.exclude = [\"deploy\"]\n" +
			strings.ReplaceAll(deployed, "\"deploy\"", "\"deploy/*\""), "pyproject.toml:8:", "deploy/pipe"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := project(t, strange(test.keys))
			at := filepath.Join(dir, test.at)
			if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := syscall.Mknod(at, test.kind|0o644, 1<<8|3); err != nil {
				t.Fatal(err)
			}
			_, err := l.Build(t.Context(), moult(t, dir))
			if err == nil || !strings.Contains(err.Error(), test.pos) || !strings.Contains(err.Error(), test.names+" is a device or a pipe") {
				t.Errorf("%v", err)
			}
			write(t, filepath.Join(dir, ".dockerignore"), test.at+"\n")
			mustBuild(t, l, moult(t, dir))
		})
	}
}

func TestNamesThatDeleteOtherFilesAreToldOf(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	// Of the application, of files, of a step and of a stage.
	files := strange(deployed + `
[[tool.moult.steps]]
run = ["python", "-c", "import pathlib; pathlib.Path('/srv/.wh.x').write_text('x')"]
outputs = ["/srv"]
[[tool.moult.files]]
stage = "web"
from = "/out"
to = "/var/web"
[tool.moult.stage.web]
dir = "."
[[tool.moult.stage.web.steps]]
run = ["python3", "-c", "import pathlib; pathlib.Path('/out/a/.wh..wh..opq').mkdir(parents=True)"]
`)
	files[".wh.main.py"] = "x"
	files["deploy/sub/.wh.a.conf"] = "x"
	r := mustBuild(t, l, moult(t, project(t, files)))
	for name, line := range map[string]int{".wh.main.py": 5, "deploy/sub/.wh.a.conf": 7, "/srv/.wh.x": 11, "/var/web/a/.wh..wh..opq": 14} {
		found := false
		for _, w := range r.Warnings {
			found = found || w.Line == line && strings.Contains(w.Short, "DeletingName") && strings.Contains(w.Short, name)
		}
		if !found {
			t.Errorf("no warning at line %d about %s: %s", line, name, fmt.Sprint(r.Warnings))
		}
	}
}

func TestTheListsOfUsersThatAProjectCopiesAreNotLost(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	const users = "root:x:0:0:root:/root:/bin/sh\nmine:x:4242:4242::/:/bin/sh\n"
	for name, keys := range map[string]string{
		"the file":          "[[tool.moult.files]]\nfrom = \"root/etc/passwd\"\nto = \"/etc/passwd\"\n",
		"in its folder":     "[[tool.moult.files]]\nfrom = \"root/etc\"\nto = \"/etc/\"\n",
		"in the whole root": "[[tool.moult.files]]\nfrom = \"root\"\nto = \"/\"\n",
	} {
		t.Run(name, func(t *testing.T) {
			files := strange(keys)
			files["root/etc/passwd"] = users
			img, _ := imageOf(t, l, moult(t, project(t, files)), "passwd:test")
			content, err := img.Read("/etc/passwd")
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(string(content), users) || !strings.Contains(string(content), "nonroot:x:65532:") {
				t.Errorf("it is %q", content)
			}
		})
	}
}

func TestASpecialBitOfAModeIsNotDropped(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	_, err := l.Build(t.Context(), moult(t, project(t, strange(deployed+"mode = \"4755\"\n"))))
	if err == nil || !strings.Contains(err.Error(), "pyproject.toml:10:8: mode \"4755\" has a bit beyond the permissions") {
		t.Errorf("%v", err)
	}
	_, files := imageOf(t, l, moult(t, project(t, strange("writable = [{path = \"/data\", mode = \"2775\"}, {path = \"/drop\", mode = \"1777\"}]\n"))), "modes:test")
	for p, want := range map[string]os.FileMode{"/data": os.ModeDir | os.ModeSetgid | 0o775, "/drop": os.ModeDir | os.ModeSticky | 0o777} {
		if files[p].Mode != want {
			t.Errorf("%s has the mode %s, not %s", p, files[p].Mode, want)
		}
	}
}
