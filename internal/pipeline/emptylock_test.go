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

func TestALockOfNothingGivesWayToTheRequirements(t *testing.T) {
	const (
		moult    = "[tool.moult]\npython = \"3.13\"\ncmd = [\"python\"]\n"
		standard = "[project]\nname = \"shop\"\nversion = \"1\"\ndependencies = []\n"
		poetry   = "[tool.poetry]\nname = \"shop\"\nversion = \"1\"\n[tool.poetry.dependencies]\npython = \"^3.12\"\n"
		backend  = "[build-system]\nrequires = [\"poetry-core\"]\nbuild-backend = \"poetry.core.masonry.api\"\n"
		none     = "package = []\n[metadata]\nlock-version = \"2.1\"\npython-versions = \">=3.12\"\ncontent-hash = \"0\"\n"
		uv       = "version = 1\nrequires-python = \">=3.12\"\n\n[[package]]\nname = \"shop\"\nversion = \"1\"\nsource = { virtual = \".\" }\n"
		pipenv   = "{\"_meta\": {\"hash\": {\"sha256\": \"0\"}, \"pipfile-spec\": 6}, \"default\": {}, \"develop\": {}}"
	)
	for name, c := range map[string]struct {
		build string
		files map[string]string
		used  bool
	}{
		"of uv":                            {standard + moult, map[string]string{"uv.lock": uv}, true},
		"of uv, as a file of no bytes":     {standard + moult, map[string]string{"uv.lock": ""}, true},
		"of Poetry":                        {standard + backend + moult, map[string]string{"poetry.lock": none}, true},
		"of Poetry, with its own table":    {poetry + backend + moult, map[string]string{"poetry.lock": none}, true},
		"of PDM":                           {standard + moult, map[string]string{"pdm.lock": "[metadata]\nlock_version = \"4.5.0\"\ncontent_hash = \"sha256:0\"\n"}, true},
		"of Pipenv":                        {"", map[string]string{"Pipfile": "[packages]\n[dev-packages]\n", "Pipfile.lock": pipenv}, true},
		"not of a package without needs":   {standard + "[build-system]\nrequires = [\"hatchling\"]\nbuild-backend = \"hatchling.build\"\n" + moult, map[string]string{"uv.lock": uv, "shop/__init__.py": ""}, false},
		"not where the project has groups": {standard + "[dependency-groups]\ndev = []\n" + moult, map[string]string{"uv.lock": uv}, false},
	} {
		files := fstest.MapFS{"requirements.txt": {Data: []byte("six\n")}, "main.py": {Data: []byte("print(1)\n")}}
		for name, text := range c.files {
			files[name] = &fstest.MapFile{Data: []byte(text)}
		}
		build := "pyproject.toml"
		if c.build == "" {
			build, c.build = "moult.toml", strings.TrimPrefix(moult, "[tool.moult]\n")
		}
		files[build] = &fstest.MapFile{Data: []byte(c.build)}
		_, d, err := worldtest.Decide(t.Context(), worldtest.Files(files), build, project.Options{}, worldtest.World{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		used := false
		for _, p := range d.Plan.Packages {
			used = used || p.Name == "six"
		}
		if used != c.used {
			t.Errorf("%s: the requirements are installed: %v", name, used)
		}
	}
}
