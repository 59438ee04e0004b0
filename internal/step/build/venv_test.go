package build

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// pythonAt makes a folder with an interpreter's program and its pip.
func pythonAt(t *testing.T, name, content, library string) (python, runner string) {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	python, runner = filepath.Join(root, "bin", name), filepath.Join(root, "lib", library, "pip", "__pip-runner__.py")
	for file, text := range map[string]string{python: content, runner: ""} {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return python, runner
}

func TestAKnownInterpreterGetsItsEnvironmentAtOnce(t *testing.T) {
	python, runner := pythonAt(t, "python3.13", "\x7fELF", "python3.13/site-packages")
	link := filepath.Join(filepath.Dir(python), "python3")
	if err := os.Symlink("python3.13", link); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "environment")
	made, err := venv(link, out)
	if err != nil || !made {
		t.Fatalf("made %v, %v", made, err)
	}
	if to, err := os.Readlink(filepath.Join(out, "bin", "python")); err != nil || to != python {
		t.Errorf("the environment's Python is %q, %v; want %q", to, err, python)
	}
	for _, name := range []string{"pyvenv.cfg", "lib/python3.13/site-packages", "lib64/python3.13", "include"} {
		if _, err := os.Stat(filepath.Join(out, name)); err != nil {
			t.Error(err)
		}
	}
	if got, want := pipFor(link, "/env/bin/python"), []string{"/env/bin/python", runner}; !slices.Equal(got, want) {
		t.Errorf("pip is started by %q, want %q", got, want)
	}
}

func TestADistributionsPipIsFound(t *testing.T) {
	python, runner := pythonAt(t, "python3.11", "\x7fELF", "python3/dist-packages")
	if got, want := pipFor(python, "/env/bin/python"), []string{"/env/bin/python", runner}; !slices.Equal(got, want) {
		t.Errorf("pip is started by %q, want %q", got, want)
	}
}

func TestAnUnknownInterpreterMakesItsEnvironmentItself(t *testing.T) {
	script, _ := pythonAt(t, "python3.13", "#!/bin/sh\n", "python3.13/site-packages")
	other, _ := pythonAt(t, "pypy3", "\x7fELF", "python3.13/site-packages")
	for _, python := range []string{script, other, "/nowhere/python3.13"} {
		if made, err := venv(python, filepath.Join(t.TempDir(), "environment")); err != nil || made {
			t.Errorf("%s: made %v, %v", python, made, err)
		}
		if got, want := pipFor(python, "/env/bin/python"), []string{python, "pip", "--python", "/env/bin/python"}; !slices.Equal(got, want) {
			t.Errorf("%s: pip is started by %q, want %q", python, got, want)
		}
	}
}

// pip before 22.2 has no file for another interpreter; its folder is a program.
func TestAnOldPipIsStartedByItsFolder(t *testing.T) {
	python, runner := pythonAt(t, "python3.9", "\x7fELF", "python3/dist-packages")
	folder := filepath.Dir(runner)
	if err := os.Rename(runner, filepath.Join(folder, "__main__.py")); err != nil {
		t.Fatal(err)
	}
	if got, want := pipFor(python, "/env/bin/python"), []string{"/env/bin/python", folder}; !slices.Equal(got, want) {
		t.Errorf("pip is started by %q, want %q", got, want)
	}
}

func TestAPipThatTakesNoFileAsAConstraintSaysWhatToWrite(t *testing.T) {
	for version, fails := range map[string]bool{"20.3.4": true, "21.0.1": true, "21.1": false, "25.3": false} {
		python := filepath.Join(t.TempDir(), "python")
		if err := os.WriteFile(python, []byte("#!/bin/sh\necho "+version+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		err := Wheels{Python: python}.takesConstraints(t.Context())
		if fails != (err != nil) || fails && !strings.Contains(err.Error(), "pip "+version+" cannot be told") {
			t.Errorf("pip %s: %v", version, err)
		}
	}
}
