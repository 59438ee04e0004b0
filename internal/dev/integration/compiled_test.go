package integration

import (
	"context"
	"slices"
	"strings"
	"testing"

	gwclient "github.com/moby/buildkit/frontend/gateway/client"

	"github.com/moult-build/moult/internal/dev/lab"
)

// invalid is a project with files that its Python cannot compile.
func invalid(t *testing.T) string {
	t.Helper()
	return project(t, map[string]string{
		"pyproject.toml": "[project]\nname = \"invalid\"\nversion = \"1\"\nrequires-python = \">=3.13,<3.14\"\n\n" +
			"[tool.moult]\ncmd = [\"python\", \"main.py\"]\n",
		"main.py": "print('main')\n", "old.py": "x = 1\nprint 'old'\n", "lib/merged.py": "<<<<<<< HEAD\n",
		"{{cookiecutter.name}}/main.py": "import {{cookiecutter.name}}\n",
	})
}

func TestAFileThatPythonCannotCompileIsAWarningAtItsLine(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := invalid(t)
	b, ref := push(l, moult(t, dir), "invalid-syntax:test")
	r := mustBuild(t, l, b)
	var warned []string
	for _, w := range r.Warnings {
		if strings.HasPrefix(w.Short, "InvalidSyntax: ") {
			warned = append(warned, w.Short)
		}
	}
	slices.Sort(warned)
	if len(warned) != 2 || !strings.HasPrefix(warned[0], "InvalidSyntax: lib/merged.py:1:1: Python 3.13 cannot compile it (SyntaxError: invalid syntax); ") ||
		!strings.HasPrefix(warned[1], "InvalidSyntax: old.py:2:1: Python 3.13 cannot compile it (SyntaxError: Missing parentheses") {
		t.Errorf("the build warns of\n%s", strings.Join(warned, "\n"))
	}
	told, err := l.ReadImage(t.Context(), ref, "linux/amd64")
	if err != nil {
		t.Fatal(err)
	}
	b, ref = push(l, moult(t, dir, "build-arg:BUILDKIT_DOCKERFILE_CHECK=skip=InvalidSyntax"), "invalid-syntax:skipped")
	if r := mustBuild(t, l, b); slices.ContainsFunc(r.Warnings, func(w lab.Warning) bool { return strings.HasPrefix(w.Short, "InvalidSyntax") }) {
		t.Error("a rule that is skipped warns")
	}
	skipped, err := l.ReadImage(t.Context(), ref, "linux/amd64")
	if err != nil {
		t.Fatal(err)
	}
	if told.Digest != skipped.Digest {
		t.Errorf("the image is %s, and without the rule %s", told.Digest, skipped.Digest)
	}
}

func TestASummaryCountsTheFilesThatWereCompiled(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	b := moult(t, invalid(t))
	build := b.Func
	var said string
	b.Func = func(ctx context.Context, c gwclient.Client) (*gwclient.Result, error) {
		res, err := build(ctx, c)
		if res != nil {
			said = string(res.Metadata["frontend.result.inlinemessage"])
		}
		return res, err
	}
	mustBuild(t, l, b)
	if !strings.HasPrefix(said, "invalid for linux/amd64: no packages, 1 file compiled and 2 not, ") {
		t.Errorf("the summary is %q", said)
	}
}
