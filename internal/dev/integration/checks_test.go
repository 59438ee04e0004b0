package integration

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gwclient "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/frontend/subrequests/lint"
	"github.com/moby/buildkit/solver/pb"

	"github.com/moult-build/moult/internal/check/libraries/elftest"
	"github.com/moult-build/moult/internal/dev/lab"
)

// careless is a locked project that breaks many rules, with the line of each.
func careless(t *testing.T, l *lab.Lab) (files map[string]string, want []string) {
	t.Helper()
	c := l.Packages.Scope(t.Name())
	object, err := elftest.Object("", "libpq.so.5", "libstdc++.so.6", "libc.so.6")
	if err != nil {
		t.Fatal(err)
	}
	lock := "lock-version = \"1.0\"\ncreated-by = \"test\"\n"
	for _, one := range []struct {
		name    string
		modules map[string]string
	}{
		{"careless_one", map[string]string{"careless_one/_c.so": string(object), "tests/__init__.py": "1\n"}},
		{"careless_two", map[string]string{"careless_two.py": "2\n", "tests/__init__.py": "2\n"}},
	} {
		file, content := wheelOf(t, one.name, one.modules)
		// The rule looks into wheels for one platform.
		file = strings.Replace(file, "-py3-none-any", "-py3-none-manylinux_2_17_x86_64", 1)
		if err := c.Add(file, content); err != nil {
			t.Fatal(err)
		}
		lock += "\n[[packages]]\nname = \"" + strings.ReplaceAll(one.name, "_", "-") + "\"\nversion = \"1.0\"\nwheels = [{ url = \"" +
			c.FileURL(file) + "\", hashes = { sha256 = \"" + sum(content) + "\" } }]\n"
	}
	return map[string]string{
			"pylock.toml": lock, "poetry.lock": "", "main.py": "print()\n", "deploy/id_rsa": "-----BEGIN OPENSSH PRIVATE KEY-----\n",
			"pyproject.toml": `# syntax=registry.example.com/moult:1
# check=skip=RunsAsRoot,NoSuchRule
[project]
name = "careless"
version = "1"
dependencies = [
  "careless-one",
  "careless-two",
]
[tool.moult]
python = "3.13"
user = "root"
cmd = ["sh", "-c", "python main.py"]
[tool.moult.env]
API_TOKEN = "abc"
`,
		}, []string{
			"pyproject.toml:2 UnknownRule", "pyproject.toml:8 FileConflict", "pyproject.toml:7 MissingLibrary", "pyproject.toml:10 SecretFile",
			"pyproject.toml:10 SeveralLocks", "pyproject.toml:13 ShellCommand", "pyproject.toml:15 SecretInEnv",
		}
}

// linted asks for the check in the test's own process.
func linted(t *testing.T, l *lab.Lab, b lab.Build) (results lint.LintResults, status string) {
	t.Helper()
	answer := subrequest(t, l, b, lint.RequestLint)
	if err := json.Unmarshal(answer["result.json"], &results); err != nil {
		t.Fatal(err)
	}
	return results, string(answer["result.statuscode"])
}

// subrequest makes a subrequest in the test's own process.
func subrequest(t *testing.T, l *lab.Lab, b lab.Build, request string) map[string][]byte {
	t.Helper()
	build := b.Func
	var res *gwclient.Result
	b.Exports, b.Opts = nil, maps.Clone(b.Opts)
	b.Opts["requestid"] = request
	b.Func = func(ctx context.Context, c gwclient.Client) (r *gwclient.Result, err error) {
		res, err = build(ctx, c)
		return res, err
	}
	r, err := l.Build(t.Context(), b)
	if err != nil {
		t.Fatalf("%v\n%s", err, r.Log())
	}
	return res.Metadata
}

// placed are the rules of an answer with their places, sorted by these.
func placed(r lint.LintResults) []string {
	var all []string
	for _, w := range r.Warnings {
		at := "-"
		if n := w.Location.SourceIndex; n >= 0 {
			at = fmt.Sprintf("%s:%d", r.Sources[n].Filename, w.Location.Ranges[0].Start.Line)
		}
		all = append(all, at+" "+w.RuleName)
	}
	return all
}

func sortedLines(lines []string) string {
	lines = slices.Clone(lines)
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func TestTheRulesInACheckAndInABuild(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	files, want := careless(t, l)
	dir := project(t, files)
	results, status := linted(t, l, moult(t, dir))
	if status != "1" || results.Error != nil || sortedLines(placed(results)) != sortedLines(want) {
		t.Errorf("the check ends with %s and says %v\n%s\nwant\n%s", status, results.Error, sortedLines(placed(results)), sortedLines(want))
	}
	for _, w := range results.Warnings {
		if w.RuleName == "MissingLibrary" && (!strings.Contains(w.Detail, "needs libpq.so.5, which") || !strings.Contains(w.Detail, `apt.run = ["libpq5"]`)) {
			t.Errorf("it says %q", w.Detail)
		}
	}

	// Up to v0.12, BuildKit reads mounts by their content.
	old := moult(t, dir)
	old.Func = without(old.Func, pb.CapExecMountContentCache)
	if results, _ := linted(t, l, old); sortedLines(placed(results)) != sortedLines(want) {
		t.Errorf("by an older BuildKit, the check says\n%s\nwant\n%s", sortedLines(placed(results)), sortedLines(want))
	}

	r := mustBuild(t, l, moult(t, dir))
	var warned []string
	for _, w := range r.Warnings {
		rule, _, _ := strings.Cut(w.Short, ":")
		warned = append(warned, fmt.Sprintf("%s:%d %s", w.File, w.Line, rule))
		if w.URL == "" || w.Detail == "" || !strings.Contains(w.Short, fmt.Sprintf("(line %d)", w.Line)) {
			t.Errorf("a warning is %+v", w)
		}
	}
	if sortedLines(warned) != sortedLines(want) {
		t.Errorf("the build warns of\n%s\nwant\n%s", sortedLines(warned), sortedLines(want))
	}

	edit(t, dir+"/pyproject.toml", "skip=RunsAsRoot,NoSuchRule", "error=true")
	if _, err := l.Build(t.Context(), moult(t, dir)); err == nil || !strings.Contains(err.Error(), "SeveralLocks") {
		t.Errorf("with error=true the build ends with %v", err)
	}
	mustBuild(t, l, moult(t, dir, "build-arg:BUILDKIT_DOCKERFILE_CHECK=skip=all"))
}

func TestACheckOfAFileThatCannotBeBuilt(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := project(t, map[string]string{"main.py": "print()\n", "pyproject.toml": `[project]
name = "x"
[tool.moult]
expos = [8000]
user = "root"
cmd = "python main.py"
[[tool.moult.index]]
url = "https://me:password@packages.example.com/simple"
`})
	results, status := linted(t, l, moult(t, dir))
	want := "pyproject.toml:4 UnknownKey\npyproject.toml:5 RunsAsRoot\npyproject.toml:6 ShellForm\npyproject.toml:8 CredentialsInURL"
	if status != "1" || results.Error != nil || sortedLines(placed(results)) != want {
		t.Errorf("the check says %v\n%s", results.Error, sortedLines(placed(results)))
	}
	write(t, dir+"/pyproject.toml", "[project\n")
	if results, _ = linted(t, l, moult(t, dir)); results.Error == nil || results.Error.Location.Ranges[0].Start.Line != 1 {
		t.Errorf("the error is %+v", results.Error)
	}
}

func TestBuildxShowsTheCheck(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	files, want := careless(t, l)
	dir := project(t, files)
	edit(t, dir+"/pyproject.toml", "registry.example.com/moult:1", l.Image("moult:dev"))
	cmd := exec.CommandContext(t.Context(), filepath.Join(l.Dir, "bin", "buildx"), "build", "--check", "-f", "pyproject.toml", ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "BUILDX_BUILDER="+lab.BuilderName, "DOCKER_CONFIG="+filepath.Join(l.Dir, "docker"))
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Error("the check of a careless project succeeds")
	}
	for _, one := range want {
		at, rule, _ := strings.Cut(one, " ")
		if !strings.Contains(string(out), "WARNING: "+rule+" - https://") || !strings.Contains(string(out), "\n"+at+"\n") {
			t.Errorf("%s is not told", one)
		}
	}
	if !strings.Contains(string(out), `>>> cmd = ["sh", "-c", "python main.py"]`) {
		t.Error("no line is shown")
	}
	if t.Failed() {
		t.Logf("%s", out)
	}
}
