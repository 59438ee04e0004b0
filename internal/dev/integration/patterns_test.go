package integration

import (
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
