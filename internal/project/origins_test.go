package project

import (
	"slices"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/source"
)

// requested gives the lines that pip is asked for, or the error.
func requested(t *testing.T, text string, sel Selection) ([]string, error) {
	t.Helper()
	got, err := Requirements(mustRead(t, text), sel)
	if err != nil {
		return nil, err
	}
	return texts(got.Lines), nil
}

func named(names ...string) []source.At[string] {
	var list []source.At[string]
	for _, name := range names {
		list = append(list, source.At[string]{V: name})
	}
	return list
}

func TestAMarkerOnAnExtraOfTheProjectItselfCounts(t *testing.T) {
	const text = `
[project]
name = "pkg"
dependencies = ["b"]
[project.optional-dependencies]
a = ["one"]
cuda = ["two ; python_version >= '3.9'"]
all = ["pkg[a]", "pkg[cuda]; sys_platform == 'win32'"]
`
	linux, windows := &pep508.Environment{SysPlatform: "linux", PythonVersion: "3.12"}, &pep508.Environment{SysPlatform: "win32", PythonVersion: "3.12"}
	for _, c := range []struct {
		env  *pep508.Environment
		want string
	}{
		{linux, "b|one"},
		{windows, `b|one|two; python_version >= "3.9"`},
		{nil, `b|one|two; python_version >= "3.9" and sys_platform == "win32"`},
	} {
		got, err := requested(t, text, Selection{Extras: named("all"), Environment: c.env})
		if strings.Join(got, "|") != c.want || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	}
}

func TestMembersAtAnyDepthBelongToTheWorkspace(t *testing.T) {
	const members = `
-- libs/a/pyproject.toml --
[project]
name = "a"
-- libs/deep/er/b/pyproject.toml --
[project]
name = "b"
-- libs/old/x/y/pyproject.toml --
[project]
name = "y"
-- libs/.venv/z/pyproject.toml --
[project]
name = "z"
-- other/c/pyproject.toml --
[project]
name = "c"
`
	for pattern, want := range map[string]string{
		`["libs/**"]`:              "libs/a libs/deep/er/b libs/old/x/y",
		`["**/b"]`:                 "libs/deep/er/b",
		`["libs/**/y", "other/*"]`: "libs/old/x/y other/c",
		`["libs/*"]`:               "libs/a",
		"[\"libs/**\"]\nexclude = [\"libs/old\"]":  "libs/a libs/deep/er/b",
		"[\"libs/**\"]\nexclude = [\"**/er/**\"]":  "libs/a libs/old/x/y",
		"[\"libs/**\"]\nexclude = [\"libs/*/*\"]":  "libs/a",
		"[\"**\"]\nexclude = [\"libs\", \"none\"]": "other/c",
	} {
		p := mustRead(t, "[tool.uv.workspace]\nmembers = "+pattern+members)
		var dirs []string
		for _, m := range p.Workspace.Members {
			dirs = append(dirs, m.Dir)
		}
		if got := strings.Join(dirs, " "); got != want {
			t.Errorf("%s: %s", pattern, got)
		}
	}
}

func TestARepositoryWithLFSIsAnErrorWhereItIsUsed(t *testing.T) {
	const text = `
[project]
name = "a"
dependencies = ["b"]
[dependency-groups]
dev = ["c"]
[tool.uv.sources]
c = {git = "https://example.com/c", lfs = true}
b = {git = "https://example.com/b", lfs = false}
`
	if got, err := requested(t, text, Selection{}); err != nil || !slices.Equal(got, []string{"b @ git+https://example.com/b"}) {
		t.Errorf("%q, %v", got, err)
	}
	_, err := requested(t, text, Selection{Groups: named("dev")})
	if err == nil || !strings.HasPrefix(err.Error(), "pyproject.toml:7:43: c comes from a repository with Git LFS") {
		t.Error(err)
	}
}

func TestAlternativesAreAnErrorOnlyWhereOneSpecifierIsNeeded(t *testing.T) {
	const text = `
[tool.poetry]
name = "a"
version = "1"
[tool.poetry.dependencies]
python = "~3.9 || ^3.11"
b = "^1 || ^2"
[tool.poetry.group.dev.dependencies]
c = "<=1.10 || >=1.16"
`
	p := mustRead(t, text)
	if p.RequiresPython.V != ">=3.9,!=3.10.*,<4.0" {
		t.Error(p.RequiresPython.V)
	}
	if got, err := requested(t, text, Selection{}); err != nil || !slices.Equal(got, []string{"b<3,>=1"}) {
		t.Errorf("%q, %v", got, err)
	}
	_, err := requested(t, text, Selection{Groups: named("dev")})
	want := `pyproject.toml:8:1: c: "<=1.10 || >=1.16" cannot be written as one version specifier; write one range, or lock the project: a lock needs no specifier`
	if err == nil || err.Error() != want {
		t.Error(err)
	}
}

func TestVersionsOfAPipfileThatCannotBeReadAreAnErrorOnlyWhereTheyAreAskedFor(t *testing.T) {
	const text = `
-- moult.toml --
-- Pipfile --
[packages]
b = "*"
[dev-packages]
c = "latest"
d = {version = "~>1", markers = "python_version > '3'"}
`
	if got, err := requested(t, text, Selection{}); err != nil || !slices.Equal(got, []string{"b"}) {
		t.Errorf("%q, %v", got, err)
	}
	_, err := requested(t, text, Selection{Groups: named("dev")})
	if want := "Pipfile:4:5: c: \"latest\" is not a version constraint\nPipfile:5:16: d: \"~>1\" is not a version constraint"; err == nil || err.Error() != want {
		t.Error(err)
	}
}

func TestAPipfileWithoutPackagesGivesWayToARequirementFile(t *testing.T) {
	const files = "\n-- requirements.txt --\na\n-- Pipfile --\n"
	for keys, want := range map[string][]string{
		"":                   {"a"},
		"groups = [\"dev\"]": nil, // the build file wants the other packages of the Pipfile
	} {
		got, err := requested(t, "\n-- moult.toml --\n"+keys+files+"[packages]\n[dev-packages]\nc = \"*\"\n", Selection{})
		if !slices.Equal(got, want) || err != nil {
			t.Errorf("%s: %q, %v", keys, got, err)
		}
	}
	if _, err := readTree("\n-- moult.toml --" + files + "packages = 3\n"); err == nil || !strings.HasPrefix(err.Error(), "Pipfile:1:12: packages must be a table") {
		t.Error(err)
	}
}

func TestAPoetryRequirementComesFromWhereItsOwnEntrySays(t *testing.T) {
	const text = `
[tool.poetry]
name = "a"
version = "1"
[tool.poetry.dependencies]
torch = {url = "https://example.com/torch-1+cpu-py3-none-any.whl"}
[tool.poetry.group.gpu.dependencies]
vision = {git = "https://example.com/vision.git", tag = "v1"}
[tool.poetry.group.plain.dependencies]
vision = "^2"
gone = {path = "../gone", optional = true}
`
	for group, want := range map[string]string{
		"gpu":   "torch @ https://example.com/torch-1+cpu-py3-none-any.whl|vision @ git+https://example.com/vision.git@v1",
		"plain": "torch @ https://example.com/torch-1+cpu-py3-none-any.whl|vision<3,>=2",
	} {
		if got, err := requested(t, text, Selection{Groups: named(group)}); err != nil || strings.Join(got, "|") != want {
			t.Errorf("%s: %q, %v", group, got, err)
		}
	}
}

func TestPDMsEditableDependenciesAreRead(t *testing.T) {
	const text = `
[project]
name = "a"
[tool.pdm.dev-dependencies]
dev = ["-e git+https://example.com/tool.git@v1#egg=tool[x]", "-e file:///${PROJECT_ROOT}/lib#egg=lib"]
test = ["-e file:///${PROJECT_ROOT}/gone#egg=gone"]
-- lib/pyproject.toml --
[project]
name = "lib"
dependencies = ["d"]
`
	got, err := requested(t, text, Selection{Groups: named("dev")})
	if err != nil || strings.Join(got, "|") != "d|tool[x] @ git+https://example.com/tool.git@v1" {
		t.Errorf("%q, %v", got, err)
	}
	// A folder that is missing counts where its group is used.
	if _, err := requested(t, text, Selection{Groups: named("test")}); err == nil || !strings.Contains(err.Error(), `there is no folder or file "gone"`) {
		t.Error(err)
	}
}

func TestNewerFormsOfWorkspaceSourcesAreRead(t *testing.T) {
	const text = `
[project]
name = "a"
dependencies = ["b"]
[dependency-groups]
dev = ["c"]
[tool.uv.sources]
b = {workspace = false}
c = {workspace = "../other"}
`
	if got, err := requested(t, text, Selection{}); err != nil || !slices.Equal(got, []string{"b"}) {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := requested(t, text, Selection{Groups: named("dev")}); err == nil || !strings.HasPrefix(err.Error(), "pyproject.toml:8:18: c is a member of another workspace, ../other") {
		t.Error(err)
	}
}

func TestAProjectThatUVPackagesWithoutABuildSystemNeedsSetuptools(t *testing.T) {
	p := mustRead(t, "[project]\nname = \"shop\"\nversion = \"1\"\n[tool.uv]\npackage = true\n")
	if p.BuildSystem == nil || len(p.BuildSystem.Requires) != 1 || p.BuildSystem.Requires[0].Name != "setuptools" || p.BuildSystem.Backend.V != "setuptools.build_meta:__legacy__" {
		t.Errorf("%+v", p.BuildSystem)
	}
}
