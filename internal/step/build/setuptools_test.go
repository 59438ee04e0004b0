package build

import (
	"archive/zip"
	"os"
	"path/filepath"
	"testing"
)

func TestAPackageThatImportsPkgResourcesGetsASetuptoolsThatHasIt(t *testing.T) {
	const imports = "import os\nimport pkg_resources\n"
	for _, test := range []struct {
		name         string
		requirements string
		wheels       map[string]map[string]string
		by, newest   string
	}{
		{"the newest setuptools", "gunicorn==20.1.0\n", map[string]map[string]string{
			"gunicorn-20.1.0-py3-none-any.whl":   {"gunicorn/util.py": imports, "gunicorn-20.1.0.dist-info/METADATA": "Name: gunicorn\nRequires-Dist: setuptools (>=3.0)\n"},
			"setuptools-84.2.1-py3-none-any.whl": {"setuptools/__init__.py": imports},
		}, "gunicorn", "setuptools-84.2.1-py3-none-any.whl"},
		{"none at all", "gunicorn==19.9.0\n", map[string]map[string]string{
			"gunicorn-19.9.0-py2.py3-none-any.whl": {"gunicorn/util.py": "import fcntl, pkg_resources\n"},
		}, "gunicorn", ""},
		{"a namespace", "", map[string]map[string]string{"a-1-py3-none-any.whl": {"a/__init__.py": "__import__('pkg_resources').declare_namespace(__name__)\n"}}, "a", ""},
		{"one that has it", "", map[string]map[string]string{
			"a-1-py3-none-any.whl": {"a/b.py": imports}, "setuptools-75.0.0-py3-none-any.whl": {"pkg_resources/__init__.py": ""},
		}, "", ""},
		{"the project wants a newer one", "a\nsetuptools>=83\n", map[string]map[string]string{
			"a-1-py3-none-any.whl": {"a/b.py": imports}, "setuptools-84.2.1-py3-none-any.whl": {},
		}, "", ""},
		{"the project wants any", "a\nsetuptools>=40\n", map[string]map[string]string{
			"a-1-py3-none-any.whl": {"a/b.py": imports}, "setuptools-84.2.1-py3-none-any.whl": {},
		}, "a", "setuptools-84.2.1-py3-none-any.whl"},
		{"a package needs a newer one", "", map[string]map[string]string{
			"a-1-py3-none-any.whl": {"a/b.py": imports}, "setuptools-84.2.1-py3-none-any.whl": {},
			"b-1-py3-none-any.whl": {"b-1.dist-info/METADATA": "Name: b\nRequires-Dist: setuptools>=82\n"},
		}, "", ""},
		{"an extra of a package needs a newer one", "", map[string]map[string]string{
			"a-1-py3-none-any.whl": {"a/b.py": imports, "a-1.dist-info/METADATA": "Name: a\nRequires-Dist: setuptools>=82; extra == 'dev'\n"},
		}, "a", ""},
		{"no index", "--no-index\na\n", map[string]map[string]string{"a-1-py3-none-any.whl": {"a/b.py": imports}}, "", ""},
		{"only where it is there", "", map[string]map[string]string{
			"a-1-py3-none-any.whl": {"a/b.py": "try:\n    import pkg_resources\nexcept ImportError:\n    pass\n# import pkg_resources\n"},
		}, "", ""},
		{"only in tests and build scripts", "", map[string]map[string]string{
			"a-1-py3-none-any.whl": {"a/tests/b.py": imports, "a/test_c.py": imports, "a/setuptools_ext.py": imports},
		}, "", ""},
	} {
		dir := t.TempDir()
		for name, files := range test.wheels {
			zipped(t, filepath.Join(dir, name), files)
		}
		by, newest, err := lacksSetuptools(dir, write(t, filepath.Join(t.TempDir(), "requirements.txt"), test.requirements), "python3.13")
		if err != nil || by != test.by || by != "" && newest != test.newest {
			t.Errorf("%s: %q, %q, %v", test.name, by, newest, err)
		}
	}
}

func TestAPackageThatImportsDistutilsGetsASetuptoolsWherePythonHasNone(t *testing.T) {
	for _, test := range []struct {
		name, python, source string
		setuptools           bool
		want                 string
	}{
		{"a version", "python3.12", "from distutils.version import LooseVersion\n", false, "redis"},
		{"a version, and a setuptools", "python3.12", "from distutils.version import LooseVersion\n", true, ""},
		{"an older Python", "python3.11", "from distutils.version import LooseVersion\n", false, ""},
		{"a free-threaded Python", "/usr/bin/python3.14t", "import distutils.util\n", false, "redis"},
		{"an extension that it builds", "python3.14", "from distutils.core import Extension\n", false, ""},
		{"only where it is there", "python3.14", "try:\n    from distutils.version import LooseVersion\nexcept ImportError:\n    pass\n", false, ""},
	} {
		dir := t.TempDir()
		zipped(t, filepath.Join(dir, "redis-3.5.3-py2.py3-none-any.whl"), map[string]string{"redis/connection.py": test.source})
		if test.setuptools {
			zipped(t, filepath.Join(dir, "setuptools-84.2.1-py3-none-any.whl"), nil)
		}
		by, _, err := lacksSetuptools(dir, write(t, filepath.Join(t.TempDir(), "requirements.txt"), ""), test.python)
		if err != nil || by != test.want {
			t.Errorf("%s: %q, %v", test.name, by, err)
		}
	}
}

func zipped(t *testing.T, name string, files map[string]string) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z := zip.NewWriter(f)
	for member, content := range files {
		w, err := z.Create(member)
		if err == nil {
			_, err = w.Write([]byte(content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
}
