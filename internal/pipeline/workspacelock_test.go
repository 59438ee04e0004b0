package pipeline_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/pipeline/worldtest"
	"github.com/moult-build/moult/internal/project"
)

func TestTheLockOfAWorkspacePrecedesOneOfAnotherToolInAMember(t *testing.T) {
	const lock = "version = 1\nrequires-python = \">=3.13\"\n[manifest]\nmembers = [\"shop\"]\n[[package]]\nname = \"shop\"\nversion = \"1\"\nsource = { virtual = \"backend\" }\n"
	const old = "[[package]]\nname = \"gone\"\nversion = \"1\"\nfiles = []\n[metadata]\nlock-version = \"2.0\"\npython-versions = \"*\"\ncontent-hash = \"x\"\n"
	member := "[project]\nname = \"shop\"\nversion = \"1\"\nrequires-python = \">=3.13\"\n[tool.moult]\npython = \"3.13\"\ncmd = [\"python\"]\n"
	for _, test := range []struct{ name, root, member, want string }{
		{"a project of the standard", lock, member, ""},
		{"a project of Poetry", lock, "[tool.poetry]\nname = \"shop\"\nversion = \"1\"\n[tool.poetry.dependencies]\npython = \"^3.13\"\n[tool.moult]\npython = \"3.13\"\ncmd = [\"python\"]\n", "poetry.lock does not match the project any more"},
		{"a lock of the workspace without the project", strings.ReplaceAll(lock, "shop", "other"), member, "poetry.lock does not match the project any more"},
		{"an empty lock of the workspace", "\n", member, "poetry.lock does not match the project any more"},
		{"no lock of the workspace", "", member, "poetry.lock does not match the project any more"},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := fstest.MapFS{
				"pyproject.toml":         {Data: []byte("[tool.uv.workspace]\nmembers = [\"backend\"]\n")},
				"backend/pyproject.toml": {Data: []byte(test.member)}, "backend/poetry.lock": {Data: []byte(old)},
			}
			if test.root != "" {
				files["uv.lock"] = &fstest.MapFile{Data: []byte(test.root)}
			}
			p, _, err := worldtest.Decide(t.Context(), worldtest.Files(files), "backend/pyproject.toml", project.Options{}, worldtest.World{})
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Fatalf("got %v, want %q", err, test.want)
			}
			if test.want == "" && (p.Locks.Used.File.Name != "uv.lock" || strings.Join(p.Locks.Others, " ") != "poetry.lock") {
				t.Errorf("%s, %q", p.Locks.Used.File.Name, p.Locks.Others)
			}
		})
	}
}
