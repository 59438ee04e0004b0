package commands

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/step/protocol"
)

// makeWheel writes a wheel of one project with the given modules.
func makeWheel(t *testing.T, dir, name string, files map[string]string, unrecorded ...string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	add := func(name, data string) {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(w, data)
	}
	info := name + "-1.0.dist-info/"
	add(info+"WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n")
	record := info + "WHEEL,,\n"
	for path, data := range files {
		add(path, data)
		if !slices.Contains(unrecorded, path) {
			record += path + ",,\n"
		}
	}
	add(info+"RECORD", record)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name+"-1.0-py3-none-any.whl")
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// do carries out a command, which must succeed.
func do(t *testing.T, c protocol.Command) (stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	if err := Do(c.Args(), &out, &errs); err != nil {
		t.Fatalf("%v: %v", c.Args(), err)
	}
	return out.String(), errs.String()
}

func findPython(t *testing.T) (path, version string) {
	t.Helper()
	out, err := exec.Command("python3", "-c", "import sys; print(sys.executable); print('%d.%d' % sys.version_info[:2])").Output()
	if err != nil {
		t.Skip("skipped: there is no python3 on this machine")
	}
	path, version, _ = strings.Cut(strings.TrimSpace(string(out)), "\n")
	return path, version
}

// TestAnEnvironmentMadeHereRuns makes a virtual environment the way a build
// does and starts a command in it.
func TestAnEnvironmentMadeHereRuns(t *testing.T) {
	python, version := findPython(t)
	dir := t.TempDir()
	prefix := dir + "/venv"
	wheels := filepath.Join(dir, "wheels", "hello")
	makeWheel(t, wheels, "hello", map[string]string{
		"hello/__init__.py":                    "import other\ndef main():\n    print('hello from', other.__cached__)\n",
		"hello-1.0.dist-info/entry_points.txt": "[console_scripts]\nhello = hello:main\n",
		"hello/broken.py":                      "this is no Python\n",
	})
	other := makeWheel(t, filepath.Join(dir, "wheels"), "other", map[string]string{"other.py": "x = 1\n"})

	do(t, protocol.CreateVenv{Prefix: prefix, Output: "/", Python: version, Interpreter: python})
	stdout, stderr := do(t, protocol.InstallWheels{Prefix: prefix, Output: "/", Python: version, Interpreter: python, Wheels: []string{wheels, other}})
	if stderr != "" {
		t.Errorf("warnings: %s", stderr)
	}
	for _, want := range []string{"hello-1.0-py3-none-any.whl: ", "no bytecode for " + prefix, "compiled 2 modules, 1 could not be"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("output without %q:\n%s", want, stdout)
		}
	}
	out, err := exec.Command(prefix + "/bin/hello").CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), "hello from "+prefix+"/lib/python"+version+"/site-packages/__pycache__/other.") {
		t.Errorf("%v: %s", err, out)
	}
}

func TestWheelsThatWriteOnePathAreReportedUnlessTheyAgree(t *testing.T) {
	dir := t.TempDir()
	one := makeWheel(t, dir, "one", map[string]string{"tests/__init__.py": "", "tests/x.py": "one"})
	two := makeWheel(t, dir, "two", map[string]string{"tests/__init__.py": "", "tests/x.py": "two"})
	_, stderr := do(t, protocol.InstallWheels{Prefix: "/opt/venv", Output: dir + "/out", Python: "3.13", Wheels: []string{one, two}})
	want := "warning: two-1.0-py3-none-any.whl: /opt/venv/lib/python3.13/site-packages/tests/x.py replaces a different file from one-1.0-py3-none-any.whl\n"
	if stderr != want {
		t.Errorf("got %q, want %q", stderr, want)
	}
	data, err := os.ReadFile(dir + "/out/opt/venv/lib/python3.13/site-packages/tests/x.py")
	if err != nil || string(data) != "two" {
		t.Errorf("%q, %v", data, err)
	}
}

// A wheel says in its RECORD which files it has. The one that is installed is
// made of the files that it has indeed.
func TestAFileThatItsWheelDoesNotRecordIsComparedWithThoseOfOthers(t *testing.T) {
	dir := t.TempDir()
	one := makeWheel(t, dir, "one", map[string]string{"one/__init__.py": "good"})
	two := makeWheel(t, dir, "two", map[string]string{"one/__init__.py": "evil"}, "one/__init__.py")
	for _, layers := range [][][]string{{{one, two}}, {{one}, {two}}} {
		inspect := protocol.Inspect{Prefix: "/opt/venv", Python: "3.13", Output: t.TempDir()}
		for _, wheels := range layers {
			out := t.TempDir()
			do(t, protocol.InstallWheels{Prefix: "/opt/venv", Output: out, Python: "3.13", Wheels: wheels})
			inspect.Layers = append(inspect.Layers, out)
		}
		stdout, _ := do(t, inspect)
		if !strings.Contains(stdout, "one/__init__.py: one and two\n") {
			t.Errorf("%d layers: %q", len(layers), stdout)
		}
	}
}

func TestSourcesAreCompiledForTheirFinalPath(t *testing.T) {
	python, _ := findPython(t)
	dir := t.TempDir()
	for name, data := range map[string]string{
		"main.py": "x = 1", "pkg/a.py": "y = 1", "pkg/test/b.py": "z = 1", "pkg/data.txt": "",
	} {
		p := filepath.Join(dir, "src", name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	stdout, _ := do(t, protocol.Compile{Interpreter: python, Output: dir + "/out", Path: "/app", Source: dir + "/src", Exclude: []string{"test"}})
	if stdout != "compiled 2 modules, 0 could not be\n" {
		t.Errorf("output: %s", stdout)
	}
	for _, name := range []string{"__pycache__/main", "pkg/__pycache__/a"} {
		found, _ := filepath.Glob(dir + "/out/app/" + name + ".*.pyc")
		if len(found) != 1 {
			t.Errorf("%s: %v", name, found)
			continue
		}
		data, err := os.ReadFile(found[0])
		if err != nil || !bytes.Contains(data, []byte("/app/")) || bytes.Contains(data, []byte(dir)) {
			t.Errorf("%s does not hold its final path: %v", found[0], err)
		}
	}
}

func TestTheTimeOfFilesIsThatAskedFor(t *testing.T) {
	dir := t.TempDir()
	w := makeWheel(t, dir, "one", map[string]string{"one.py": "x = 1"})
	t.Setenv("SOURCE_DATE_EPOCH", "1700000000")
	for _, epoch := range []int64{0, 315619200} {
		out := t.TempDir()
		do(t, protocol.InstallWheels{Prefix: "/opt/venv", Output: out, Python: "3.13", Epoch: epoch, Wheels: []string{w}})
		for _, p := range []string{"/opt", "/opt/venv/lib/python3.13/site-packages/one.py"} {
			info, err := os.Stat(out + p)
			if err != nil || info.ModTime().Unix() != epoch {
				t.Errorf("%s: %v, %v", p, info.ModTime(), err)
			}
		}
	}
}

func TestCommandsThatCannotBeCarriedOut(t *testing.T) {
	dir := t.TempDir()
	w := makeWheel(t, dir, "one", map[string]string{"one.py": ""})
	two := filepath.Join(dir, "two")
	makeWheel(t, two, "a", nil)
	makeWheel(t, two, "b", nil)
	out := dir + "/out"
	wheels := func(change func(*protocol.InstallWheels), wheels ...string) protocol.Command {
		c := protocol.InstallWheels{Prefix: "/opt/venv", Output: out, Python: "3.13", Wheels: wheels}
		if change != nil {
			change(&c)
		}
		return c
	}
	for _, tc := range []struct {
		name    string
		command protocol.Command
		want    string
	}{
		{"a command of the other program", protocol.Unpack{Archive: "/a", Output: out}, "no command protocol.Unpack"},
		{"no wheel", wheels(nil), "no wheel"},
		{"a missing wheel", wheels(nil, "/no/such.whl"), "/no/such.whl"},
		{"a directory without a wheel", wheels(nil, t.TempDir()), "holds no wheel"},
		{"a directory with two wheels", wheels(nil, two), "holds 2 wheels (a-1.0"},
		{"a direct URL of another wheel", wheels(func(c *protocol.InstallWheels) {
			c.DirectURLs = []protocol.DirectURL{{Wheel: "/other.whl", Content: "{}"}}
		}, w), "want one of the wheels"},
		{"a direct URL that is no JSON", wheels(func(c *protocol.InstallWheels) {
			c.DirectURLs = []protocol.DirectURL{{Wheel: w, Content: "{"}}
		}, w), "is not JSON"},
		{"another wheel may be large", wheels(func(c *protocol.InstallWheels) { c.Large = []string{"/other.whl"} }, w), "want one of the wheels"},
		{"an interpreter that is missing", wheels(func(c *protocol.InstallWheels) { c.Interpreter = "/no/python" }, w), "/no/python"},
		{"a relative prefix", wheels(func(c *protocol.InstallWheels) { c.Prefix = "venv" }, w), "clean absolute path"},
		{"a patch version", protocol.CreateVenv{Prefix: "/opt/venv", Output: out, Python: "3.13.1", Interpreter: "/p"}, "want major.minor"},
		{"a relative interpreter", protocol.CreateVenv{Prefix: "/opt/venv", Output: out, Python: "3.13", Interpreter: "python"}, "clean absolute path"},
		{"a relative path", protocol.Compile{Output: out, Interpreter: "/bin/sh", Path: "app", Source: dir}, "clean absolute path"},
		{"a missing source", protocol.Compile{Output: out, Interpreter: "/bin/true", Path: "/app", Source: "/no/such/dir"}, "/no/such/dir"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := Do(tc.command.Args(), io.Discard, io.Discard)
			if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v, want one line with %q", err, tc.want)
			}
		})
	}
	if err := Do([]string{"moult-install", "wheels", "--fast"}, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "--fast") {
		t.Errorf("an unknown flag: %v", err)
	}
}

func TestPackagesOwnTestsAreNotCompiled(t *testing.T) {
	python, version := findPython(t)
	dir := t.TempDir()
	w := makeWheel(t, dir, "lib", map[string]string{
		"lib/__init__.py": "", "lib/tests/test_a.py": "", "lib/test/client.py": "", "tests/b.py": "", "lib/mytests/c.py": "",
	})
	out := filepath.Join(dir, "out")
	do(t, protocol.InstallWheels{Prefix: "/opt/venv", Output: out, Python: version, Interpreter: python, Wheels: []string{w}})
	site := filepath.Join(out, "opt/venv/lib/python"+version+"/site-packages")
	for module, want := range map[string]bool{
		"lib/__init__": true, "lib/test/client": true, "lib/mytests/c": true, "lib/tests/test_a": false, "tests/b": false,
	} {
		if _, err := os.Stat(filepath.Join(site, module+".py")); err != nil {
			t.Error(err)
		}
		found, _ := filepath.Glob(filepath.Join(site, filepath.Dir(module), "__pycache__", filepath.Base(module)+".*.pyc"))
		if (len(found) == 1) != want {
			t.Errorf("%s: bytecode %v", module, found)
		}
	}
}
