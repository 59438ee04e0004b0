package start

import (
	"strings"
	"testing"
)

func TestAnExtraThatTheProgramNeedsIsInstalled(t *testing.T) {
	const (
		extras = "[project.optional-dependencies]\ndev = [\"fastapi\", \"uvicorn\", \"streamlit\"]\nserver = [\"fastapi>=0.100\", \"uvicorn[standard]\"]\nui = [\"streamlit\"]\nall = [\"shop[server,ui]\"]\n"
		serves = "from fastapi import FastAPI\napp = FastAPI()\n" + guard + "import uvicorn\n    uvicorn.run(app, host=\"0.0.0.0\")\n"
		script = needs + "]\n[project.scripts]\nshop = \"shop.cli:main\"\n[build-system]\nrequires = []\n" + extras
	)
	for _, test := range []struct{ name, files, want, extra, reason string }{
		{"by the file that is started", needs + "]\n" + extras + "-- main.py --\n" + serves, "python main.py", "server", "; the extra server is installed, because main.py needs fastapi, uvicorn of it"},
		{"by the application that is served", needs + "\"fastapi\"]\n" + extras + "-- main.py --\n" + fastapi, "uvicorn main:app --host 0.0.0.0 --port 8000", "server", "because main.py needs uvicorn of it"},
		{"by a name in capital letters", needs + "]\n[project.optional-dependencies]\nweb = [\"Flask\", \"GUnicorn\"]\n-- main.py --\n" + flask, "gunicorn --bind 0.0.0.0:8000 main:app", "web", "because main.py needs gunicorn of it"},
		{"by an extra whose server can run it", needs + "\"fastapi\"]\n[project.optional-dependencies]\na = [\"gunicorn\"]\nb = [\"uvicorn\", \"click\"]\n-- main.py --\n" + fastapi, "uvicorn main:app --host 0.0.0.0 --port 8000", "b", "because main.py needs uvicorn of it"},
		{"by a Streamlit file", needs + "]\n" + extras + "-- pages.py --\nimport streamlit as st\nst.title(1)\n", "streamlit run pages.py --server.address 0.0.0.0", "ui", "because pages.py needs streamlit of it"},
		{"by the module of a script", script + "-- shop/__init__.py --\n-- shop/cli.py --\nimport uvicorn\nfrom fastapi import FastAPI\ndef main(): pass\n", "shop", "server", "because shop/cli.py needs uvicorn, fastapi of it"},

		{"by the smallest extra that has it", needs + "]\n[project.optional-dependencies]\nall = [\"torch\", \"flask\"]\nweb = [\"flask\"]\n-- main.py --\nimport flask\n" + guard + "main()\n", "python main.py", "web", "because main.py needs flask of it"},
		{"by any extra that has a server, if none is installed", needs + "\"fastapi\"]\n[project.optional-dependencies]\nfull = [\"uvicorn\"]\n-- main.py --\n" + fastapi, "uvicorn main:app --host 0.0.0.0 --port 8000", "full", "because main.py needs uvicorn of it"},
		{"by an extra for the command line", needs + "]\n[project.optional-dependencies]\ncli = [\"typer\"]\n-- main.py --\nimport typer\n" + guard + "main()\n", "python main.py", "cli", "because main.py needs typer of it"},

		{"by a module that a script's module imports", script + "cli = [\"rich\", \"PyYAML\"]\n-- shop/__init__.py --\n-- shop/cli.py --\nfrom shop.table import show\ndef main(): pass\n-- shop/table.py --\nfrom . import rows\n-- shop/rows.py --\nimport rich.table, yaml\n", "shop", "cli", "; the extra cli is installed, because shop/cli.py needs rich, pyyaml of it"},
		{"by the package of a module", script + "-- shop/__init__.py --\nfrom .site import page\n-- shop/site.py --\nimport streamlit\n-- shop/cli.py --\nfrom . import page\ndef main(): pass\n", "shop", "ui", "because shop/cli.py needs streamlit of it"},

		{"by a module of the project's folder that is a package itself", needs + "]\n" + extras + "-- __init__.py --\n-- main.py --\nimport pages\n" + guard + "main()\n-- pages.py --\nimport gunicorn, streamlit\n", "python main.py", "ui", "because main.py needs streamlit of it"},
		{"not for a module that a function's import loads", script + "cli = [\"rich\"]\n-- shop/__init__.py --\n-- shop/cli.py --\ndef main():\n    import shop.table\n-- shop/table.py --\nimport rich\n", "shop", "", ""},
		{"not for a module of the project", script + "cli = [\"rich\"]\n-- shop/__init__.py --\n-- shop/cli.py --\nimport rich\ndef main(): pass\n-- rich.py --\n", "shop", "", ""},
		{"not for a library of an extra that is not for programs", script + "fast = [\"numpy\"]\n-- shop/__init__.py --\n-- shop/cli.py --\nimport shop.sums\ndef main(): pass\n-- shop/sums.py --\nimport numpy\n", "shop", "", ""},
		{"not for a library that another package may bring", needs + "\"discord.py\"]\n[project.optional-dependencies]\nspeed = [\"aiohttp[speedups]\", \"uvloop\"]\n-- main.py --\nimport aiohttp\n" + guard + "main()\n", "python main.py", "", ""},
		{"not for a framework that its own part brings, in capital letters", needs + "\"Flask_Login\"]\n[project.optional-dependencies]\nweb = [\"flask\"]\n-- main.py --\nimport flask\n" + guard + "main()\n", "python main.py", "", ""},
		{"not for a framework that its own part brings", needs + "\"flask-login\"]\n[project.optional-dependencies]\nweb = [\"flask\"]\n-- main.py --\nimport flask\n" + guard + "main()\n", "python main.py", "", ""},
		{"not if the dependencies have the framework", needs + "\"fastapi\", \"uvicorn\"]\n" + extras + "-- main.py --\n" + serves, "python main.py", "", ""},
		{"not for an import that is tried", script + "-- shop/__init__.py --\n-- shop/cli.py --\ntry:\n    import uvicorn\nexcept ImportError:\n    uvicorn = None\ndef main(): pass\n", "shop", "", ""},
		{"not for an import in a function", script + "-- shop/__init__.py --\n-- shop/cli.py --\ndef main():\n    import uvicorn\n", "shop", "", ""},
		{"not if the build file has extras", needs + "]\n" + extras + "[tool.moult]\nextras = [\"ui\"]\n-- main.py --\n" + serves, "python main.py", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := find(t, test.files)
			if got := strings.Join(c.Cmd, " "); err != nil || got != test.want || c.Extra != test.extra || !strings.Contains(c.Reason, test.reason) {
				t.Errorf("got  %s (%s), extra %q, %v\nwant %s", got, c.Reason, c.Extra, err, test.want)
			}
		})
	}
}

func TestAGroupThatTheProgramNeedsIsInstalled(t *testing.T) {
	const groups = "[dependency-groups]\ndev = [\"uvicorn\", \"gunicorn\"]\nprod = [\"uvicorn\", \"gunicorn\"]\nui = [\"streamlit\"]\n"
	for _, test := range []struct{ name, files, want, group, reason string }{
		{"by the application that is served", needs + "\"fastapi\"]\n" + groups + "-- main.py --\n" + fastapi, "uvicorn main:app --host 0.0.0.0 --port 8000", "prod", "; the group prod is installed, because main.py needs uvicorn of it"},
		{"by a Streamlit file", needs + "]\n" + groups + "-- pages.py --\nimport streamlit as st\nst.title(1)\n", "streamlit run pages.py --server.address 0.0.0.0", "ui", "because pages.py needs streamlit of it"},
		{"by the server of a Procfile", needs + "\"flask\"]\n" + groups + "-- Procfile --\nweb: gunicorn -b :80 app:app\n-- app.py --\n" + flask, "gunicorn -b :80 app:app", "prod", "from Procfile's web; the group prod is installed, because it has gunicorn"},
		{"by the server of the Dockerfile", needs + "\"flask\"]\n" + groups + "-- app.py --\n" + flask + "-- Dockerfile --\nFROM python\nCMD gunicorn app:app\n", "gunicorn --bind 0.0.0.0:8000 app:app", "prod", "app.py makes the application app; the group prod is installed, because it has gunicorn, and Dockerfile starts it"},
		{"not if the Flask server is there and nothing names another", needs + "\"flask\"]\n" + groups + "-- app.py --\n" + flask, "flask --app app run --host 0.0.0.0 --port 8000", "", ""},
		{"not if the build file has groups", needs + "\"flask\"]\n" + groups + "[tool.moult]\ngroups = []\n-- Procfile --\nweb: gunicorn -b :80 app:app\n-- app.py --\n" + flask, "flask --app app run --host 0.0.0.0 --port 8000", "", "Procfile's web starts gunicorn, which is not among the requirements"},
		{"by one of Poetry's", "[tool.poetry]\nname = \"shop\"\nversion = \"1\"\n[tool.poetry.dependencies]\nfastapi = \"*\"\n[tool.poetry.group.server.dependencies]\nuvicorn = \"*\"\n-- main.py --\n" + fastapi, "uvicorn main:app --host 0.0.0.0 --port 8000", "server", "because main.py needs uvicorn of it"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := find(t, test.files)
			if got := strings.Join(c.Cmd, " "); err != nil || got != test.want || c.Group != test.group || !strings.Contains(c.Reason, test.reason) {
				t.Errorf("got  %s (%s), group %q, %v\nwant %s", got, c.Reason, c.Group, err, test.want)
			}
		})
	}
}
