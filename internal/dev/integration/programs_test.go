package integration

import (
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
)

func TestACommandThatIsNotInTheImageIsToldOf(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	for cmd, want := range map[string]string{
		`["nothing-has-this", "x"]`:             "cmd starts nothing-has-this",
		`["sh", "-c", "exec poetry run serve"]`: "cmd starts poetry",
		`["env"]`:                               "",
	} {
		dir := project(t, map[string]string{"pyproject.toml": "[tool.moult]\npython = \"3.13\"\ncmd = " + cmd + "\n", "main.py": ""})
		var told []string
		for _, w := range mustBuild(t, l, moult(t, dir)).Warnings {
			if text, ok := strings.CutPrefix(w.Short, "MissingProgram: "); ok {
				told = append(told, text)
			}
		}
		if got := strings.Join(told, "; "); !strings.HasPrefix(got, want) || (got == "") != (want == "") {
			t.Errorf("%s: %q, want %q", cmd, got, want)
		}
	}
}
