package integration

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moby/buildkit/solver/errdefs"

	"github.com/moult-build/moult/internal/dev/lab"
)

// variants is a project with targets and build arguments.
func variants(l *lab.Lab) map[string]string {
	files := unlocked(l, `"lab-pure"`)
	files["pyproject.toml"] = strings.Replace(files["pyproject.toml"], "[tool.moult]", `[project.optional-dependencies]
fast = ["lab-c"]

[tool.moult]
extras = ["${EXTRAS}"]`, 1) + `
[tool.moult.args]
GIT_SHA = {default = "unknown", description = "what is built"}
EXTRAS = {default = "", choices = ["", "fast"]}
NEEDED = {description = "must be given"}

[tool.moult.env]
RELEASE = "r-${GIT_SHA}"
PATH = "/opt/tools/bin:${PATH}"

[tool.moult.labels]
revision = "${GIT_SHA}"

[tool.moult.target.dev]
description = "for those who work on it"
args = {EXTRAS = "fast"}
env = {DEBUG = "1"}
cmd = ["python", "-c", "import lab_pure, lab_c, os; print('dev', os.environ['RELEASE'])"]

[tool.moult.target.stamped]
inherits = "dev"
[[tool.moult.target.stamped.steps]]
name = "stamp"
run = ["python", "-c", "import os; open('/app/stamp', 'w').write(os.environ['STAMP'])"]
env = {STAMP = "${GIT_SHA}"}

[tool.moult.target.locked]
user = "${NEEDED}"
`
	files["main.py"] = unique() + "print('main')\n"
	return files
}

func TestTargetsAndBuildArgumentsReachTheImage(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := project(t, variants(l))
	build := func(opts ...string) []string {
		t.Helper()
		return steps(mustBuild(t, l, moult(t, dir, opts...)))
	}
	image := func(name string, opts ...string) (env []string, labels map[string]string, ref string) {
		t.Helper()
		b, ref := push(l, moult(t, dir, opts...), name)
		mustBuild(t, l, b)
		img, err := l.ReadImage(t.Context(), ref, "")
		if err != nil {
			t.Fatal(err)
		}
		return img.Config.Config.Env, img.Config.Config.Labels, ref
	}

	env, labels, _ := image("targets:main", "build-arg:GIT_SHA=abc")
	if !slices.Contains(env, "RELEASE=r-abc") || labels["revision"] != "abc" || slices.Contains(env, "DEBUG=1") {
		t.Errorf("the image has %q and %v", env, labels)
	}
	if !slices.ContainsFunc(env, func(v string) bool { return strings.HasPrefix(v, "PATH=/opt/tools/bin:/opt/venv/bin:") }) {
		t.Errorf("PATH is not prefixed: %q", env)
	}
	env, labels, ref := image("targets:dev", "target=dev")
	if !slices.Contains(env, "RELEASE=r-unknown") || !slices.Contains(env, "DEBUG=1") || labels["revision"] != "unknown" {
		t.Errorf("the image of dev has %q and %v", env, labels)
	}
	if out := output(t, l, ref); !strings.Contains(out, "dev r-unknown") {
		t.Errorf("it prints %q", out)
	}

	// What an argument or a target does not concern is not run again.
	now := fmt.Sprint(time.Now().UnixNano())
	only(t, build("build-arg:GIT_SHA="+now))
	only(t, build("target=dev", "build-arg:GIT_SHA="+now))
	build("target=stamped")
	only(t, build("target=stamped", "build-arg:GIT_SHA="+now), "run python -c *")
	only(t, build("build-arg:EXTRAS=fast")) // dev has made it
	for _, name := range build("target=dev", "build-arg:EXTRAS=") {
		if strings.HasPrefix(name, "wheels ") || name == copyTheApplication || name == compileApplication {
			t.Errorf("%q ran again", name)
		}
	}
}

func TestAMistakeInATargetShowsItsLine(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	files := variants(l)
	dir := project(t, files)
	lineOf := func(text string) int {
		before, _, ok := strings.Cut(files["pyproject.toml"], text)
		if !ok {
			t.Fatalf("there is no %q", text)
		}
		return 1 + strings.Count(before, "\n")
	}
	for _, c := range []struct {
		opts []string
		line int
		want string
	}{
		{[]string{"target=locked"}, lineOf(`user = "${NEEDED}"`), "the build argument NEEDED has no default and was not given"},
		{[]string{"target=nosuch"}, lineOf("[tool.moult]"), `there is no target "nosuch"`},
		{[]string{"build-arg:EXTRAS=slow"}, lineOf("EXTRAS = {"), "none of its choices"},
	} {
		_, err := l.Build(t.Context(), moult(t, dir, c.opts...))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: the build says %v, it should say %q", c.opts, err, c.want)
			continue
		}
		if sources := errdefs.Sources(err); len(sources) == 0 || int(sources[len(sources)-1].Ranges[0].Start.Line) != c.line {
			t.Errorf("%v: the error is not shown at line %d: %v", c.opts, c.line, sources)
		}
	}
}

func TestBuildxListsTargetsAndArguments(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := project(t, variants(l))
	edit(t, filepath.Join(dir, "pyproject.toml"), "registry.example.com/moult:1", l.Image("moult:dev"))
	for _, c := range []struct {
		args []string
		want []string
	}{
		{[]string{"--call", "targets"}, []string{"runtime (default)", "for those who work on it", "stamped"}},
		{[]string{"--call", "outline", "--target", "dev"}, []string{"dev", "GIT_SHA", "what is built", "fast", "must be given (no default)"}},
		{[]string{"--call", "outline", "--target", "locked"}, []string{"NEEDED"}},
	} {
		out, err := buildx(t, l, dir, append([]string{"--builder", "lab", "-f", "pyproject.toml", "."}, c.args...)...)
		if err != nil {
			t.Errorf("%v: %v\n%s", c.args, err, out)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(out, want) {
				t.Errorf("%v does not say %q:\n%s", c.args, want, out)
			}
		}
	}
}
