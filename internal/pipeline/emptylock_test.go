package pipeline_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/check"
	"github.com/moult-build/moult/internal/pipeline/worldtest"
	"github.com/moult-build/moult/internal/project"
)

func TestAnEmptyLockIsPassedOverOrSaidToBeEmpty(t *testing.T) {
	const moult, hashed = "python = \"3.13\"\ncmd = [\"python\"]\n", "six==1.17.0 --hash=sha256:0000000000000000000000000000000000000000000000000000000000000000\n"
	const pyproject = "[project]\nname = \"shop\"\nversion = \"1\"\ndependencies = [\"six\"]\n[tool.moult]\n" + moult
	for name, c := range map[string]struct {
		files map[string]string
		want  string // of the error or the finding
	}{
		"beside requirements":         {map[string]string{"moult.toml": moult, "requirements.txt": "six\n", "uv.lock": ""}, "NoLock: uv.lock is empty, and there is no other lock file"},
		"beside pinned requirements":  {map[string]string{"moult.toml": moult, "requirements.txt": "six==1.17.0\n", "uv.lock": ""}, "NoLock: uv.lock is empty, and there is no other lock file"},
		"several beside requirements": {map[string]string{"moult.toml": moult, "requirements.txt": "six\n", "uv.lock": "", "poetry.lock": "\n"}, "NoLock: uv.lock, poetry.lock are empty, and there is no other"},
		"of Pipenv":                   {map[string]string{"moult.toml": moult, "requirements.txt": "six\n", "Pipfile.lock": " \n"}, "NoLock: Pipfile.lock is empty"},
		"beside hashed requirements":  {map[string]string{"moult.toml": moult, "requirements.txt": hashed, "uv.lock": ""}, "SeveralLocks: requirements.txt is used; uv.lock is empty"},
		"beside another lock":         {map[string]string{"pyproject.toml": pyproject, "uv.lock": "", "pylock.toml": "lock-version = \"1.0\"\ncreated-by = \"x\"\n[[packages]]\nname = \"six\"\nversion = \"1.17.0\"\nwheels = [{url = \"https://files.example.com/six-1.17.0-py2.py3-none-any.whl\", hashes = {sha256 = \"0000000000000000000000000000000000000000000000000000000000000000\"}}]\n"}, "SeveralLocks: pylock.toml is used; uv.lock is not"},
		"the only one":                {map[string]string{"pyproject.toml": pyproject, "uv.lock": ""}, "uv.lock:1:1: the lock is empty; remove it, or make it again: uv lock"},
		"of Poetry, the only one":     {map[string]string{"pyproject.toml": pyproject, "poetry.lock": ""}, "poetry.lock:1:1: the lock is empty; remove it, or make it again: poetry lock"},
		"named by the build file":     {map[string]string{"moult.toml": moult + "lock = \"uv.lock\"\n", "requirements.txt": "six\n", "uv.lock": ""}, "uv.lock:1:1: the lock is empty"},
	} {
		files := fstest.MapFS{}
		build := "pyproject.toml"
		for name, text := range c.files {
			files[name] = &fstest.MapFile{Data: []byte(text)}
			if name == "moult.toml" {
				build = name
			}
		}
		p, _, err := worldtest.Decide(t.Context(), worldtest.Files(files), build, project.Options{}, worldtest.World{})
		var got []string
		if err != nil {
			got = append(got, err.Error())
		} else {
			for _, f := range (check.Project{Project: p.Project, Locks: p.Locks, Python: p.Chosen, Today: "2026-11-29"}).Check() {
				got = append(got, f.Rule.Name+": "+f.Msg)
			}
		}
		if !strings.Contains(strings.Join(got, "\n"), c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
