package bench

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const root = "../../.."

func prepared(t *testing.T, app, contestant string, change Change) func(string) string {
	t.Helper()
	a, err := FindApplication(app)
	if err != nil {
		t.Fatal(err)
	}
	found, err := Find([]string{contestant})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "context")
	if err := a.prepare(root, dir, found[0], change, "nonce"); err != nil {
		t.Fatal(err)
	}
	return func(name string) string {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			return ""
		}
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
}

func TestEveryChangeCanBeMadeToEveryApplication(t *testing.T) {
	for _, app := range applications {
		base := prepared(t, app.Name, "moult", None)
		for _, change := range changed {
			if !app.has(change) {
				continue
			}
			file := map[Change]string{Code: app.code, Comment: "pyproject.toml", Version: "pyproject.toml"}[change]
			if file == "" {
				file = "uv.lock"
			}
			after := prepared(t, app.Name, "moult", change)
			if after(file) == base(file) {
				t.Errorf("%s, %s: %s did not change", app.Name, change, file)
			}
			if change != Other && after("variants/upgrade/uv.lock") != "" {
				t.Error("the variants are part of the context")
			}
		}
	}
}

func TestWithoutALockTheDirectDependenciesArePinned(t *testing.T) {
	read := prepared(t, "app", "moult-unlocked", None)
	if read("uv.lock") != "" || read("poetry.lock") != "" {
		t.Error("a lock is left")
	}
	project := read("pyproject.toml")
	listing, count := false, 0
	for line := range strings.Lines(project) {
		switch {
		case strings.HasPrefix(line, "dependencies = ["):
			listing = true
		case strings.HasPrefix(line, "]"):
			listing = false
		case listing:
			count++
			if !strings.Contains(line, "==") {
				t.Errorf("not pinned: %s", line)
			}
		}
	}
	if count == 0 || !strings.Contains(project, "lock = false") {
		t.Errorf("unexpected project:\n%s", project)
	}
}

func TestANewVersionIsInTheLockToo(t *testing.T) {
	for _, app := range applications {
		read := prepared(t, app.Name, "uv", Version)
		for _, name := range []string{"pyproject.toml", "uv.lock"} {
			if strings.Contains(read(name), "\nversion = \"1.0.0\"\nsource = { virtual") || !strings.Contains(read(name), "\nversion = \"1.0.") {
				t.Errorf("%s: %s has the old version", app.Name, name)
			}
		}
	}
}

func TestLockedWheelsAreThoseOfTheImages(t *testing.T) {
	for _, app := range applications {
		for _, change := range []Change{None, Upgrade, Add, Remove, Other} {
			if !app.has(change) {
				continue
			}
			wheels, err := app.wheels(root, change)
			if err != nil {
				t.Fatalf("%s, %q: %v", app.Name, change, err)
			}
			if least := map[string]int{"app": 80}[app.Name]; len(wheels) <= least {
				t.Errorf("%s, %q: only %d wheels", app.Name, change, len(wheels))
			}
			for _, w := range wheels {
				if w.URL == "" || !strings.HasSuffix(w.Filename, ".whl") || w.Size == 0 {
					t.Errorf("incomplete: %+v", w)
				}
			}
		}
	}
}
