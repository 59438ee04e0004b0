package pipeline_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/pipeline/worldtest"
	"github.com/moult-build/moult/internal/project"
)

func TestASettingOfUVsResolverIsRefusedAtItsLineWithoutALock(t *testing.T) {
	const head = "[project]\nname = \"demo\"\nversion = \"1\"\nrequires-python = \">=3.13\"\ndependencies = [\"six\"]\n[tool.moult]\npython = \"3.13\"\ncmd = [\"python\"]\n"
	for _, c := range []struct{ keys, want string }{
		{"[tool.uv]\nexclude-newer = \"2024-01-01T00:00:00Z\"", "pyproject.toml:10:1: [tool.uv] exclude-newer has no effect"},
		{"[tool.uv]\noverride-dependencies = [\"six<1\"]", "pyproject.toml:10:1: [tool.uv] override-dependencies has no effect"},
		{"[tool.uv]\nprerelease = \"allow\"", "pyproject.toml:10:1: [tool.uv] prerelease has no effect"},
		{"[tool.uv]\nresolution = \"lowest\"", "pyproject.toml:10:1: [tool.uv] resolution has no effect"},
		{"[tool.uv]\nfind-links = [\"./wheels\"]", "pyproject.toml:10:1: [tool.uv] find-links has no effect"},
		{"[tool.uv]\nno-index = true", "pyproject.toml:10:1: [tool.uv] no-index has no effect"},
		{"[[tool.uv.index]]\nurl = \"https://example.com/simple\"\nformat = \"flat\"", "pyproject.toml:11:1: [[tool.uv.index]] format = \"flat\" has no effect"},
		{"[[tool.uv.index]]\nurl = \"./wheels\"", "pyproject.toml:10:1: [[tool.uv.index]] with a folder as url has no effect"},
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
