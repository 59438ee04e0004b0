package pipeline_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/pipeline/worldtest"
	"github.com/moult-build/moult/internal/project"
)

func TestAReadmeThatIsNotInTheContextIsAnErrorAtItsLine(t *testing.T) {
	const head = "[project]\nname = \"emu\"\nversion = \"1\"\nreadme = \"README.md\"\nlicense-files = [\"LICENSE\", \"legal/*\"]\n[project.scripts]\nemu = \"emu:main\"\n"
	build := func(backend string) string {
		return head + "[build-system]\nrequires = []\nbuild-backend = \"" + backend + "\"\n"
	}
	const setuptools = "setuptools.build_meta"
	for _, test := range []struct {
		name, pyproject string
		there           []string
		want            string
	}{
		{"no readme", build("hatchling.build"), []string{"emu.py", "LICENSE"}, "pyproject.toml:4:10: the build of the project's wheel needs README.md"},
		{"no licence", build("hatchling.build"), []string{"emu.py", "README.md"}, "pyproject.toml:5:18: the build of the project's wheel needs LICENSE"},
		{"everything is there", build("hatchling.build"), []string{"emu.py", "README.md", "LICENSE"}, ""},
		{"a backend that goes on without", build(setuptools), []string{"emu.py"}, ""},
		{"nothing to package", build("hatchling.build"), []string{"main.py"}, ""},
		{"no [build-system]", head, []string{"emu.py", "main.py"}, ""},
	} {
		files := fstest.MapFS{"pyproject.toml": {Data: []byte(test.pyproject + "[tool.moult]\ncmd = [\"python\"]\n")}}
		for _, name := range test.there {
			files[name] = &fstest.MapFile{}
		}
		_, _, err := worldtest.Decide(t.Context(), worldtest.Files(files), "pyproject.toml", project.Options{}, worldtest.World{})
		if got := ""; err != nil {
			got = err.Error()
			if test.want == "" || !strings.Contains(got, test.want) || !strings.Contains(got, "!") {
				t.Errorf("%s: %s", test.name, got)
			}
		} else if test.want != "" {
			t.Errorf("%s: no error", test.name)
		}
	}
}

func TestANameThatIsOnlyALabelNeedNotBeValid(t *testing.T) {
	const build = "[build-system]\nrequires = []\nbuild-backend = \"poetry.core.masonry.api\"\n"
	for _, test := range []struct{ name, pyproject, want, err string }{
		{"words", "[project]\nname = \"Document OCR\"\n", "document-ocr", ""},
		{"nothing", "[project]\nname = \"\"\n", "", ""},
		{"words of Poetry", "[tool.poetry]\nname = \"Document OCR!\"\n", "document-ocr", ""},
		{"nothing to package", "[project]\nname = \"Document OCR\"\nversion = \"1\"\n" + build, "document-ocr", ""},
		{"no name and nothing to package", "[project]\nname = \"\"\nversion = \"1\"\n" + build, "", ""},
		{"a package", "[project]\nname = \"Document OCR\"\nversion = \"1\"\n[build-system]\nrequires = []\n", "",
			`pyproject.toml:2:8: "Document OCR" is not a valid project name; use letters, digits, '-', '_' and '.', with a letter or a digit at both ends`},
	} {
		files := fstest.MapFS{"pyproject.toml": {Data: []byte(test.pyproject + "[tool.moult]\ncmd = [\"python\"]\n")}, "main.py": {}}
		_, d, err := worldtest.Decide(t.Context(), worldtest.Files(files), "pyproject.toml", project.Options{}, worldtest.World{})
		if test.err != "" {
			if err == nil || err.Error() != test.err {
				t.Errorf("%s: %v", test.name, err)
			}
			continue
		}
		if err != nil || d.Plan.Project != test.want || d.Plan.App == nil {
			t.Errorf("%s: %v, %+v", test.name, err, d)
		}
	}
}
