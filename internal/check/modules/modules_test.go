package modules

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/check/conflict"
	"github.com/moult-build/moult/internal/pypkg/wheel"
)

const site = "opt/venv/lib/python3.13/site-packages"

// layer writes one package with files, given as name and content.
func layer(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	var rows []wheel.Row
	for name, content := range files {
		rows = append(rows, wheel.Row{Path: name, Hash: "sha256=x", Size: int64(len(content))})
		write(t, filepath.Join(dir, site, name), content)
	}
	record, err := wheel.FormatRecord(rows)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, site, "x-1.dist-info/RECORD"), string(record))
	return dir
}

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestModulesOfPackages(t *testing.T) {
	type files = map[string]string
	for _, test := range []struct {
		says   string
		layers []files
		want   string
		unsure bool
	}{
		{"a package and a module", []files{{"yaml/__init__.py": "", "yaml/a/b.py": "", "six.py": "", "x-1.dist-info/METADATA": "", "../../../bin/x": ""}}, "six yaml", false},
		{"compiled modules", []files{{"cv2.abi3.so": "", "fast/__init__.cpython-313-x86_64-linux-gnu.so": "", "__pycache__/six.cpython-313.pyc": ""}}, "cv2 fast", false},
		{"a namespace of two packages", []files{{"google/cloud/storage/__init__.py": "", "google/api.py": ""}, {"google/cloud/bigquery/__init__.py": ""}}, "google/ google/api google/cloud/ google/cloud/bigquery google/cloud/storage", false},
		{"a folder that another package makes regular", []files{{"a/b/c.py": ""}, {"a/__init__.py": ""}}, "a", false},
		{"a folder of data", []files{{"data/x.txt": ""}}, "data/", false},
		{"setuptools' distutils", []files{{"distutils-precedence.pth": "import os; ...", "setuptools/__init__.py": ""}}, "distutils setuptools", false},
		{"a namespace's .pth", []files{{"zope-nspkg.pth": "import sys", "zope/a.py": ""}}, "zope/ zope/a", false},
		{"a .pth that measures coverage", []files{{"pytest-cov.pth": "import os, sys;exec('if 1: pass')", "pytest_cov/__init__.py": ""}, {"a1_coverage.pth": "import sys; exec('pass')"}}, "pytest_cov", false},
		{"a .pth that colours what is logged", []files{{"coloredlogs.pth": "import os; exec('try: __import__(\"coloredlogs\")')", "coloredlogs/__init__.py": ""}}, "coloredlogs", false},
		{"a .pth that runs code", []files{{"hook.pth": "import hook", "hook.py": ""}}, "hook", true},
		{"a .pth that adds a folder", []files{{"more.pth": "# folders\nmore\n", "more/x.py": ""}}, "more/ more/x", true},
		{"an empty .pth", []files{{"more.pth": "\n# none\n"}}, "", false},
	} {
		t.Run(test.says, func(t *testing.T) {
			var dirs []string
			for _, f := range test.layers {
				dirs = append(dirs, layer(t, f))
			}
			layers, err := conflict.Read(dirs, site)
			if err != nil {
				t.Fatal(err)
			}
			m, err := Find(layers)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			if err := Write(dir, m); err != nil {
				t.Fatal(err)
			}
			content, err := os.ReadFile(filepath.Join(dir, AnswerFile))
			if err != nil {
				t.Fatal(err)
			}
			if m, err = Parse(content); err != nil || strings.Join(m.Names, " ") != test.want || m.Unsure != test.unsure {
				t.Errorf("%v %v %v", m.Names, m.Unsure, err)
			}
		})
	}
}

func TestProgramsOfPackages(t *testing.T) {
	dirs := []string{layer(t, map[string]string{"../../../bin/serve": "", "../../../share/man/serve.1": "", "serve/bin/x": ""}), layer(t, map[string]string{"../../../bin/load": ""})}
	layers, err := conflict.Read(dirs, site)
	if err != nil {
		t.Fatal(err)
	}
	m, err := Find(layers)
	if err != nil || strings.Join(m.Programs, " ") != "load serve" {
		t.Errorf("%q, %v", m.Programs, err)
	}
}

func TestAnAnswerThatIsNotJSONIsAnError(t *testing.T) {
	if _, err := Parse([]byte("[")); err == nil {
		t.Error("no error")
	}
}
