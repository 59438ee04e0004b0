package start

import (
	"strings"
	"testing"
)

func TestAPackageGetsTheFilesThatItOpensFromTheProjectsFolder(t *testing.T) {
	const (
		shop   = needs + "]\n[project.scripts]\nshop = \"shop.main:main\"\n[build-system]\nrequires = []\nbuild-backend = \"hatchling.build\"\n-- shop/__init__.py --\n"
		module = needs + "]\n[build-system]\nrequires = []\nbuild-backend = \"hatchling.build\"\n-- shop/__init__.py --\n-- shop/__main__.py --\n"
		prices = "from shop import prices\ndef main(): prices.read()\n-- shop/prices.py --\ndef read():\n    with open(\"data/prices.csv\") as f: return f.read()\n"
	)
	for _, test := range []struct {
		name, files, want string
		beside            bool
	}{
		{"a script whose module opens a file", shop + "-- shop/main.py --\n" + prices + "-- data/prices.csv --\n", "shop", true},
		{"a package that is run as a module", module + "from shop.plugins import Plugins\n" + guard + "Plugins(\"./plugins.yaml\")\n-- shop/plugins.py --\n-- plugins.yaml --\n", "python -m shop", true},
		{"an application with a folder of pages", needs + "\"fastapi\", \"uvicorn\"]\n[build-system]\nrequires = []\nbuild-backend = \"hatchling.build\"\n-- shop/__init__.py --\n-- shop/web.py --\nfrom fastapi.staticfiles import StaticFiles\n" + fastapi + "app.mount(\"/static\", StaticFiles(directory=\"static\"))\n-- static/app.css --\n", "uvicorn shop.web:app --host 0.0.0.0 --port 8000", true},
		{"a file that the project does not have", shop + "-- shop/main.py --\n" + prices, "shop", false},
		{"a file of whoever calls the tool", shop + "-- shop/main.py --\ndef main(): print(open(\"pyproject.toml\").read(), open(\"README.md\").read())\n-- README.md --\n", "shop", false},
		{"a folder that the program chooses itself", shop + "-- shop/main.py --\nimport os\ndef main():\n    os.chdir(\"/data\")\n    open(\"data/prices.csv\")\n-- data/prices.csv --\n", "shop", false},
	} {
		in := input(t, tree(test.files))
		in.Copyable = func(string) bool { return true }
		in.Copied = func(string) bool { return false }
		c, err := Command(in)
		if got := strings.Join(c.Cmd, " "); err != nil || got != test.want || c.NextToPackage != test.beside {
			t.Errorf("%s:\ngot  %s (%s, %v), %v\nwant %s", test.name, got, c.Reason, c.NextToPackage, err, test.want)
		}
	}
}
