package integration

import (
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
)

func TestAScriptThatNamesAnotherEnvironmentRunsWithALinkAndIsToldWithoutOne(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := plain(t, `entrypoint = ["./start.sh"]
cmd = []
`, "import sys\nprint(sys.prefix)\n")
	write(t, dir+"/start.sh", "#!/bin/sh\nset -e\n. /venv/bin/activate\nexec /venv/bin/python main.py\n")
	results, _ := linted(t, l, moult(t, dir))
	if got := sortedLines(placed(results)); got != "start.sh:3 MissingProgram\nstart.sh:4 MissingProgram" {
		t.Errorf("the check says %v\n%s", results.Error, got)
	}
	edit(t, dir+"/pyproject.toml", "cmd = []", `cmd = []
[[tool.moult.steps]]
run = ["ln", "-s", "/opt/venv", "/venv"]
inputs = []`)
	b, ref := push(l, moult(t, dir), "other-environment:test")
	for _, w := range mustBuild(t, l, b).Warnings {
		t.Errorf("the build warns of %q", w.Short)
	}
	if got := strings.TrimSpace(output(t, l, ref)); got != "/venv" && got != "/opt/venv" {
		t.Errorf("the program's environment is %q", got)
	}
}
