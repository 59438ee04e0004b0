package plan_test

import (
	"testing"

	"github.com/moby/patternmatcher"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
)

func TestTheDataOfAPackageIsNotLeftOut(t *testing.T) {
	const build = "[project]\nname = \"shop\"\nversion = \"1\"\n[build-system]\nrequires = []\n[tool.moult]\ncmd = [\"shop\"]\n"
	p, err := planned(t, mapFS(map[string]string{"pyproject.toml": build, "shop/__init__.py": ""}), "pyproject.toml", project.Options{})
	if err != nil {
		t.Fatal(err)
	}
	tree, err := patternmatcher.New(p.Building.Sources[0].Folder().Exclude)
	if err != nil {
		t.Fatal(err)
	}
	copied, err := project.Read(project.FS(mapFS(map[string]string{"pyproject.toml": "[project]\nname = \"shop\"\n"})), "pyproject.toml", project.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name       string
		built, app bool
	}{
		{"shop/templates/Dockerfile", true, true},
		{"shop/templates/compose.yml", true, true},
		{"shop/templates/.github/ci.yml", true, true},
		{"shop/templates/.gitlab-ci.yml", true, true},
		{"shop/plugin.pyc", true, true},
		{"shop/templates/.env.production", true, false},
		{"web/.env.production", true, false},
		{".env.production", true, false},
		{"Dockerfile", true, false},
		{"compose.yml", true, false},
		{".github/workflows/ci.yml", true, false},
		{".env", false, false},
		{".git/config", false, false},
		{"lib/.git", false, false},
		{"shop/__pycache__/a.cpython-313.pyc", false, false},
		{"shop.egg-info/SOURCES.txt", false, false},
		{"web/.venv/bin/python", false, false},
	} {
		out, err := tree.MatchesOrParentMatches(test.name)
		if err != nil || out == test.built {
			t.Errorf("the backend gets %s: %v, %v", test.name, !out, err)
		}
		if got := plan.InApp(copied, test.name); got != test.app {
			t.Errorf("the application has %s: %v", test.name, got)
		}
	}
}
