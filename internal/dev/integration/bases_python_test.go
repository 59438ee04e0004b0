//go:build bases

package integration

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
	"github.com/moult-build/moult/internal/dev/lab/images"
)

// unstablePython makes the image of the Python in Debian's unstable release, slim or full, once.
func unstablePython(t *testing.T, l *lab.Lab, kind string) string {
	t.Helper()
	r := images.Unstable(kind)
	if !r.Pushed(t.Context(), l.Registry) {
		if err := r.Make(t.Context(), l.Registry, t.TempDir(), os.Stderr); err != nil {
			t.Fatal(err)
		}
	}
	return l.Image(r.Hub()[0])
}

func TestABaseWithANewerPythonRunsTheExamples(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	newer := map[string]string{"python:3.14-slim": unstablePython(t, l, "slim"), "python:3.14": unstablePython(t, l, "full")}
	ref := helloOn(t, l, "python = \"3.14\"\n", newer, "newer-hello:test")
	if body := get(t, serve(t, l, ref, nil), "/"); !strings.HasPrefix(body, "Hello from Python 3.14.") {
		t.Errorf("it answers %q", body)
	}
	// The lock is for older ones.
	dir := example(t, "digits-api")
	if err := os.Remove(filepath.Join(dir, "uv.lock")); err != nil {
		t.Fatal(err)
	}
	edit(t, filepath.Join(dir, "pyproject.toml"), "requires-python = \">=3.11,<3.14\"", "requires-python = \">=3.14\"")
	edit(t, filepath.Join(dir, "pyproject.toml"), "python = \"3.13\"", "python = \"3.14\"")
	recognises(t, serve(t, l, builtOn(t, l, dir, newer, "newer-digits:test"), nil))
}
