package start

import (
	"errors"
	"strings"
	"testing"
)

func TestAProgramThatCannotRunIsToldWithWhatItLacks(t *testing.T) {
	const streamlit = "-- ui.py --\nimport streamlit as st\nst.title(1)\n"
	for _, test := range []struct{ name, files, want string }{
		{"a framework that an extra has, if the build file chooses none", needs + "]\n[project.optional-dependencies]\nui = [\"streamlit>=1\"]\nother = []\n[tool.moult]\nextras = [\"other\"]\n" + streamlit,
			"ui.py is for streamlit, which is not among the requirements; write extras = [\"ui\"] under [tool.moult], where streamlit is"},
		{"a framework that a group for developers has", needs + "]\n[dependency-groups]\ndev = [\"streamlit>=1\"]\n" + streamlit,
			"which is not among the requirements; write groups = [\"dev\"] under [tool.moult], where streamlit is"},
		{"a server that a group for developers has", needs + "\"fastapi\"]\n[dependency-groups]\ndev = [\"uvicorn\"]\n-- main.py --\n" + fastapi,
			"no server for it is among the requirements; write groups = [\"dev\"] under [tool.moult], where uvicorn is"},
		{"no server that cannot run it", needs + "\"fastapi\"]\n[dependency-groups]\ndev = [\"Gunicorn\", \"Hypercorn\"]\n-- main.py --\n" + fastapi,
			"write groups = [\"dev\"] under [tool.moult], where hypercorn is"},
		{"servers that can run it", needs + "\"flask\", \"uvicorn\"]\n[tool.moult]\nextras = [\"none\"]\n[project.optional-dependencies]\nnone = [\"click\"]\n-- main.py --\nfrom bottle import Bottle\napp = Bottle()\n",
			"add one, such as gunicorn or waitress, or write cmd"},
		{"a server that a requirement file of a part has", "-- moult.toml --\n-- requirements.txt --\nfastapi\n-- requirements-api.txt --\n# the API\nUvicorn[standard]>=0.3\n-- api/main.py --\n" + fastapi,
			"no server for it is among the requirements; write requirements = [\"requirements.txt\", \"requirements-api.txt\"], where uvicorn is"},
		{"a server in a folder that is a project of its own", needs + "\"fastapi\"]\n-- backend/pyproject.toml --\n[project]\nname = \"backend\"\n-- backend/app/main.py --\n" + fastapi,
			"backend is a project of its own: move the line with the syntax into backend/pyproject.toml, and build with -f backend/pyproject.toml"},
		{"a framework that nothing has", needs + "]\n" + streamlit,
			"which is not among the requirements; add it to them, or write cmd = [...] under [tool.moult]"},
		{"a script without its module", needs + "]\n[project.scripts]\ns = \"gone.cli:main\"\n[build-system]\nrequires = []\nbuild-backend = \"setuptools.build_meta\"\n-- shop/__init__.py --\n",
			"pyproject.toml:5:5: there is no command to run: the script s starts gone.cli:main, and the project has no module gone"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if c, err := find(t, test.files); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got  %v, %v\nwant %s", c.Cmd, err, test.want)
			}
		})
	}
}

func TestAProgramOfAnotherProjectOfTheWorkspaceIsNoCandidate(t *testing.T) {
	const program = guard + "main()\n"
	in := input(t, tree(needs+"]\n-- other/main.py --\n"+program+"-- book/main.py --\n"+program))
	in.Copied = func(name string) bool { return !strings.HasPrefix(name, "other/") }
	c, err := Command(in)
	if got := strings.Join(c.Cmd, " "); err != nil || got != "python -m book.main" {
		t.Errorf("%s (%s), %v", got, c.Reason, err)
	}
}

func TestTheLikeliestOfSeveralScriptsIsProposed(t *testing.T) {
	const scripts = needs + "]\n[build-system]\nrequires = []\n[project.scripts]\nload = \"shop.load:main\"\nshop-server = \"shop.web:main\"\nshow = \"shop.show:main\"\n"
	for _, test := range []struct{ name, files, want string }{
		{"by the README", scripts + "-- README.md --\nYou load and show it.\n    $ uv run show --all\n    load\n", "show"},
		{"by its name", scripts + "-- README.md --\nIt has scripts.\n", "shop-server"},
		{"by its place", strings.Replace(scripts, "shop-server", "shop-sell", 1), "load"},
	} {
		_, err := find(t, test.files)
		var several *Candidates
		if !errors.As(err, &several) || strings.Join(several.Cmd, " ") != test.want || !strings.Contains(err.Error(), "write cmd = [\""+test.want+"\"]") {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func TestAProgramThatCreatesSomethingIsNoStepBeforeAnother(t *testing.T) {
	const program = guard + "main()\n"
	if c, err := find(t, needs+"]\n-- create_invoice.py --\n"+program+"-- helpers.py --\n"+program); err == nil {
		t.Errorf("%v (%s)", c.Cmd, c.Reason)
	}
}
