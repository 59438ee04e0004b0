package start

import (
	"strings"
	"testing"
)

func TestTheFoldersThatASourceGoesUp(t *testing.T) {
	for line, want := range map[string]int{
		"HERE = os.path.dirname(__file__)":                                             1,
		"ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))":           2,
		"ROOT = dirname(dirname(\n    dirname(realpath(__file__))))":                   3,
		"ROOT = Path(__file__).resolve().parent.parent":                                2,
		"ROOT = pathlib.Path(__file__).parents[2]":                                     3,
		"data = (Path(__file__).absolute().parent.parent.parent / 'data').read_text()": 3,
		"data = os.path.join(os.path.dirname(__file__), '..', '../x', 'data')":         3,
		"data = os.path.join(os.path.dirname(__file__), '..')":                         2,
		"sys.path.insert(0, str(Path(__file__).parent.parent))":                        0,
		"print(__file__)": 0,
		"x = 'Path(__file__).parents[3]'  # Path(__file__).parents[3]": 0,
	} {
		if got := climbs(statements(line + "\n")); got != want {
			t.Errorf("%s: %d, want %d", line, got, want)
		}
	}
}

func TestAPackageThatLooksForTheProjectsFilesRunsFromThem(t *testing.T) {
	const (
		packaged = needs + "\"fastapi\", \"uvicorn\"]\n[project.scripts]\nshop = \"shop.cli:main\"\n[build-system]\nrequires = []\nbuild-backend = \"hatchling.build\"\n"
		script   = "-- src/shop/__init__.py --\n-- src/shop/cli.py --\nfrom shop.conf import ROOT\ndef main(): pass\n"
		root     = "from pathlib import Path\nROOT = Path(__file__).resolve().parents[2]\n"
	)
	for _, test := range []struct {
		name, files, want string
		copied            bool
	}{
		{"by a file that its script imports", packaged + script + "-- src/shop/conf.py --\n" + root, "env PYTHONPATH=/app/src shop", true},
		{"by its application's", strings.Replace(packaged, "[project.scripts]\nshop = \"shop.cli:main\"\n", "", 1) + "-- shop/__init__.py --\n-- shop/web.py --\nfrom . import conf\n" + fastapi + "-- shop/conf.py --\nimport os\nROOT = os.path.dirname(os.path.dirname(__file__))\n", "env PYTHONPATH=/app uvicorn shop.web:app --host 0.0.0.0 --port 8000", true},
		{"by Django's settings", needs + "\"django\", \"gunicorn\"]\n[build-system]\nrequires = []\nbuild-backend = \"hatchling.build\"\n-- Procfile --\nweb: gunicorn shop.wsgi:application\n-- shop/__init__.py --\n-- shop/wsgi.py --\nimport os\nos.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"shop.settings\")\n" + django + "-- shop/settings.py --\nBASE_DIR = Path(__file__).resolve().parent.parent\n", "env PYTHONPATH=/app gunicorn --bind 0.0.0.0:8000 shop.wsgi:application", true},
		{"by an application of Flask's", needs + "\"flask\"]\n[build-system]\nrequires = []\nbuild-backend = \"hatchling.build\"\n-- Procfile --\nweb: flask --app shop.web run\n-- shop/__init__.py --\n-- shop/web.py --\nfrom pathlib import Path\nROOT = Path(__file__).parent.parent\n" + flask, "env PYTHONPATH=/app flask --app shop.web run --host 0.0.0.0 --port 8000", true},
		{"by a module that gunicorn serves", needs + "\"gunicorn\"]\n[build-system]\nrequires = []\nbuild-backend = \"hatchling.build\"\n-- Procfile --\nweb: gunicorn -b :80 shop.wsgi\n-- shop/__init__.py --\n-- shop/wsgi.py --\nfrom pathlib import Path\nROOT = Path(__file__).parent.parent\n", "env PYTHONPATH=/app gunicorn -b :80 shop.wsgi", true},
		{"from the folder of the package, whatever its name is", packaged + "[tool.hatch.build.targets.wheel]\npackages = [\"backend/shop\"]\n-- backend/shop/__init__.py --\n-- backend/shop/cli.py --\n" + root, "env PYTHONPATH=/app/backend shop", true},
		{"from the project's folder, if the package is src", strings.Replace(packaged, "shop.cli", "src.cli", 1) + "[tool.hatch.build.targets.wheel]\npackages = [\"src\"]\n-- src/__init__.py --\n-- src/cli.py --\n" + strings.Replace(root, "2", "1", 1) + "def main(): pass\n", "env PYTHONPATH=/app shop", true},
		{"by a file that its script imports, in another working folder", packaged + "[tool.moult]\nworkdir = \"/srv\"\n" + script + "-- src/shop/conf.py --\n" + root, "env PYTHONPATH=/app/src shop", true},
		{"not where setup.py compiles a module of it", strings.Replace(packaged, "hatchling.build", "setuptools.build_meta", 1) + "-- setup.py --\nsetup(ext_modules=[Extension(\"shop.fast\", [\"src/shop/fast.c\"])])\n" + script + "-- src/shop/conf.py --\n" + root, "shop", false},
		{"not where a file beside it would hide a module of Python", packaged + strings.ReplaceAll(script, "src/", "") + "-- shop/conf.py --\n" + strings.Replace(root, "2", "1", 1) + "-- logging.py --\n", "shop", false},
		{"not where a package beside it would hide a requirement", packaged + strings.ReplaceAll(script, "src/", "") + "-- shop/conf.py --\n" + strings.Replace(root, "2", "1", 1) + "-- fastapi/__init__.py --\n", "shop", false},
		{"not by one that nothing imports", packaged + script + "-- src/shop/other.py --\n" + root, "shop", false},
		{"not by one that looks into its package", packaged + script + "-- src/shop/conf.py --\nfrom pathlib import Path\nDATA = Path(__file__).parent / \"data\"\n", "shop", false},
		{"not where a table places the modules elsewhere", packaged + "[tool.hatch.build.targets.wheel.sources]\n\"src\" = \"\"\n" + script + "-- src/shop/conf.py --\n" + root, "shop", false},
		{"not with a backend that compiles", strings.Replace(packaged, "hatchling.build", "maturin", 1) + script + "-- src/shop/conf.py --\n" + root, "shop", false},
		{"not with a version from git, which may be a file", strings.Replace(packaged, "[project.scripts]", "dynamic = [\"version\"]\n[tool.hatch.version]\nsource = \"vcs\"\n[project.scripts]", 1) + script + "-- src/shop/conf.py --\n" + root, "shop", false},
		{"not where the build file says what is copied", packaged + "[tool.moult]\napp.include = [\"data\"]\n" + script + "-- src/shop/conf.py --\n" + root, "shop", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := Command(input(t, tree(test.files)))
			if got := strings.Join(c.Cmd, " "); err != nil || got != test.want || c.NextToPackage != test.copied {
				t.Errorf("got %s (%s), copied %v, %v", got, c.Reason, c.NextToPackage, err)
			}
		})
	}
}
