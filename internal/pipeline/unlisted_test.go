package pipeline_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/check"
	"github.com/moult-build/moult/internal/pipeline/worldtest"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
)

func TestPackagesWhoseFilesAPoetryLockDoesNotListAreThoseOfTheIndex(t *testing.T) {
	const (
		head  = "[tool.poetry]\nname = \"shop\"\nversion = \"1\"\n[tool.poetry.dependencies]\npython = \">=3.8\"\nsix = \"^1.16\"\n"
		entry = "[[package]]\nname = \"six\"\nversion = \"1.16.0\"\ndescription = \"\"\noptional = false\npython-versions = \"*\"\n"
		hash  = "content-hash = \"31dac2d74fba30c69d877477dc340fab0b8d3e114d7645aaeb35819e03c5de21\"\n"
	)
	for name, test := range map[string]struct {
		lock string
		want string // of the error
	}{
		"in the list of Poetry 1.1":  {entry + "category = \"main\"\n[metadata]\nlock-version = \"1.1\"\npython-versions = \">=3.8\"\n" + hash + "[metadata.files]\nsix = []\n", ""},
		"in its entry":               {entry + "files = []\n[metadata]\nlock-version = \"2.0\"\npython-versions = \">=3.8\"\n" + hash, ""},
		"and not even an empty list": {entry + "category = \"main\"\n[metadata]\nlock-version = \"1.1\"\npython-versions = \">=3.8\"\n" + hash + "[metadata.files]\n", "six 1.16.0 has no files in the lock"},
	} {
		files := fstest.MapFS{
			"pyproject.toml": {Data: []byte(head)}, "poetry.lock": {Data: []byte(test.lock)}, "main.py": {Data: []byte("import six\nprint(six)\n")},
		}
		p, d, err := worldtest.Decide(t.Context(), worldtest.Files(files), "pyproject.toml", project.Options{}, worldtest.World{Patch: "5"})
		if test.want != "" {
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !slices.ContainsFunc(d.Plan.Packages, func(p plan.Package) bool { return p.Name == "six" && p.Version == "1.16.0" }) {
			t.Errorf("%s: %+v", name, d.Plan.Packages)
		}
		found := check.Project{Project: p.Project, Python: p.Chosen, Command: p.Command, Locks: p.Locks}.Check()
		n := slices.IndexFunc(found, func(f check.Finding) bool { return f.Rule == check.UnpinnedLock })
		if n < 0 || found[n].Pos.String() != "poetry.lock:1:3" || !strings.HasPrefix(found[n].Msg, "poetry.lock lists no files of six, so that") {
			t.Errorf("%s: %+v", name, found)
		}
	}
}
