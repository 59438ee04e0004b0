package commands

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/moult-build/moult/internal/check/compiled"
	"github.com/moult-build/moult/internal/step/protocol"
)

func TestBytecodeOfFilesIsAsPrivateAsItsSource(t *testing.T) {
	python, _ := findPython(t)
	dir := t.TempDir()
	write := func(name, data string, mode os.FileMode) {
		t.Helper()
		p := filepath.Join(dir, "src", name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(data), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(p, mode); err != nil {
			t.Fatal(err)
		}
	}
	write("srv/lib/a.py", "x = 1\n", 0o640)
	write("srv/lib/tool.py", "x = 1\n", 0o755)
	write("srv/lib/sub/bad.py", "x = = 1\n", 0o640)
	write("srv/only/data.txt", "", 0o644)
	for name, mode := range map[string]os.FileMode{"srv/lib": 0o750, "srv": 0o711} {
		if err := os.Chmod(filepath.Join(dir, "src", name), mode); err != nil {
			t.Fatal(err)
		}
	}
	root := os.Geteuid() == 0
	if root {
		for _, name := range []string{"srv/lib", "srv/lib/a.py"} {
			if err := os.Chown(filepath.Join(dir, "src", name), 1000, 1001); err != nil {
				t.Fatal(err)
			}
		}
	}
	do(t, protocol.Compile{Interpreter: python, Source: dir + "/src", Path: "/", Output: dir + "/out", Checked: true, Alike: true})
	found := map[string]string{}
	err := filepath.WalkDir(dir+"/out", func(p string, d os.DirEntry, err error) error {
		if err != nil || p == dir+"/out" {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		owner := "0:0"
		if st, ok := info.Sys().(*syscall.Stat_t); ok && root {
			owner = fmt.Sprintf("%d:%d", st.Uid, st.Gid)
		}
		name := strings.TrimPrefix(p, dir+"/out")
		if before, _, ok := strings.Cut(name, ".cpython-"); ok {
			name = before
		}
		found[name] = fmt.Sprintf("%o %s", info.Mode().Perm(), owner)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	user := map[bool]string{true: "1000:1001", false: "0:0"}[root]
	want := map[string]string{
		"/srv": "711 0:0", "/srv/lib": "750 " + user, "/srv/lib/__pycache__": "750 " + user,
		"/srv/lib/__pycache__/a": "640 " + user, "/srv/lib/__pycache__/tool": "644 0:0",
	}
	if !maps.Equal(found, want) {
		t.Errorf("%v\nwant %v", found, want)
	}
}

func TestTheReportOnCompiledFilesHasTheLinesOfThoseThatCannotBe(t *testing.T) {
	python, _ := findPython(t)
	dir := t.TempDir()
	files := map[string]string{
		"good.py": "x = 1\n", "old.py": "x = 1\nprint 'x'\n", "encoding.py": "x = '\xe9'\n",
		"{{cookiecutter.name}}/main.py": "import {{cookiecutter.name}}\n", "{% if x %}a{% endif %}.py": "{{ x }\n",
	}
	for n := range compiled.Most + 3 {
		files[fmt.Sprintf("tests/case%02d.py", n)] = "def\n"
	}
	for name, data := range files {
		p := filepath.Join(dir, "src", name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	do(t, protocol.Compile{Interpreter: python, Source: dir + "/src", Path: "/app", Output: dir + "/out", Report: dir})
	content, err := os.ReadFile(filepath.Join(dir, compiled.AnswerFile))
	if err != nil {
		t.Fatal(err)
	}
	a, err := compiled.Parse(content)
	if err != nil {
		t.Fatal(err)
	}
	if a.Compiled != 1 || a.Failed != compiled.Most+5 || len(a.Failures) != compiled.Most {
		t.Errorf("%d compiled, %d failed, %d told", a.Compiled, a.Failed, len(a.Failures))
	}
	old := a.Failures[1]
	if old.Path != "/app/old.py" || old.Line != 2 || old.Column != 1 || !strings.HasPrefix(old.Reason, "SyntaxError: Missing parentheses in call to 'print'") {
		t.Errorf("%+v", old)
	}
	if left, _ := os.ReadDir(dir + "/out"); len(left) != 1 {
		t.Errorf("the layer has %v", left)
	}
}

func TestALibraryBehindALinkIsNotCompiled(t *testing.T) {
	python, _ := findPython(t)
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "opt/lib/python3"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "opt/lib/python3/a.py"), []byte("x = 1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("opt", filepath.Join(dir, "usr")); err != nil {
		t.Fatal(err)
	}
	library := filepath.Join(dir, "usr/lib/python3")
	do(t, protocol.Compile{Interpreter: python, Source: library, Path: library, Output: dir + "/out"})
	if _, err := os.Stat(dir + "/out" + library); err == nil {
		t.Error("a layer would replace the link by a folder")
	}
}
