package confine

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// drive runs driver.py with a pip that prints what it requires to build the source tree in a folder. before is Python code
// that runs first.
func drive(t *testing.T, before, tree string) string {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("this machine has no Python")
	}
	dir := t.TempDir()
	for name, content := range map[string]string{
		"pip/__init__.py": "", "pip/_internal/__init__.py": "",
		"pip/_internal/pyproject.py": "import collections\nDetails = collections.namedtuple('Details', 'requires backend')\n" +
			"def load_pyproject_toml(use_pep517, pyproject_toml, setup_py, req_name):\n    return Details(['setuptools>=40.8.0'], 'b') if use_pep517 else None\n",
		"pip/__main__.py": "import sys\nfrom pip._internal.pyproject import load_pyproject_toml\n" +
			"for use in True, False:\n    print(load_pyproject_toml(use, sys.argv[1] + '/pyproject.toml', sys.argv[1] + '/setup.py', 'x'))\n",
	} {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	content, err := json.Marshal(order{Args: []string{"pip", tree}, Through: []string{"/none"}, Legacy: []string{"setuptools<59"}})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "-c", before+"\n"+driver)
	cmd.Env = append(os.Environ(), "PYTHONPATH="+dir, orderVariable+"="+string(content))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

func TestATreeWithoutPyprojectIsBuiltByTheSetuptoolsOfItsTime(t *testing.T) {
	if got := drive(t, "", t.TempDir()); got != "Details(requires=['setuptools<59'], backend='b')\nNone\n" {
		t.Error(got)
	}
	tree := t.TempDir()
	if err := os.WriteFile(filepath.Join(tree, "pyproject.toml"), []byte("[project]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := drive(t, "", tree); got != "Details(requires=['setuptools>=40.8.0'], backend='b')\nNone\n" {
		t.Error(got)
	}
}

func TestPipRunsWithAPythonThatHasNoAuditHooks(t *testing.T) {
	if got := drive(t, "import sys; del sys.addaudithook", t.TempDir()); got != "Details(requires=['setuptools<59'], backend='b')\nNone\n" {
		t.Error(got)
	}
}
