package pipeline_test

import (
	"os"
	"path"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/check"
	"github.com/moult-build/moult/internal/lock"
	"github.com/moult-build/moult/internal/pipeline"
	"github.com/moult-build/moult/internal/pipeline/worldtest"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
)

// twoLocks reads a project of Poetry that has a uv.lock, too. more is added to
// its pyproject.toml.
func twoLocks(t *testing.T, uv, more string) (*pipeline.Project, error) {
	t.Helper()
	files := fstest.MapFS{"uv.lock": {Data: []byte(uv)}, "main.py": {Data: []byte("if __name__ == \"__main__\":\n    print()\n")}}
	for _, name := range []string{"pyproject.toml", "poetry.lock"} {
		content, err := os.ReadFile(path.Join("../lock/testdata/cases/p-groupopt", name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: content}
	}
	files["pyproject.toml"].Data = append(files["pyproject.toml"].Data, more...)
	read, err := project.Read(worldtest.Files(files), "pyproject.toml", project.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := pipeline.Read(read, worldtest.Files(files), pipeline.Options{Target: plan.TargetRuntime})
	if err != nil {
		t.Fatal(err)
	}
	return p, p.ReadLock()
}

func TestALockOfUVWithoutAProjectOfPoetryIsPassedOver(t *testing.T) {
	const head, standard = "version = 1\nrequires-python = \">=3.9\"\n", "\n[project]\nname = \"demo\"\nversion = \"1.0\"\n"
	member := func(name string) string {
		return head + "\n[[package]]\nname = \"" + name + "\"\nversion = \"1.0\"\nsource = { virtual = \".\" }\n"
	}
	for name, test := range map[string]struct {
		uv, more string
		want     lock.Format
	}{
		"an empty file":           {"\n", "", lock.Poetry},
		"a lock of nothing":       {head, "", lock.Poetry},
		"a lock of another":       {member("other"), "", lock.Poetry},
		"the project's lock":      {member("demo"), "", lock.UV},
		"a project that uv reads": {head, standard, lock.UV},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := twoLocks(t, test.uv, test.more)
			if err != nil {
				t.Fatal(err)
			}
			if p.Locks.Used.Format != test.want {
				t.Fatalf("%s is used", p.Locks.Used.File.Name)
			}
			found := check.Project{Project: p.Project, Python: p.Chosen, Command: p.Command, Locks: p.Locks, Today: "2026-11-29"}.Check()
			if !slices.ContainsFunc(found, func(f check.Finding) bool {
				return f.Rule == check.SeveralLocks && (test.want != lock.Poetry || f.Msg == "poetry.lock is used; uv.lock is not")
			}) {
				t.Errorf("nothing tells which lock is used: %v", found)
			}
		})
	}
	if _, err := twoLocks(t, "version = \n", ""); err == nil {
		t.Error("a broken uv.lock is passed over")
	}
}
