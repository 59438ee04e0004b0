package project

import (
	"slices"
	"strings"
	"testing"
)

func TestWhatIsSaidAboutBuildingAPackage(t *testing.T) {
	p := mustRead(t, `
[project]
name = "app"
dependencies = ["flash-attn"]

[tool.moult.package.Flash_Attn]
env = { MAX_JOBS = "4" }

[tool.uv]
no-build-isolation-package = ["flash-attn"]
build-constraint-dependencies = ["setuptools<80", { requirement = "cython<4" }]
config-settings = { all = "yes" }

[tool.uv.extra-build-variables]
flash-attn = { MAX_JOBS = "1", SKIP = "TRUE" }

[tool.uv.config-settings-package]
numpy = { blas = ["one", "two"] }
`)
	s, ok := p.PackageBuild("flash-attn")
	if !ok || !s.NoIsolation || !s.Builds() {
		t.Errorf("%+v", s)
	}
	var env []string
	for _, v := range s.Env {
		env = append(env, v.Name+"="+v.Value.V)
	}
	if !slices.Equal(env, []string{"MAX_JOBS=4", "SKIP=TRUE"}) {
		t.Errorf("[tool.moult] wins over [tool.uv]: %v", env)
	}
	if len(s.ConfigSettings) != 1 || s.ConfigSettings[0].Name != "all" {
		t.Errorf("the settings for all packages count: %v", s.ConfigSettings)
	}
	if s, _ := p.PackageBuild("numpy"); len(s.ConfigSettings) != 2 || s.ConfigSettings[1].Value.V != "two" {
		t.Errorf("%v", s.ConfigSettings)
	}
	if got := p.PackagesBuilt(); !slices.Equal(got, []string{"flash-attn", "numpy"}) {
		t.Errorf("%v", got)
	}
	if len(p.BuildConstraints()) != 2 {
		t.Errorf("%v", p.BuildConstraints())
	}
}

func TestUVsBuildTablesAreCheckedWithTheirLines(t *testing.T) {
	for table, want := range map[string]string{
		"extra-build-dependencies = { flash = \"torch\" }":        "pyproject.toml:3:38:",
		"build-constraint-dependencies = [\"not a requirement\"]": "pyproject.toml:3:34:",
		"extra-build-variables = { flash = [] }":                  "pyproject.toml:3:35:",
	} {
		_, err := readTree("\n[project]\n[tool.uv]\n" + table + "\n")
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want it at %s", table, err, want)
		}
	}
}

// A member of a workspace is built as the workspace's root says.
func TestAMemberIsBuiltAsItsWorkspaceSays(t *testing.T) {
	p, err := Read(FS(tree(`
[tool.uv]
no-binary-package = ["lxml"]
[tool.uv.workspace]
members = ["one"]
-- one/pyproject.toml --
[project]
name = "one"
[tool.uv]
no-binary-package = ["other"]
`)), "one/pyproject.toml", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := p.PackagesBuilt(); !slices.Equal(got, []string{"lxml"}) {
		t.Errorf("%v", got)
	}
}

func TestPDMsSourcesBindPackages(t *testing.T) {
	p := mustRead(t, `
[project]
name = "app"
dependencies = ["Ours.Core", "ours-tools", "other"]

[[tool.pdm.source]]
name = "company"
url = "https://packages.example.com/simple"
include_packages = ["ours_*", "exact"]
`)
	for name, want := range map[string]string{"ours-core": "company", "exact": "company", "other": "", "our": ""} {
		if got := p.IndexFor(name); got.V != want {
			t.Errorf("%s is bound to %q, want %q", name, got.V, want)
		}
	}
	requested, err := Requirements(p, Selection{})
	if err != nil {
		t.Fatal(err)
	}
	if len(requested.IndexPins) != 2 || requested.IndexPins[0].Name != "ours-core" || requested.IndexPins[1].Index.URL.V != "https://packages.example.com/simple" {
		t.Errorf("%+v", requested.IndexPins)
	}
}
