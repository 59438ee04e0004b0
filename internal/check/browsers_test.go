package check_test

import (
	"slices"
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/check"
	"github.com/moult-build/moult/internal/project"
)

func TestAPackageWithoutItsBrowserIsFound(t *testing.T) {
	const needs = "[project]\nname = \"shop\"\nversion = \"1\"\ndependencies = [\"six\", \"playwright>=1.40\"]\n[tool.moult]\ncmd = [\"python\", \"main.py\"]\n"
	for _, test := range []struct {
		name, text string
		want       bool
	}{
		{"no step", needs, true},
		{"another step", needs + "[[tool.moult.steps]]\nrun = [\"python\", \"-c\", \"import playwright\"]\n", true},
		{"a step that installs it", needs + "[[tool.moult.steps]]\nrun = [\"python\", \"-m\", \"playwright\", \"install\", \"chromium\"]\n", false},
		{"a step of a shell", needs + "[[tool.moult.steps]]\nrun = [\"sh\", \"-c\", \"PLAYWRIGHT_BROWSERS_PATH=/srv/b playwright install\"]\n", false},
		{"a folder that brings it", needs + "env = {PLAYWRIGHT_BROWSERS_PATH = \"/srv/browsers\"}\n", false},
		{"a base that has it", needs + "base = \"mcr.microsoft.com/playwright/python:v1.50.0-noble\"\n", false},
		{"a browser of the distribution", needs + "apt.run = [\"chromium\"]\n", false},
		{"no such package", "[project]\nname = \"shop\"\nversion = \"1\"\ndependencies = [\"pytest-playwright\"]\n[tool.moult]\ncmd = [\"python\", \"main.py\"]\n", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := project.Read(project.FS(fstest.MapFS{"pyproject.toml": &fstest.MapFile{Data: []byte(test.text)}}), "pyproject.toml", project.Options{})
			if err != nil {
				t.Fatal(err)
			}
			found := check.Project{Project: p}.Check()
			n := slices.IndexFunc(found, func(f check.Finding) bool { return f.Rule == check.MissingBrowser })
			if n >= 0 != test.want || n >= 0 && (found[n].Pos.Line != 4 || found[n].Hint == "") {
				t.Errorf("%v", found)
			}
		})
	}
}
