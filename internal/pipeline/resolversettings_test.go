package pipeline_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/pipeline/worldtest"
	"github.com/moult-build/moult/internal/project"
)

func TestASettingOfAnotherResolverIsRefusedAtItsLineWithoutALock(t *testing.T) {
	const head = "[project]\nname = \"demo\"\nversion = \"1\"\nrequires-python = \">=3.13\"\ndependencies = [\"six\"]\n[tool.moult]\npython = \"3.13\"\ncmd = [\"python\"]\n"
	for _, c := range []struct{ keys, want string }{
		{"[tool.uv]\nexclude-newer = \"2024-01-01T00:00:00Z\"", "pyproject.toml:10:1: [tool.uv] exclude-newer has no effect"},
		{"[tool.uv]\noverride-dependencies = [\"six<1\"]", "pyproject.toml:10:1: [tool.uv] override-dependencies has no effect"},
		{"[tool.uv]\nprerelease = \"explicit\"", "pyproject.toml:10:1: [tool.uv] prerelease has no effect"},
		{"[tool.uv]\nresolution = \"lowest\"", "pyproject.toml:10:1: [tool.uv] resolution has no effect"},
		{"[tool.uv]\nfind-links = [\"./wheels\"]", "pyproject.toml:10:1: [tool.uv] find-links has no effect"},
		{"[tool.uv]\nno-index = true", "pyproject.toml:10:1: [tool.uv] no-index has no effect"},
		{"[[tool.uv.index]]\nurl = \"https://example.com/simple\"\nformat = \"flat\"", "pyproject.toml:11:1: [[tool.uv.index]] format = \"flat\" has no effect"},
		{"[[tool.uv.index]]\nurl = \"./wheels\"", "pyproject.toml:10:1: [[tool.uv.index]] with a folder as url has no effect"},
		{"[tool.pdm.resolution.overrides]\nsix = \"1.16.0\"", "pyproject.toml:9:22: [tool.pdm.resolution] overrides has no effect without a lock: pip resolves here and does not obey it; run pdm lock, which obeys it: a build takes pdm.lock from the folder, committed or not"},
		{"[tool.pdm.resolution]\nexcludes = [\"idna\"]", "pyproject.toml:10:1: [tool.pdm.resolution] excludes has no effect"},
		{"[[tool.pdm.source]]\nurl = \"https://example.com/wheels\"\ntype = \"find_links\"", "pyproject.toml:11:1: [[tool.pdm.source]] type = \"find_links\" has no effect"},
		{"[tool.pdm.resolution]\nallow-prereleases = false\nrespect-source-order = true\nexcludes = []", ""},
		{"[tool.uv]\noverride-dependencies = []\nprerelease = \"if-necessary\"\nresolution = \"highest\"\nno-index = false", ""},
	} {
		for _, locked := range []bool{false, true} {
			files := fstest.MapFS{"pyproject.toml": {Data: []byte(head + c.keys + "\n")}}
			want := c.want
			if locked {
				files["pylock.toml"] = &fstest.MapFile{Data: []byte(lockedSix)}
				want = ""
			}
			_, _, err := worldtest.Decide(t.Context(), worldtest.Files(files), "pyproject.toml", project.Options{}, worldtest.World{})
			if want == "" && err != nil || want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)) {
				t.Errorf("%s (locked: %v): got %v, want %q", c.keys, locked, err, want)
			}
		}
	}
}

// pip's --pre does the same.
func TestATableThatAllowsPrereleasesOfAllPackagesIsObeyedWithoutALock(t *testing.T) {
	const head = "[project]\nname = \"demo\"\nversion = \"1\"\nrequires-python = \">=3.13\"\ndependencies = [\"six\"]\n[tool.moult]\npython = \"3.13\"\ncmd = [\"python\"]\n"
	for _, c := range []struct {
		name, content string
		want          bool
	}{
		{"pyproject.toml", head + "[tool.uv]\nprerelease = \"allow\"\n", true},
		{"pyproject.toml", head + "[tool.uv]\nprerelease = \"if-necessary\"\n", false},
		{"pyproject.toml", head + "[tool.pdm.resolution]\nallow-prereleases = true\n", true},
		{"pyproject.toml", head + "[tool.pdm.resolution]\nallow-prereleases = false\n", false},
		{"Pipfile", "[packages]\nsix = \"*\"\n[pipenv]\nallow_prereleases = true\n", true},
		{"Pipfile", "[packages]\nsix = \"*\"\n[pipenv]\nallow_prereleases = false\n", false},
	} {
		files := fstest.MapFS{c.name: {Data: []byte(c.content)}}
		name := c.name
		if name == "Pipfile" {
			name = "moult.toml"
			files[name] = &fstest.MapFile{Data: []byte("cmd = [\"python\"]\npython = \"3.13\"\n")}
		}
		_, d, err := worldtest.Decide(t.Context(), worldtest.Files(files), name, project.Options{}, worldtest.World{})
		if err != nil {
			t.Fatal(err)
		}
		if is := slices.Contains(d.Plan.Building.Resolve.Options, "--pre"); is != c.want {
			t.Errorf("%s: %q", c.content, d.Plan.Building.Resolve.Options)
		}
	}
}

// uv reads these settings from the workspace's root alone.
func TestASettingOfTheWorkspacesRootCountsForAMemberWithoutALock(t *testing.T) {
	files := fstest.MapFS{
		"pyproject.toml":     {Data: []byte("[tool.uv.workspace]\nmembers = [\"api\"]\n[tool.uv]\nexclude-newer = \"2024-01-01T00:00:00Z\"\n")},
		"api/pyproject.toml": {Data: []byte("[project]\nname = \"api\"\nversion = \"1\"\nrequires-python = \">=3.13\"\ndependencies = [\"six\"]\n[tool.moult]\npython = \"3.13\"\ncmd = [\"python\"]\n")},
	}
	_, _, err := worldtest.Decide(t.Context(), worldtest.Files(files), "api/pyproject.toml", project.Options{}, worldtest.World{})
	if err == nil || !strings.HasPrefix(err.Error(), "pyproject.toml:4:1: [tool.uv] exclude-newer has no effect without a lock") {
		t.Errorf("got %v", err)
	}
}
