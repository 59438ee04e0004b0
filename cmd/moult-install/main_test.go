package main

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// makeWheel writes a wheel of one project with the given modules.
func makeWheel(t *testing.T, dir, name string, files map[string]string) string {
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
		record += path + ",,\n"
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

// command runs one command line, which must succeed.
func command(t *testing.T, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	if err := run(args, &out, &errs); err != nil {
		t.Fatalf("%v: %v", args, err)
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

	command(t, "venv", "--prefix", prefix, "--out", "/", "--python", version, "--interpreter", python)
	stdout, stderr := command(t, "wheel", "--prefix", prefix, "--out", "/", "--python", version, "--bytecode", "--interpreter", python, wheels, other)
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
	_, stderr := command(t, "wheel", "--prefix", "/opt/venv", "--out", dir+"/out", "--python", "3.13", one, two)
	want := "warning: two-1.0-py3-none-any.whl: /opt/venv/lib/python3.13/site-packages/tests/x.py replaces a different file from one-1.0-py3-none-any.whl\n"
	if stderr != want {
		t.Errorf("got %q, want %q", stderr, want)
	}
	data, err := os.ReadFile(dir + "/out/opt/venv/lib/python3.13/site-packages/tests/x.py")
	if err != nil || string(data) != "two" {
		t.Errorf("%q, %v", data, err)
	}
}

func TestSourcesAreCompiledForTheirFinalPath(t *testing.T) {
	python, _ := findPython(t)
	dir := t.TempDir()
	for name, data := range map[string]string{
		"main.py": "x = 1", "pkg/a.py": "y = 1", "pkg/test/b.py": "z = 1", "pkg/data.txt": "", "pkg/done.py": "",
		"pkg/__pycache__/done.cpython-313.pyc": "", "pkg/__pycache__/a.cpython-313.opt-1.pyc": "",
	} {
		p := filepath.Join(dir, "src", name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	stdout, _ := command(t, "compile", "--interpreter", python, "--out", dir+"/out", "--source", "/app="+dir+"/src", "--exclude", "test", "--missing-only")
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
	for _, tc := range []struct {
		name, flag, env string
		want            int64
	}{
		{"a constant by default", "", "", defaultMtime},
		{"SOURCE_DATE_EPOCH", "", "1700000000", 1700000000},
		{"the flag before SOURCE_DATE_EPOCH", "0", "1700000000", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Setenv("SOURCE_DATE_EPOCH", tc.env)
			out := t.TempDir()
			command(t, "wheel", "--prefix", "/opt/venv", "--out", out, "--python", "3.13", "--mtime", tc.flag, w)
			for _, p := range []string{"/opt", "/opt/venv/lib/python3.13/site-packages/one.py"} {
				info, err := os.Stat(out + p)
				if err != nil || info.ModTime().Unix() != tc.want {
					t.Errorf("%s: %v, %v", p, info.ModTime(), err)
				}
			}
		})
	}
}

func TestCommandLinesThatCannotBeCarriedOut(t *testing.T) {
	dir := t.TempDir()
	w := makeWheel(t, dir, "one", map[string]string{"one.py": ""})
	two := filepath.Join(dir, "two")
	makeWheel(t, two, "a", nil)
	makeWheel(t, two, "b", nil)
	out := dir + "/out"
	for _, tc := range []struct {
		name string
		args []string
		want string
	}{
		{"nothing", nil, "no command given"},
		{"an unknown command", []string{"install"}, `unknown command "install"`},
		{"an unknown flag", []string{"wheel", "--fast"}, "-fast"},
		{"no prefix", []string{"wheel", "--out", out, "--python", "3.13", w}, "--prefix is required"},
		{"no wheel", []string{"wheel", "--prefix", "/opt/venv", "--out", out, "--python", "3.13"}, "no wheel given"},
		{"a missing wheel", []string{"wheel", "--prefix", "/opt/venv", "--out", out, "--python", "3.13", "/no/such.whl"}, "/no/such.whl"},
		{"a directory without a wheel", []string{"wheel", "--prefix", "/opt/venv", "--out", out, "--python", "3.13", t.TempDir()}, "holds no wheel"},
		{"a directory with two wheels", []string{"wheel", "--prefix", "/opt/venv", "--out", out, "--python", "3.13", two}, "holds 2 wheels (a-1.0"},
		{"a direct URL of a wheel that is not given", []string{"wheel", "--prefix", "/opt/venv", "--out", out, "--python", "3.13", "--direct-url", "/other.whl={}", w}, "for one of the wheels given"},
		{"a direct URL that is no JSON", []string{"wheel", "--prefix", "/opt/venv", "--out", out, "--python", "3.13", "--direct-url", w + "={", w}, "is not JSON"},
		{"bytecode without an interpreter", []string{"wheel", "--prefix", "/opt/venv", "--out", out, "--python", "3.13", "--bytecode", w}, "needs --interpreter"},
		{"an interpreter that is missing", []string{"wheel", "--prefix", "/opt/venv", "--out", out, "--python", "3.13", "--bytecode", "--interpreter", "/no/python", w}, "/no/python"},
		{"a relative prefix", []string{"wheel", "--prefix", "venv", "--out", out, "--python", "3.13", w}, "clean absolute path"},
		{"a patch version", []string{"venv", "--prefix", "/opt/venv", "--out", out, "--python", "3.13.1", "--interpreter", "/p"}, "want major.minor"},
		{"a time that is none", []string{"venv", "--prefix", "/opt/venv", "--out", out, "--python", "3.13", "--interpreter", "/p", "--mtime", "now"}, "number of seconds"},
		{"a relative interpreter", []string{"venv", "--prefix", "/opt/venv", "--out", out, "--python", "3.13", "--interpreter", "python"}, "clean absolute path"},
		{"a relative source", []string{"compile", "--out", out, "--interpreter", "/bin/sh", "--source", "app"}, "clean absolute path"},
		{"no source", []string{"compile", "--out", out, "--interpreter", "/bin/sh"}, "--source is required"},
		{"a missing source", []string{"compile", "--out", out, "--interpreter", "/bin/true", "--source", "/no/such/dir"}, "/no/such/dir"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			err := run(tc.args, &stdout, &stderr)
			if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v, want one line with %q", err, tc.want)
			}
		})
	}
}

func TestPackagesOwnTestsAreNotCompiled(t *testing.T) {
	python, version := findPython(t)
	dir := t.TempDir()
	w := makeWheel(t, dir, "lib", map[string]string{
		"lib/__init__.py": "", "lib/tests/test_a.py": "", "lib/test/client.py": "", "tests/b.py": "", "lib/mytests/c.py": "",
	})
	out := filepath.Join(dir, "out")
	command(t, "wheel", "--prefix", "/opt/venv", "--out", out, "--python", version, "--bytecode", "--interpreter", python, w)
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
