package pipeline_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/pipeline/worldtest"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
)

// The locks are those that uv 0.13.9 writes.
func TestAWheelOfARepositoryIsAnErrorThatSaysWhatCanBeBuilt(t *testing.T) {
	decide := func(sources, locked, required string) (*plan.Plan, error) {
		files := fstest.MapFS{
			"vendor/b-1-py3-none-any.whl": {Data: []byte("x")},
			"pyproject.toml": {Data: []byte("[project]\nname = \"x\"\nversion = \"1\"\nrequires-python = \">=3.11\"\ndependencies = [\"b\"]\n" +
				"[tool.uv.sources]\nb = { " + sources + " }\n[tool.moult]\npython = \"3.13\"\ncmd = [\"python\"]\n")},
			"uv.lock": {Data: []byte(`version = 1
revision = 5
requires-python = ">=3.11"

[[package]]
name = "b"
version = "1"
source = { ` + locked + ` }
wheels = [
    { filename = "b-1-py3-none-any.whl", hash = "sha256:8e568ea9812b9dc09c8589c2cae6ce340974ba392945e27176b22c1a03ef0aae" },
]

[[package]]
name = "x"
version = "1"
source = { virtual = "." }
dependencies = [
    { name = "b" },
]

[package.metadata]
requires-dist = [{ name = "b", ` + required + ` }]
`)},
		}
		_, d, err := worldtest.Decide(t.Context(), worldtest.Files(files), "pyproject.toml", project.Options{}, worldtest.World{})
		if err != nil {
			return nil, err
		}
		return d.Plan, nil
	}
	const repository = `git = "https://x.invalid/r?path=dist%2Fb-1-py3-none-any.whl`
	_, err := decide(`git = "https://x.invalid/r", path = "dist/b-1-py3-none-any.whl"`, repository+`#02cf1cf62a8bc96890606208be0ceea36d13861c"`, repository+`"`)
	if err == nil || !strings.HasPrefix(err.Error(), "pyproject.toml:7:43: b is the file dist/b-1-py3-none-any.whl of a repository") ||
		!strings.Contains(err.Error(), `write {path = "vendor/b-1-py3-none-any.whl"}, and run: uv lock`) {
		t.Error(err)
	}
	const file = `path = "vendor/b-1-py3-none-any.whl"`
	p, err := decide(file, file, file)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Packages) != 1 || p.Packages[0].Origin != (plan.ContextFile{Path: "vendor/b-1-py3-none-any.whl"}) {
		t.Errorf("%+v", p.Packages)
	}
}
