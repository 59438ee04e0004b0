package integration

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moult-build/moult/internal/dev/lab"
)

// The guard on executed vertices: after a change only that runs again which
// the change concerns. It measures no time, so that it holds on any machine.

// changing builds a project, changes it and builds it again.
func changing(t *testing.T, dir string, change func()) []string {
	t.Helper()
	l := lab.Need(t)
	b := moult(t, dir)
	b.Exports = append(b.Exports, lab.ToRegistry(l.Image("changing:test")))
	mustBuild(t, l, b)
	change()
	return steps(mustBuild(t, l, b))
}

// only fails the test unless exactly these steps ran, in any order. "run x *" is
// any step whose text begins so.
func only(t *testing.T, ran []string, want ...string) {
	t.Helper()
	for _, step := range ran {
		if !slices.ContainsFunc(want, func(w string) bool { return matches(step, w) }) {
			t.Errorf("%q ran again", step)
		}
	}
	for _, w := range want {
		if !slices.ContainsFunc(ran, func(step string) bool { return matches(step, w) }) {
			t.Errorf("%q did not run again; what ran: %q", w, ran)
		}
	}
}

func matches(step, want string) bool {
	start, open := strings.CutSuffix(want, " *")
	return step == want || open && strings.HasPrefix(step, start)
}

// unique is a comment that no build has seen before: the lab's daemon outlives
// a test run, and its cache with it.
func unique() string { return fmt.Sprintf("# changed at %d\n", time.Now().UnixNano()) }

// application is what runs after a change of the code.
var application = []string{copyTheApplication, compileApplication, merge}

func TestNothingRunsWhenNothingChanged(t *testing.T) {
	t.Parallel()
	dir := example(t, "digits-api")
	only(t, changing(t, dir, func() {}))
}

func TestAChangeOfTheCodeReinstallsNothing(t *testing.T) {
	t.Parallel()
	dir := example(t, "digits-api")
	only(t, changing(t, dir, func() {
		edit(t, filepath.Join(dir, "digits/app.py"), "\n", "\n"+unique())
	}), append(application, selectTheApplication("digits"))...)
}

func TestToolSettingsAndTheVersionReinstallNothing(t *testing.T) {
	t.Parallel()
	dir := example(t, "digits-api")
	ran := changing(t, dir, func() {
		edit(t, filepath.Join(dir, "pyproject.toml"), `version = "1.0.0"`, `version = "1.0.1"`)
		edit(t, filepath.Join(dir, "pyproject.toml"), "[tool.pytest", "[tool.ruff]\nline-length = 100\n\n[tool.pytest")
	})
	only(t, ran)
}

// unlocked is a project of the lab's own packages without a lock.
func unlocked(l *lab.Lab, dependencies string) map[string]string {
	return map[string]string{
		"pyproject.toml": `# syntax=registry.example.com/moult:1
[project]
name = "unlocked"
version = "1"
requires-python = ">=3.13,<3.14"
dependencies = [` + dependencies + `]

[tool.moult]
cmd = ["python", "main.py"]
index = [{ name = "lab", url = "` + l.Packages.URL() + `", default = true }]
`,
		"main.py": "print('hello')\n",
	}
}

func TestTheBuilderIsNotPulledWhereNothingIsBuilt(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	r := mustBuild(t, l, moult(t, example(t, "hello")))
	for _, v := range r.Vertexes {
		if what := does(v); strings.HasSuffix(what, "/library/python:3.13") || strings.Contains(what, "/library/python:3.13@") {
			t.Errorf("%q concerns the builder", what)
		}
	}
}
