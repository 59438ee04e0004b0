package install

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestShebangs(t *testing.T) {
	exactly := "/" + strings.Repeat("p", maxShebang-1)
	for _, tc := range []struct{ name, python, want string }{
		{"a plain path", "/opt/venv/bin/python", "#!/opt/venv/bin/python\n"},
		{"the longest path that fits", exactly, "#!" + exactly + "\n"},
		{"a path one byte too long goes through sh", exactly + "p", "#!/bin/sh\n'''exec' \"" + exactly + "p\" \"$0\" \"$@\"\n' '''\n"},
		{"a path with a space goes through sh", "/opt/my venv/bin/python", "#!/bin/sh\n'''exec' \"/opt/my venv/bin/python\" \"$0\" \"$@\"\n' '''\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := shebang(tc.python); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestAScriptThroughShRuns(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("skipped: there is no python3 to run a script with")
	}
	if python, err = filepath.EvalSymlinks(python); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "with space")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	// A link would be enough for a real Python, but not for a shim of one.
	interpreter := filepath.Join(dir, "python")
	if err := os.WriteFile(interpreter, []byte("#!/bin/sh\nexec "+python+" \"$@\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(dir, "run")
	data := entryPointScript(entryPoint{name: "run", module: "platform", attr: "python_implementation"}, interpreter)
	if err := os.WriteFile(script, data, 0o755); err != nil {
		t.Fatal(err)
	}
	// sys.exit prints the text that the function returned.
	out, err := exec.Command(script).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "Python") && !strings.Contains(string(out), "PyPy") {
		t.Errorf("%v: %s", err, out)
	}
}

func TestLegacyWrappers(t *testing.T) {
	entries := entryPoints{{name: "run"}, {name: "Go"}}
	for name, want := range map[string]bool{
		"run": true, "run.exe": true, "run-script.py": true, "run.pya": true, "run.EXE": true,
		"Go": true, "go": false, "run.py": false, "runner": false, "run-script.pyw": false,
	} {
		if got := isLegacyWrapper(name, entries); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}
