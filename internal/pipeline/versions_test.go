package pipeline_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/pipeline/worldtest"
	"github.com/moult-build/moult/internal/project"
)

const (
	thisCommit  = "1111111111111111111111111111111111111111"
	otherCommit = "2222222222222222222222222222222222222222"
	hatchVCS    = `
[build-system]
requires = ["hatchling", "hatch-vcs"]
build-backend = "hatchling.build"
[tool.hatch.version]
source = "vcs"
`
)

// backends are the tables of projects whose backends ask git.
var backends = map[string]string{
	"hatch-vcs": hatchVCS,
	"setuptools-scm": `
[build-system]
requires = ["setuptools>=80", "setuptools_scm[toml]>=8"]
build-backend = "setuptools.build_meta"
[tool.setuptools_scm]
`,
	"setuptools-scm without a table": `
[build-system]
requires = ["setuptools>=80", "setuptools-scm[simple]>=9"]
build-backend = "setuptools.build_meta"
`,
	"pdm-backend": `
[build-system]
requires = ["pdm-backend"]
build-backend = "pdm.backend"
[tool.pdm.version]
source = "scm"
`,
	"poetry-dynamic-versioning": `
[build-system]
requires = ["poetry-core", "poetry-dynamic-versioning>=1"]
build-backend = "poetry_dynamic_versioning.backend"
[tool.poetry]
version = "0.0.0"
[tool.poetry-dynamic-versioning]
enable = true
`,
	"uv-dynamic-versioning": `
[build-system]
requires = ["hatchling", "uv-dynamic-versioning"]
build-backend = "hatchling.build"
[tool.hatch.version]
source = "uv-dynamic-versioning"
`,
	"pbr": `
[build-system]
requires = ["setuptools", "pbr>=6"]
build-backend = "pbr.build"
`,
}

// gitProject is a project with a dynamic version.
func gitProject(tables string, files map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{
		"pyproject.toml":   {Data: []byte("[project]\nname = \"app\"\ndynamic = [\"version\"]\nrequires-python = \">=3.12,<3.14\"\n" + tables)},
		"app/__init__.py":  {},
		"app/__main__.py":  {Data: []byte("print()\n")},
		".git/HEAD":        {Data: []byte(thisCommit + "\n")},
		".git/packed-refs": {Data: []byte("# pack-refs with: peeled fully-peeled sorted\n" + thisCommit + " refs/tags/v1.2.3\n" + otherCommit + " refs/tags/v1.2.2\n")},
	}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
		if text == "" {
			delete(fsys, name)
		}
	}
	return fsys
}

// toldVersion decides and returns what the backend of app is told.
func toldVersion(t *testing.T, fsys fstest.MapFS, args map[string]string) (vars map[string]string, p *project.Project, err error) {
	t.Helper()
	read, d, err := worldtest.Decide(t.Context(), worldtest.Files(fsys), "pyproject.toml", project.Options{Args: args}, worldtest.World{})
	if err != nil {
		return nil, read.Project, err
	}
	vars = map[string]string{}
	for _, s := range d.Plan.Building.Sources {
		if s.Name == "app" {
			for _, v := range s.Env {
				vars[v.Name] = v.Value
			}
		}
	}
	return vars, read.Project, nil
}

func TestBackendsThatAskGitAreToldTheVersion(t *testing.T) {
	variables := map[string]string{
		"hatch-vcs": "SETUPTOOLS_SCM_PRETEND_VERSION", "setuptools-scm": "SETUPTOOLS_SCM_PRETEND_VERSION",
		"setuptools-scm without a table": "SETUPTOOLS_SCM_PRETEND_VERSION", "pdm-backend": "PDM_BUILD_SCM_VERSION",
		"poetry-dynamic-versioning": "POETRY_DYNAMIC_VERSIONING_BYPASS", "uv-dynamic-versioning": "UV_DYNAMIC_VERSIONING_BYPASS", "pbr": "PBR_VERSION",
	}
	for name, tables := range backends {
		t.Run(name, func(t *testing.T) {
			check := func(from, want string, fsys fstest.MapFS, args map[string]string) {
				t.Helper()
				vars, p, err := toldVersion(t, fsys, args)
				if err != nil || vars[variables[name]] != want || len(p.UnusedArgs) > 0 || len(p.GuessedVersions) > 0 {
					t.Errorf("%s: %v %v, want %s; %v %v", from, err, vars, want, p.UnusedArgs, p.GuessedVersions)
				}
			}
			check("a tag", "1.2.3", gitProject(tables, nil), nil)
			check("VERSION", "2.0", gitProject(tables, nil), map[string]string{"VERSION": "2.0"})
			check("the tool's variable", "3.0", gitProject(tables, map[string]string{".git/HEAD": ""}), map[string]string{variables[name]: "3.0"})
			check("a key", "4.0", gitProject(tables+"[tool.moult]\nversion = \"4.0\"\n", nil), map[string]string{})
			check("a key with an argument", "5.0", gitProject(tables+"[tool.moult]\nversion = \"${V}\"\nargs.V = \"\"\n", nil), map[string]string{"V": "5.0"})
			check("a key of the package", "6.0", gitProject(tables+"[tool.moult]\nversion = \"4.0\"\npackage.app.version = \"6.0\"\n", nil), nil)
			check("the PKG-INFO of an sdist", "7.0", gitProject(tables, map[string]string{".git/HEAD": "", "PKG-INFO": "Metadata-Version: 2.1\nName: App\nVersion: 7.0\n"}), nil)
			_, _, err := toldVersion(t, gitProject(tables, map[string]string{".git/HEAD": ""}), nil)
			if err == nil || !strings.Contains(err.Error(), "--build-arg VERSION=1.2.3") {
				t.Errorf("without git: %v", err)
			}
			_, _, err = toldVersion(t, gitProject(tables, map[string]string{".git/HEAD": "", "PKG-INFO": "Name: other\nVersion: 7.0\n"}), nil)
			if err == nil || !strings.Contains(err.Error(), "the version of app comes from git by ") || !strings.Contains(err.Error(), "--build-arg VERSION=1.2.3") {
				t.Errorf("without git: %v", err)
			}
			_, p, err := toldVersion(t, gitProject(tables, map[string]string{".git/HEAD": "3333333333333333333333333333333333333333\n"}), nil)
			if err != nil || len(p.GuessedVersions) != 1 || p.GuessedVersions[0].Version != "1.2.4.dev0" {
				t.Errorf("between tags: %v %v", err, p.GuessedVersions)
			}
		})
	}
}

// Where there is no git, setuptools takes the list of a package's files from the
// *.egg-info of an sdist.
func TestTheBackendOfAnSdistGetsItsListOfFiles(t *testing.T) {
	for _, released := range []bool{false, true} {
		changed := map[string]string{}
		if released {
			changed = map[string]string{".git/HEAD": "", "PKG-INFO": "Name: app\nVersion: 7.0\n"}
		}
		_, d, err := worldtest.Decide(t.Context(), worldtest.Files(gitProject(backends["setuptools-scm"], changed)), "pyproject.toml", project.Options{}, worldtest.World{})
		if err != nil {
			t.Fatal(err)
		}
		excluded := slices.ContainsFunc(d.Plan.Building.Sources[0].Folder().Exclude, func(pattern string) bool { return strings.Contains(pattern, "egg-info") })
		if excluded == released {
			t.Errorf("a release: %v, its list of files is left out: %v", released, excluded)
		}
	}
}

func TestAVersionThatGitDoesNotHaveIsLeftToTheBackend(t *testing.T) {
	for name, tables := range map[string]string{
		"a version for trees without git": hatchVCS + "fallback-version = \"0.0\"\n",
		"setuptools-scm for its list of files": `
[build-system]
requires = ["setuptools>=80", "setuptools-scm"]
build-backend = "setuptools.build_meta"
[tool.setuptools.dynamic]
version = {attr = "app.__version__"}
`,
		"poetry's plugin, switched off": `
[build-system]
requires = ["poetry-core", "poetry-dynamic-versioning"]
build-backend = "poetry_dynamic_versioning.backend"
[tool.poetry]
version = "1.0"
[tool.poetry-dynamic-versioning]
enable = false
`,
		"versioningit with its own": `
[build-system]
requires = ["hatchling", "versioningit"]
build-backend = "hatchling.build"
[tool.hatch.version]
source = "versioningit"
[tool.versioningit]
default-version = "0.0"
`,
	} {
		vars, _, err := toldVersion(t, gitProject(tables, map[string]string{".git/HEAD": ""}), nil)
		if err != nil || len(vars) > 0 {
			t.Errorf("%s: %v %v", name, err, vars)
		}
	}
}

func TestAToolThatTakesNoVersionSaysWhatToWrite(t *testing.T) {
	const tables = "[build-system]\nrequires = [\"hatchling\", \"versioningit\"]\nbuild-backend = \"hatchling.build\"\n[tool.hatch.version]\nsource = \"versioningit\"\n"
	_, _, err := toldVersion(t, gitProject(tables, nil), nil)
	const want = "comes from versioningit, which needs a git repository, and a build has none; write [tool.versioningit] default-version, or take a tool that"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v\nwant %s", err, want)
	}
}

func TestAMemberOfAWorkspaceGetsTheVersionOfItsRepository(t *testing.T) {
	fsys := gitProject("dependencies = [\"lib\"]\n[tool.uv.sources]\nlib = {path = \"lib\"}\n", map[string]string{
		"lib/pyproject.toml":   "[project]\nname = \"lib\"\ndynamic = [\"version\"]\n" + hatchVCS,
		"lib/lib/__init__.py ": "x",
	})
	_, d, err := worldtest.Decide(t.Context(), worldtest.Files(fsys), "pyproject.toml", project.Options{}, worldtest.World{})
	if err != nil {
		t.Fatal(err)
	}
	if s := d.Plan.Building.Sources; len(s) != 1 || s[0].Name != "lib" || len(s[0].Env) == 0 || s[0].Env[0].Value != "1.2.3" {
		t.Errorf("%+v", s)
	}
}

func TestAVersionForAProjectThatHasOneIsAnError(t *testing.T) {
	fsys := gitProject("[tool.moult]\nversion = \"2.0\"\n[build-system]\nrequires = [\"hatchling\"]\nbuild-backend = \"hatchling.build\"\n", nil)
	fsys["pyproject.toml"].Data = []byte(strings.Replace(string(fsys["pyproject.toml"].Data), `dynamic = ["version"]`, `version = "1.0"`, 1))
	_, _, err := toldVersion(t, fsys, nil)
	if err == nil || !strings.HasPrefix(err.Error(), "pyproject.toml:6:11: the version of app is in [project]") {
		t.Error(err)
	}
}
