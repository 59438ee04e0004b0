package pipeline_test

import (
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/pipeline/worldtest"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
)

// The locks are those that uv 0.13.9 writes.
func TestAWheelOfARepositoryIsInstalledFromALockOnly(t *testing.T) {
	decide := func(sources, locked, required string, without ...string) (*plan.Plan, error) {
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
		for _, name := range without {
			delete(files, name)
		}
		_, d, err := worldtest.Decide(t.Context(), worldtest.Files(files), "pyproject.toml", project.Options{}, worldtest.World{})
		if err != nil {
			return nil, err
		}
		return d.Plan, nil
	}
	const repository = `git = "https://x.invalid/r?path=dist%2Fb-1-py3-none-any.whl`
	const commit = "02cf1cf62a8bc96890606208be0ceea36d13861c"
	const source = `git = "https://x.invalid/r", path = "dist/b-1-py3-none-any.whl"`
	p, err := decide(source, repository+`#`+commit+`"`, repository+`"`)
	if err != nil {
		t.Fatal(err)
	}
	want := &plan.Git{URL: "https://x.invalid/r", Commit: commit, File: "dist/b-1-py3-none-any.whl", SHA256: "8e568ea9812b9dc09c8589c2cae6ce340974ba392945e27176b22c1a03ef0aae"}
	if len(p.Packages) != 1 || !reflect.DeepEqual(p.Packages[0].Origin, want) || p.Building != nil {
		t.Errorf("%+v", p.Packages)
	}
	for name, test := range map[string]struct{ source, locked, want string }{
		"another file":            {strings.Replace(source, "dist/", "other/", 1), repository, "uv.lock does not match the project any more"},
		"a folder":                {`git = "https://x.invalid/r"`, repository, "uv.lock does not match the project any more"},
		"a file of another":       {source, strings.Replace(repository, "Fb-1", "Fc-1", 1), "is a wheel of c and not of b"},
		"a file outside":          {source, strings.Replace(repository, "dist%2F", "..%2F", 1), "is not a path in the repository"},
		"a file with an own path": {source, strings.Replace(repository, "dist%2F", "%2F", 1), "is not a path in the repository"},
		"a file and a folder":     {source + `, subdirectory = "dist"`, repository, "a file of a repository has no subdirectory"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := decide(test.source, test.locked+`#`+commit+`"`, repository+`"`); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Error(err)
			}
		})
	}
	// pip resolves without a lock, and does not know such a source.
	if _, err := decide(source, repository, repository, "uv.lock"); err == nil || !strings.Contains(err.Error(), "of a repository, which pip does not install") {
		t.Error(err)
	}
	const file = `path = "vendor/b-1-py3-none-any.whl"`
	p, err = decide(file, file, file)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Packages) != 1 || p.Packages[0].Origin != (plan.ContextFile{Path: "vendor/b-1-py3-none-any.whl", SHA256: want.SHA256}) {
		t.Errorf("%+v", p.Packages)
	}
}
