package project

import "testing"

func TestTheToolThatLocksAProject(t *testing.T) {
	const standard = "[project]\nname = \"a\"\nversion = \"1\"\ndependencies = [\"six\"]\n"
	const pipfile = "[packages]\nsix = \"*\"\n"
	for _, test := range []struct {
		name, pyproject, pipfile string
		want                     Locker
	}{
		{"nothing is known", standard, "", ""},
		{"uv's table", standard + "[tool.uv]\npackage = false\n", "", LockerUV},
		{"uv's table beside the one of PDM", standard + "[tool.pdm]\ndistribution = false\n[tool.uv]\n", "", LockerUV},
		{"PDM's table", standard + "[tool.pdm]\ndistribution = true\n", "", LockerPDM},
		{"PDM's groups", standard + "[tool.pdm.dev-dependencies]\ntest = [\"pytest\"]\n", "", LockerPDM},
		{"PDM's build backend alone", standard + "[tool.pdm.version]\nsource = \"scm\"\n[tool.pdm.build]\nincludes = []\n", "", ""},
		{"Poetry's own form", "[tool.poetry]\nname = \"a\"\nversion = \"1\"\n[tool.poetry.dependencies]\nsix = \"*\"\n", "", LockerPoetry},
		{"Poetry beside [project]", standard + "[tool.poetry]\npackage-mode = false\n", "", LockerPoetry},
		{"Poetry's build backend", standard + "[build-system]\nrequires = [\"poetry-core\"]\nbuild-backend = \"poetry.core.masonry.api\"\n", "", LockerPoetry},
		{"a Pipfile", "[tool.moult]\n", pipfile, LockerPipenv},
		{"a Pipfile beside a [project] without dependencies", "[project]\nname = \"a\"\nversion = \"1\"\n", pipfile, LockerPipenv},
		{"a Pipfile that is not read", standard, pipfile, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := test.pyproject
			if test.pipfile != "" {
				text += "\n-- Pipfile --\n" + test.pipfile
			}
			p := mustRead(t, text)
			if p.Locker != test.want {
				t.Errorf("%q", p.Locker)
			}
		})
	}
}
