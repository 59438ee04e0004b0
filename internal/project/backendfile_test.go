package project

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/pypkg/pep503"
)

const ofTools = `
[dependency-groups]
dev = ["pytest"]
[tool.ruff]
line-length = 100
[tool.moult]
expose = [80]
[tool.mypy]
strict = true
[tool.uv]
dev-dependencies = []
[tool.notes]
a = 1
`

// tablesLeft gives the tables that the backend sees.
func tablesLeft(t *testing.T, files fstest.MapFS) string {
	t.Helper()
	p, err := Read(FS(files), "pyproject.toml", Options{})
	if err != nil {
		t.Fatal(err)
	}
	var headers []string
	for _, l := range strings.Split(p.BuildSystem.Pyproject, "\n") {
		if strings.HasPrefix(l, "[") {
			headers = append(headers, strings.Trim(l, "[]"))
		}
	}
	return strings.Join(headers, " ")
}

func TestABackendGetsTheTablesThatItReads(t *testing.T) {
	const all = "dependency-groups tool.uv tool.notes"
	for _, c := range []struct{ requires, backend, own, file, want string }{
		{`"hatchling"`, "hatchling.build", "[tool.hatch.version]\npath = 'x.py'", "", "project build-system tool.hatch.version"},
		{`"hatchling", "hatch-vcs"`, "hatchling.build", "[tool.hatch.build]\nx = 1\n[tool.setuptools_scm]", "", "project build-system tool.hatch.build tool.setuptools_scm"},
		{`"hatchling", "hatch-mypyc"`, "hatchling.build", "[tool.hatch.build]\nx = 1", "", "project build-system tool.hatch.build tool.mypy"},
		{`"hatchling"`, "hatchling.build", "[tool.hatch.build.hooks.custom]", "", "project build-system tool.hatch.build.hooks.custom " + all},
		{`"hatchling"`, "hatchling.build", "[tool.hatch.build.targets.wheel.hooks.custom]\nx = 1", "", "project build-system tool.hatch.build.targets.wheel.hooks.custom " + all},
		{`"hatchling", "hatch-of-ours"`, "hatchling.build", "[tool.hatch-of-ours]", "", "project build-system tool.hatch-of-ours " + all},
		{`"setuptools>=61", "wheel"`, "setuptools.build_meta", "[tool.setuptools]\nzip-safe = false", "", "project build-system tool.setuptools"},
		{`"setuptools>=61"`, "setuptools.build_meta", "[tool.setuptools]\nzip-safe = false", "setup.py", "project build-system tool.setuptools " + all},
		{`"setuptools>=61"`, "setuptools.build_meta", "[tool.setuptools.dynamic]\nreadme = {attr = 'x.y'}", "", "project build-system tool.setuptools.dynamic " + all},
		{`"setuptools", "mypy"`, "setuptools.build_meta", "", "", "project build-system dependency-groups tool.mypy tool.uv tool.notes"},
		{`"setuptools", "setuptools-scm[toml]"`, "setuptools.build_meta", "[tool.setuptools_scm]", "", "project build-system tool.setuptools_scm"},
		{`"poetry-core"`, "poetry.core.masonry.api", "[tool.poetry]\npackages = []", "", "project build-system tool.poetry"},
		{`"poetry-core"`, "poetry.core.masonry.api", "[tool.poetry.build]\nscript = 'x.py'", "", "project build-system tool.poetry.build " + all},
		{`"uv_build"`, "uv_build", "", "", "project build-system tool.uv"},
		{`"flit_core>=3"`, "flit_core.buildapi", "[tool.flit.sdist]\nx = 1", "", "project build-system tool.flit.sdist"},
		{`"pdm-backend"`, "pdm.backend", "[tool.pdm.build]\nx = 1", "pdm_build.py", "project build-system tool.pdm.build " + all},
		{`"pdm-backend"`, "pdm.backend", "[tool.pdm.build]\nx = 1", "", "project build-system tool.pdm.build"},
		{`"maturin"`, "maturin", "[tool.maturin]\nx = 1", "", "project build-system tool.maturin " + all},
		{`"something"`, "something.api", "", "", "project build-system " + all},
	} {
		text := "[project]\nname = \"demo\"\nversion = \"1\"\n[build-system]\nrequires = [" + c.requires + "]\nbuild-backend = \"" + c.backend + "\"\n" + c.own + ofTools
		files := fstest.MapFS{"pyproject.toml": {Data: []byte(text)}, "demo.py": {}}
		if c.file != "" {
			files[c.file] = &fstest.MapFile{}
		}
		if got := tablesLeft(t, files); got != c.want {
			t.Errorf("%s with %s and %q: the backend sees %q, want %q", c.backend, c.requires, c.own, got, c.want)
		}
	}
}

func TestTheBackendsFileIsThatOfItsProject(t *testing.T) {
	const text = "[project]\nname = \"demo\"\nversion = \"1\"\n[build-system]\nrequires = [\"hatchling\"]\nbuild-backend = \"hatchling.build\"\n"
	files := fstest.MapFS{"pyproject.toml": {Data: []byte(text)}, "other.toml": {Data: []byte(text)}}
	p, err := Read(FS(files), "other.toml", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if p.BuildSystem.Pyproject != "" {
		t.Errorf("pyproject.toml is replaced by what other.toml says: %q", p.BuildSystem.Pyproject)
	}
}

func TestTheTablesOfToolsHaveNormalizedNames(t *testing.T) {
	names := slices.Clone(neverInBuilds)
	for requirement, tables := range readsTables {
		names = append(append(names, requirement), tables...)
	}
	for _, name := range names {
		if pep503.Normalize(name) != name {
			t.Errorf("%s is never found: it is compared with %s", name, pep503.Normalize(name))
		}
	}
}
