package bytecode

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/moult-build/moult/internal/step/install"
)

var testTime = time.Unix(1700000000, 0)

// findPythons gives the interpreters of this machine, by version. It looks once,
// because a version manager's shims take long to answer.
var findPythons = sync.OnceValue(func() map[string]string {
	found := map[string]string{}
	for minor := 7; minor <= 16; minor++ {
		version := fmt.Sprintf("3.%d", minor)
		path, err := exec.LookPath("python" + version)
		if err != nil {
			continue
		}
		// A version manager's shim may name a Python it has not switched to.
		out, err := exec.Command(path, "-c", "import sys; print(sys.executable)").Output()
		if err == nil {
			found[version] = strings.TrimSpace(string(out))
		}
	}
	return found
})

// forEachPython runs a test with every interpreter there is.
func forEachPython(t *testing.T, test func(t *testing.T, python string)) {
	t.Helper()
	found := findPythons()
	if len(found) == 0 {
		t.Skip("skipped: there is no python3.7 or newer on this machine")
	}
	versions := make([]string, 0, len(found))
	for v := range found {
		versions = append(versions, v)
	}
	sort.Strings(versions)
	for _, v := range versions {
		t.Run("Python "+v, func(t *testing.T) { test(t, found[v]) })
	}
}

// corpus lists modules of the interpreter's standard library as though they
// lay in /lib: enough to have seen what an interpreter writes. Under -short it
// has the smaller ones only.
func corpus(t *testing.T, python string) []Source {
	t.Helper()
	out, err := exec.Command(python, "-I", "-c", "import os; print(os.path.dirname(os.__file__))").Output()
	if err != nil {
		t.Fatal(err)
	}
	dir := strings.TrimSpace(string(out))
	largest := int64(24 << 10)
	if testing.Short() {
		largest = 8 << 10
	}
	var sources []Source
	for _, sub := range []string{".", "xml/etree", "json", "email", "importlib"} {
		entries, err := os.ReadDir(filepath.Join(dir, sub))
		if err != nil {
			continue
		}
		for _, e := range entries {
			info, err := e.Info()
			if err == nil && e.Type().IsRegular() && strings.HasSuffix(e.Name(), ".py") && info.Size() < largest {
				p := filepath.Join(sub, e.Name())
				sources = append(sources, Source{From: filepath.Join(dir, p), Final: "/lib/" + filepath.ToSlash(p), Size: info.Size()})
			}
		}
	}
	return sources
}

// compileAll compiles sources into a new tree and gives its files.
func compileAll(t *testing.T, python string, sources []Source, limit int) (map[string][]byte, *Result) {
	t.Helper()
	root := t.TempDir()
	tree, err := install.NewTree(root, testTime)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Start(python, UncheckedHash)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	res, err := c.Compile(tree, sources, limit)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	err = filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if info.Mode() != 0o644 || !info.ModTime().Equal(testTime) {
			t.Errorf("%s: %v %v", p, info.Mode(), info.ModTime())
		}
		files[strings.TrimPrefix(p, root)], err = os.ReadFile(p)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files, res
}

// TestBytecodeDependsOnSourcePathAndVersionAlone compiles one corpus in ways
// that change what the interpreter has in memory at each file.
func TestBytecodeDependsOnSourcePathAndVersionAlone(t *testing.T) {
	forEachPython(t, func(t *testing.T, python string) {
		sources := corpus(t, python)
		one, res := compileAll(t, python, sources, 1)
		least := 100
		if testing.Short() {
			least = 40
		}
		if res.Compiled != len(one) || len(one) < least {
			t.Fatalf("%d compiled, %d files", res.Compiled, len(one))
		}
		same := func(what string, files map[string][]byte, step int) {
			t.Helper()
			for p, data := range files {
				if !bytes.Equal(data, one[p]) {
					t.Errorf("%s: %s differs", what, p)
				}
			}
			if want := (len(one) + step - 1) / step; len(files) < want-len(res.Failed)-1 {
				t.Errorf("%s: %d files, want about %d", what, len(files), want)
			}
		}
		two, _ := compileAll(t, python, sources, 2)
		same("two processes", two, 1)
		var third []Source
		for i := 0; i < len(sources); i += 3 {
			third = append(third, sources[i])
		}
		part, _ := compileAll(t, python, third, 1)
		same("every third file", part, 3)
	})
}

// TestBytecodeIsThatOfCompileall holds the output against Python's own
// tool, which differs in nothing but marks that mean nothing.
func TestBytecodeIsThatOfCompileall(t *testing.T) {
	forEachPython(t, func(t *testing.T, python string) {
		sources := corpus(t, python)
		got, _ := compileAll(t, python, sources, 0)
		dir := t.TempDir()
		for _, s := range sources {
			data, err := os.ReadFile(s.From)
			if err != nil {
				t.Fatal(err)
			}
			p := filepath.Join(dir, s.Final)
			if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(p, data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		// Exit status 1 says that some file did not compile.
		cmd := exec.Command(python, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", "-d", "/lib", filepath.Join(dir, "lib"))
		// Before 3.11 the order within sets is that of the hash seed.
		cmd.Env = append(os.Environ(), "PYTHONHASHSEED=0")
		out, err := cmd.CombinedOutput()
		if _, failed := err.(*exec.ExitError); err != nil && !failed {
			t.Fatalf("%v: %s", err, out)
		}
		layout := layoutOf(3, minorOf(t, python))
		identical := 0
		for p, data := range got {
			want, err := os.ReadFile(dir + p)
			if err != nil {
				t.Errorf("%s: compileall writes none", p)
				continue
			}
			if bytes.Equal(data, want) {
				identical++
				continue
			}
			if want, err = normalizePyc(want, layout); err != nil {
				t.Errorf("%s: %v", p, err)
			} else if !bytes.Equal(data, want) {
				t.Errorf("%s differs from compileall's", p)
			}
		}
		t.Logf("%d files, %d of them the same without normalizing", len(got), identical)
	})
}

func minorOf(t *testing.T, python string) int {
	t.Helper()
	out, err := exec.Command(python, "-c", "import sys; print(sys.version_info[1])").Output()
	if err != nil {
		t.Fatal(err)
	}
	var minor int
	if _, err := fmt.Sscan(string(out), &minor); err != nil {
		t.Fatal(err)
	}
	return minor
}

func TestWhatIsNoPythonIsCountedAndLeftOut(t *testing.T) {
	forEachPython(t, func(t *testing.T, python string) {
		dir := t.TempDir()
		var sources []Source
		for name, text := range map[string]string{
			"good.py":      "x = 1\n",
			"empty.py":     "",
			"python2.py":   "print 'x'\n",
			"latin.py":     "# -*- coding: latin-1 -*-\nx = '\xe9'\n",
			"encoding.py":  "x = '\xe9'\n",
			"unknown.py":   "# -*- coding: no-such-coding -*-\n",
			"nul.py":       "x = 1\x00\n",
			"warning.py":   "x = '\\d'\nassert (1, 'x')\n",
			"deep.py":      "x = " + strings.Repeat("(", 5000) + strings.Repeat(")", 5000) + "\n",
			"bom.py":       "\ufeffx = 1\n",
			"spaced ü.py":  "x = 1\n",
			"nolineend.py": "x = 1",
		} {
			p := filepath.Join(dir, name)
			if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			sources = append(sources, Source{From: p, Final: "/app/" + name, Size: int64(len(text))})
		}
		files, res := compileAll(t, python, sources, 1)
		var failed []string
		for _, f := range res.Failed {
			failed = append(failed, strings.TrimPrefix(f.Final, "/app/"))
			if f.Reason == "" || strings.Contains(f.Reason, "\n") {
				t.Errorf("%s: reason %q", f.Final, f.Reason)
			}
		}
		if got, want := strings.Join(failed, " "), "deep.py encoding.py nul.py python2.py unknown.py"; got != want {
			t.Errorf("failed: %s, want %s", got, want)
		}
		if res.Compiled != 7 || len(files) != 7 {
			t.Errorf("%d compiled, %d files", res.Compiled, len(files))
		}
	})
}

// TestPythonUsesTheBytecode imports a module whose source was changed after
// compiling: unchecked bytecode must win, under its final path, and checked
// bytecode must not.
func TestPythonUsesTheBytecode(t *testing.T) {
	for invalidation, want := range map[Invalidation]string{UncheckedHash: "compiled", CheckedHash: "source"} {
		t.Run(string(invalidation), func(t *testing.T) { importChanged(t, invalidation, want) })
	}
}

func importChanged(t *testing.T, invalidation Invalidation, want string) {
	forEachPython(t, func(t *testing.T, python string) {
		dir := t.TempDir()
		p := filepath.Join(dir, "mod.py")
		if err := os.WriteFile(p, []byte("def f(): pass\nprint('compiled', f.__code__.co_filename)\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		tree, err := install.NewTree(dir, testTime)
		if err != nil {
			t.Fatal(err)
		}
		c, err := Start(python, invalidation)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := c.Compile(tree, []Source{{From: p, Final: "/mod.py"}}, 0); err != nil {
			t.Fatal(err)
		}
		// The unchanged module comes from its bytecode with either kind.
		if out, err := imported(python, dir, "-v", "-B"); err != nil || !strings.Contains(out, "matches") {
			t.Errorf("%v: the bytecode is not used: %s", err, out)
		}
		if err := os.WriteFile(p, []byte("print('source')\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		// Python corrects the path in code it loads to where it found it.
		if out, err := imported(python, dir); err != nil || !strings.HasPrefix(out, want) {
			t.Errorf("%v: %s", err, out)
		}
	})
}

// imported runs a Python that imports mod from a folder, and gives all that it prints.
func imported(python, dir string, flags ...string) (string, error) {
	cmd := exec.Command(python, append(flags, "-c", "import mod")...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// compileBy compiles with a script in the place of Python, and gives the error.
func compileBy(t *testing.T, script string) error {
	t.Helper()
	tree, err := install.NewTree(t.TempDir(), testTime)
	if err != nil {
		t.Fatal(err)
	}
	fake := filepath.Join(t.TempDir(), "python")
	if err := os.WriteFile(fake, []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	c, err := Start(fake, UncheckedHash)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, err = c.Compile(tree, []Source{{From: fake, Final: "/x.py"}}, 0)
	return err
}

func TestAPythonThatDoesNotWorkIsAnErrorOfOneLine(t *testing.T) {
	if _, err := Start("/no/such/python", UncheckedHash); err == nil {
		t.Error("no error for a missing interpreter")
	}
	err := compileBy(t, "echo first >&2\necho 'no such library' >&2\nexit 3\n")
	if err == nil || !strings.Contains(err.Error(), "exit status 3") || !strings.Contains(err.Error(), "no such library") || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %v", err)
	}
}

func TestAPythonThatIsKilledSaysSo(t *testing.T) {
	err := compileBy(t, "kill -KILL $$\n")
	var exit *exec.ExitError
	if err == nil || !strings.Contains(err.Error(), "was killed") || !strings.Contains(err.Error(), "too little memory") || !errors.As(err, &exit) {
		t.Errorf("error %v", err)
	}
}

func TestASourceThatCannotBeReadIsAnErrorThatNamesIt(t *testing.T) {
	forEachPython(t, func(t *testing.T, python string) {
		tree, err := install.NewTree(t.TempDir(), testTime)
		if err != nil {
			t.Fatal(err)
		}
		c, err := Start(python, UncheckedHash)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_, err = c.Compile(tree, []Source{{From: "/no/such/file.py", Final: "/app/file.py"}}, 0)
		if err == nil || !strings.Contains(err.Error(), "/app/file.py") || !strings.Contains(err.Error(), "No such file") {
			t.Errorf("error %v", err)
		}
	})
}
