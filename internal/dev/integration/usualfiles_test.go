package integration

import (
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
)

func TestTheFilesOfABuildBackendAreNotRequestedOneByOne(t *testing.T) {
	t.Parallel()
	r := mustBuild(t, lab.Need(t), moult(t, project(t, map[string]string{
		"pyproject.toml": "# syntax=registry.example.com/moult:1\n[build-system]\nrequires = [\"setuptools\", \"setuptools-scm\"]\nbuild-backend = \"setuptools.build_meta\"\n" +
			"[project]\nname = \"from-git\"\ndynamic = [\"version\"]\nrequires-python = \">=3.13,<3.14\"\n[tool.setuptools]\npy-modules = [\"from_git\"]\n[tool.setuptools_scm]\n" +
			"[tool.moult]\ncmd = [\"python\", \"-m\", \"from_git\"]\n",
		"from_git.py": "",
		".git/HEAD":   strings.Repeat("01", 20) + "\n", ".git/refs/tags/v1.0": strings.Repeat("01", 20) + "\n",
	})))
	loaded := false
	for _, v := range r.Vertexes {
		loaded = loaded || strings.Contains(v.Name, "load the project's files")
		for _, name := range []string{"setup.py", "setup.cfg", "PKG-INFO"} {
			if strings.HasSuffix(v.Name, "load "+name) {
				t.Errorf("there is a request %q", v.Name)
			}
		}
	}
	if !loaded {
		t.Error("the project's files are not loaded")
	}
}
