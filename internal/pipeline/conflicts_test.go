package pipeline_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/pipeline/worldtest"
	"github.com/moult-build/moult/internal/project"
)

// uv 0.13 calls the same locks fresh and stale ("uv lock --check").
func TestTheConflictsOfAllMembersOfAWorkspaceAreComparedWithTheLock(t *testing.T) {
	member := func(name, conflicts string) string {
		return "[project]\nname = \"" + name + "\"\nversion = \"1.0\"\nrequires-python = \">=3.11\"\ndependencies = []\n" +
			"[project.optional-dependencies]\none = []\ntwo = []\n[tool.moult]\npython = \"3.13\"\ncmd = [\"python\"]\n[tool.uv]\npackage = false\n" + conflicts
	}
	const oneTwo = "conflicts = [[{extra = \"one\"}, {extra = \"two\"}]]\n"
	const workspace = "[tool.uv.workspace]\nmembers = [\"a\", \"b\"]\n"
	set := func(name string) string {
		return "{ package = \"" + name + "\", extra = \"one\" },\n    { package = \"" + name + "\", extra = \"two\" },\n"
	}
	lock := func(sets ...string) string {
		text := "version = 1\nrevision = 3\nrequires-python = \">=3.11\"\n"
		if len(sets) > 0 {
			text += "conflicts = [[\n    " + strings.Join(sets, "], [\n    ") + "]]\n"
		}
		text += "\n[manifest]\nmembers = [\"a\", \"b\", \"root\"]\n"
		for _, name := range []string{"a", "b", "root"} {
			at := map[string]string{"root": "."}[name]
			if at == "" {
				at = name
			}
			text += "\n[[package]]\nname = \"" + name + "\"\nversion = \"1.0\"\nsource = { virtual = \"" + at + "\" }\n\n[package.metadata]\nprovides-extras = [\"one\", \"two\"]\n"
		}
		return text
	}
	for _, c := range []struct {
		name, root, a, lock, build string
		want                       string
	}{
		{"all of them", oneTwo, oneTwo, lock(set("a"), set("root")), "pyproject.toml", ""},
		{"all of them, by a member", oneTwo, oneTwo, lock(set("a"), set("root")), "a/pyproject.toml", ""},
		{"one that another member has now", oneTwo, oneTwo, lock(set("root")), "pyproject.toml", "a/pyproject.toml:14:14: uv.lock does not match the project any more: the lock was made without the conflict of the extra one of a, the extra two of a"},
		{"one that the root has now", oneTwo, "", lock(), "pyproject.toml", "pyproject.toml:14:14: uv.lock does not match the project any more: the lock was made without the conflict of the extra one of root, the extra two of root"},
		{"one that the root has now, by a member", oneTwo, "", lock(), "a/pyproject.toml", "pyproject.toml:14:14: uv.lock does not match the project any more: the lock was made without"},
		{"none any more", "", "", lock(set("a")), "pyproject.toml", "uv.lock does not match the project any more: it was made for conflicts, which the project does not have"},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := fstest.MapFS{
				"pyproject.toml":   {Data: []byte(member("root", c.root) + workspace)},
				"a/pyproject.toml": {Data: []byte(member("a", c.a))},
				"b/pyproject.toml": {Data: []byte(member("b", ""))},
				"uv.lock":          {Data: []byte(c.lock)},
			}
			_, _, err := worldtest.Decide(t.Context(), worldtest.Files(files), c.build, project.Options{}, worldtest.World{})
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
