package build

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The oldest Python is 3.7, which has no importlib.metadata.
func TestABackendIsAskedByAnyPython(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("this machine has no Python")
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "backend.py"), "def get_requires_for_build_wheel(config):\n"+
		"    return ['Wheel', 'my.tool', 'given', 'absent', 'wheel>=1', 'whe']\n")
	write(t, filepath.Join(dir, "wheel-0.45.1.dist-info", "METADATA"), "Name: wheel\n")
	write(t, filepath.Join(dir, "my_tool-1.0.egg-info", "PKG-INFO"), "Name: my-tool\n")
	answer := filepath.Join(dir, "answer")
	cmd := exec.Command(python, "-c", "import sys; sys.modules['importlib.metadata'] = None\n"+hooks, answer)
	cmd.Dir, cmd.Env = t.TempDir(), append(os.Environ(), "PYTHONPATH="+dir)
	cmd.Stdin = strings.NewReader(`{"backend": "backend", "ask": true, "present": ["given"]}`)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	got, err := os.ReadFile(answer)
	if err != nil || string(got) != `["absent", "wheel>=1", "whe"]` {
		t.Errorf("%s %v", got, err)
	}
}
