package start

import (
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/project"
)

func TestAProjectWithNothingToPackageIsRecognised(t *testing.T) {
	const (
		head   = "[project]\nname = \"my-shop\"\nversion = \"1\"\n[build-system]\nrequires = []\nbuild-backend = "
		poetry = head + "\"poetry.core.masonry.api\"\n"
		hatch  = head + "\"hatchling.build\"\n"
	)
	for _, test := range []struct {
		name, files string
		want        bool
	}{
		{"only a program", poetry + "-- main.py --\n", true},
		{"only a folder of another name", hatch + "-- api/__init__.py --\n-- api/src/main.py --\n", true},
		{"a package", poetry + "-- my_shop/__init__.py --\n", false},
		{"a package in src", hatch + "-- src/my_shop/web.py --\n", false},
		{"a module", poetry + "-- my_shop.py --\n", false},
		{"a package in a namespace", hatch + "-- my/shop/__init__.py --\n", false},
		{"packages that are named", poetry + "[tool.poetry]\npackages = [{include = \"api\"}]\n-- api/__init__.py --\n", false},
		{"packages that are named, and are not there", poetry + "[tool.poetry]\npackages = [{include = \"my_shop\"}]\n-- manage.py --\n-- My_Shop/wsgi.py --\n", true},
		{"packages that are named in another folder", poetry + "[tool.poetry]\npackages = [{include = \"shop\", from = \"lib\"}]\n-- lib/shop/a.py --\n", false},
		{"packages that a pattern names", poetry + "[tool.poetry]\npackages = [{include = \"my_shop*\"}]\n-- manage.py --\n", false},
		{"a name that no wheel can have", "[tool.poetry]\nname = \"My Shop\"\nversion = \"1\"\npackages = [{include = \"api\"}]\n[build-system]\nrequires = []\nbuild-backend = \"poetry.core.masonry.api\"\n-- api/__init__.py --\n", true},
		{"an empty name of PDM's", "[project]\nname = \"\"\nversion = \"\"\n[build-system]\nrequires = []\nbuild-backend = \"pdm.pep517.api\"\n-- code.py --\n", true},
		{"an empty name of setuptools'", "[project]\nname = \"\"\nversion = \"1\"\n[build-system]\nrequires = []\nbuild-backend = \"setuptools.build_meta\"\n-- code.py --\n", false},
		{"a backend that takes what there is", head + "\"setuptools.build_meta\"\n-- main.py --\n", false},
		{"no [build-system]", "[project]\nname = \"a\"\n-- main.py --\n", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := tree(test.files)
			p, err := project.Read(project.FS(files), "pyproject.toml", project.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if got, err := Unpackaged(p, FS(files)); err != nil || got != test.want {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
}

func TestAProgramNextToThePackageIsCopiedWhereNothingElseIsStarted(t *testing.T) {
	const head = "[project]\nname = \"shop\"\nversion = \"1\"\n[build-system]\nrequires = []\n-- shop/__init__.py --\n-- main.py --\nprint(1)\n"
	for _, test := range []struct {
		name, files, want string
		nextToPackage     bool
	}{
		{"a program beside it", head, "python main.py", true},
		{"a program in it", head + "-- shop/__main__.py --\n", "python -m shop", false},
	} {
		files := tree(test.files)
		p, err := project.Read(project.FS(files), "pyproject.toml", project.Options{})
		if err != nil {
			t.Fatal(err)
		}
		c, err := Command(Input{
			Project: p, Files: FS(files), Has: Installed(nil),
			Copied: func(string) bool { return false }, Copyable: func(string) bool { return true },
		})
		if got := strings.Join(c.Cmd, " "); err != nil || got != test.want || c.NextToPackage != test.nextToPackage {
			t.Errorf("%s: %s, %+v, %v", test.name, got, c, err)
		}
	}
}
