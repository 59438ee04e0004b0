package pipeline_test

import (
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/pipeline/worldtest"
	"github.com/moult-build/moult/internal/project"
)

func TestABuildBackendThatDoesNotExistIsAnErrorAtItsLine(t *testing.T) {
	for backend, want := range map[string]string{
		"setuptools.backends._legacy:_Backend": `pyproject.toml:3:17: setuptools has no build backend "setuptools.backends._legacy:_Backend", so that nothing can build the project; write build-backend = "setuptools.build_meta"`,
		"hatchling":                            `pyproject.toml:3:17: hatchling has no build backend "hatchling", so that nothing can build the project; write build-backend = "hatchling.build"`,
		"setuptools.build_meta":                "",
		"setuptools.build_meta:__legacy__":     "",
		"mesonpy":                              "",
	} {
		files := fstest.MapFS{
			"pyproject.toml": {Data: []byte("[build-system]\nrequires = [\"x\"]\nbuild-backend = \"" + backend + "\"\n[project]\nname = \"shop\"\nversion = \"1\"\n[project.scripts]\nshop = \"shop:main\"\n")},
			"shop.py":        {Data: []byte("def main(): pass\n")},
		}
		_, _, err := worldtest.Decide(t.Context(), worldtest.Files(files), "pyproject.toml", project.Options{}, worldtest.World{Patch: "5"})
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", backend, got, want)
		}
	}
}
