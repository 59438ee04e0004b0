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

func TestAScriptThatNeedsAModuleBesideThePackageIsStartedFromTheProjectsFolder(t *testing.T) {
	const (
		head    = "[project]\nname = \"shop\"\nversion = \"1\"\n[project.scripts]\nshop-run = \"cli.main:main\"\n[build-system]\nrequires = []\nbuild-backend = "
		files   = "-- cli/__init__.py --\n-- cli/main.py --\nfrom stock.rows import read\nif __name__ == \"__main__\":\n    main()\n-- stock/__init__.py --\n-- stock/rows.py --\nfrom config import Config\n"
		poetry  = head + "\"poetry.core.masonry.api\"\n[tool.poetry]\npackages = [{include = \"cli\"}, {include = \"stock\"}]\n" + files
		named   = head + "\"setuptools.build_meta\"\n[tool.setuptools]\npackages = [\"cli\", \"stock\"]\n"
		config  = "-- config.py --\n"
		fromDir = "python -m cli.main"
		altered = "-- stock/rows.py --\ntry:\n    from config import Config\nexcept ImportError:\n    Config = None\n"
	)
	for _, test := range []struct{ name, files, want string }{
		{"a module that the package's modules import", poetry + config, fromDir},
		{"a module that setuptools' list lacks", named + files + config, fromDir},
		{"a module that the project's own package imports", strings.NewReplacer("cli.main", "shop.main", "cli", "shop").Replace(named+files) + config, "python -m shop.main"},
		{"one that is in the list", named + "py-modules = [\"config\"]\n" + files + config, "shop-run"},
		{"one that the project does not have", poetry, "shop-run"},
		{"one that is only tried", poetry + altered + config, "shop-run"},
		{"a folder with the name of a package that the project requires", strings.Replace(poetry, "version = \"1\"\n", "version = \"1\"\ndependencies = [\"gitpython\"]\n", 1) + "-- stock/rows.py --\nimport git\n-- git/deploy.py --\n", "shop-run"},
		{"a folder with the name of a module of Python", poetry + "-- stock/rows.py --\nimport logging.config\n-- logging/config.py --\n", "shop-run"},
		{"packages that setuptools finds", head + "\"setuptools.build_meta\"\n" + files + config, "shop-run"},
	} {
		c, err := Command(input(t, tree(test.files)))
		if got := strings.Join(c.Cmd, " "); err != nil || got != test.want || c.NextToPackage != (test.want != "shop-run") {
			t.Errorf("%s: %s (%s), copied: %v, %v", test.name, got, c.Reason, c.NextToPackage, err)
		}
		if test.want != "shop-run" && !strings.Contains(c.Reason, "the script shop-run needs the module config, which the project's package does not have") {
			t.Errorf("%s: %s", test.name, c.Reason)
		}
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

func TestAProgramOfAPackageThatImportsModulesOfItsFolderIsStartedAsAFile(t *testing.T) {
	const (
		head = "[tool.poetry]\nname = \"chat\"\nversion = \"1\"\n[tool.poetry.dependencies]\npython = \"^3.12\"\nrich = \"*\"\n[build-system]\nrequires = []\nbuild-backend = \"poetry.core.masonry.api\"\n-- chat/__init__.py --\n-- chat/client.py --\n-- chat/rich.py --\n-- chat/logging.py --\n-- chat/main.py --\n"
		main = guard + "main()\n"
	)
	for imports, want := range map[string]string{
		"from client import connect\n":                                      "python chat/main.py",
		"from chat.client import connect\n":                                 "python -m chat.main",
		"from .client import connect\n":                                     "python -m chat.main",
		"import logging\nfrom rich import print\n":                          "python -m chat.main",
		"try:\n    import client\nexcept ImportError:\n    client = None\n": "python -m chat.main",
	} {
		c, err := Command(input(t, tree(head+imports+main)))
		if got := strings.Join(c.Cmd, " "); err != nil || got != want || c.NextToPackage != (want != "python -m chat.main") {
			t.Errorf("%q: %s (%s), %v", imports, got, c.Reason, err)
		}
	}
}

func TestAScriptWhoseFileImportsFromItsOwnFolderIsStartedAsThisFile(t *testing.T) {
	const (
		head    = "[project]\nname = \"shop\"\nversion = \"1\"\n[project.scripts]\nshop-run = \"src.main:main\"\n[build-system]\nrequires = []\nbuild-backend = \"hatchling.build\"\n[tool.hatch.build.targets.wheel]\npackages = [\"src\"]\n"
		program = "if __name__ == \"__main__\":\n    main()\n"
		rows    = "-- src/rows.py --\n"
	)
	for _, test := range []struct{ name, files, want string }{
		{"where the folder is the package", head + "-- src/main.py --\nfrom rows import read\n" + program + rows, "python src/main.py"},
		{"where the folder is any package", strings.ReplaceAll(head+"-- src/main.py --\nfrom rows import read\n"+program+rows, "src", "cli"), "python cli/main.py"},
		{"not where it imports by the package", head + "-- src/main.py --\nfrom src.rows import read\n" + program + rows, "shop-run"},
		{"not where it changes the path", head + "-- src/main.py --\nimport sys\nsys.path.insert(0, 'src')\nfrom rows import read\n" + program + rows, "shop-run"},
		{"not where a requirement has the module", strings.Replace(head, "version", "dependencies = [\"rows\"]\nversion", 1) + "-- src/main.py --\nfrom rows import read\n" + program + rows, "shop-run"},
		{"not where the folder of packages has the module", strings.Replace(head, "src.main", "shop.main", 1) + "-- src/shop/main.py --\nfrom rows import read\n" + program + rows + "-- src/shop/rows.py --\n", "shop-run"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := Command(input(t, tree(test.files)))
			if got := strings.Join(c.Cmd, " "); err != nil || got != test.want || c.NextToPackage != (test.want != "shop-run") {
				t.Errorf("%s (%s), copied: %v, %v", got, c.Reason, c.NextToPackage, err)
			}
		})
	}
}
