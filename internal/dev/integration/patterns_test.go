package integration

import (
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
)

func TestPatternsThatMatchNoFileAreFound(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := project(t, map[string]string{"main.py": "print()\n", "templates/index.html": "", "docs/a/b.html": "", ".npmrc": "registry=https://npm.example.com/\n", "pyproject.toml": `[tool.moult]
python = "3.13"
cmd = ["python", "main.py"]
[tool.moult.app]
include = [
  "main.py",
  "template",
  "templates/*.html",
  ".npmrc",
  "!docs",
]
[[tool.moult.files]]
from = "docs/**/*.html"
to = "/srv/docs"
[[tool.moult.files]]
from = "docs/*.htm"
to = "/srv/docs"
`})
	results, _ := linted(t, l, moult(t, dir))
	want := "pyproject.toml:16 EmptyPattern\npyproject.toml:7 EmptyPattern"
	if results.Error != nil || sortedLines(placed(results)) != want {
		t.Errorf("the check says %v\n%s\nwant\n%s", results.Error, sortedLines(placed(results)), want)
	}
}

func TestFilesThatAreNotThereAreToldOfAtTheirLine(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	for keys, want := range map[string]string{
		"from = \"nowhere\"\n":                                `there is no /nowhere; check the name, and that .dockerignore`,
		"from = \"/nowhere\"\nimage = \"python:3.13-slim\"\n": `there is no /nowhere`,
	} {
		_, err := l.Build(t.Context(), moult(t, project(t, map[string]string{
			"main.py": "print()\n", "pyproject.toml": "[tool.moult]\npython = \"3.13\"\n[[tool.moult.files]]\n" + keys + "to = \"/srv/\"\n",
		})))
		if err == nil || !strings.Contains(err.Error(), "pyproject.toml:3:") || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", keys, err)
		}
	}
}
