package start

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
)

// tree makes a context of a text: "-- name --" starts a file. What stands before
// the first is pyproject.toml.
func tree(text string) fstest.MapFS {
	files := fstest.MapFS{}
	name := "pyproject.toml"
	for _, line := range strings.SplitAfter(text, "\n") {
		if at, ok := strings.CutPrefix(strings.TrimSpace(line), "-- "); ok && strings.HasSuffix(at, " --") {
			name = strings.TrimSuffix(at, " --")
			files[name] = &fstest.MapFile{}
			continue
		}
		if files[name] == nil {
			files[name] = &fstest.MapFile{}
		}
		files[name].Data = append(files[name].Data, line...)
	}
	return files
}

// find finds the command of a tree. A project with a [build-system] is
// installed, and nothing of it copied but what app.include names.
func find(t *testing.T, text string) (project.Command, error) {
	t.Helper()
	files := tree(text)
	name := "pyproject.toml"
	if files["moult.toml"] != nil {
		name = "moult.toml"
	}
	p, err := project.Read(project.FS(files), name, project.Options{})
	if err != nil {
		t.Fatal(err)
	}
	requested, err := project.Requirements(p, project.Selection{})
	if err != nil {
		t.Fatal(err)
	}
	return Command(Input{Project: p, Files: FS(files), Has: Installed(requested), Copied: func(name string) bool {
		if p.BuildSystem == nil {
			return true
		}
		return slices.ContainsFunc(p.Settings.App.Include, func(i source.At[string]) bool { return i.V == name })
	}})
}

const (
	needs   = "[project]\nname = \"shop\"\ndependencies = ["
	fastapi = "from fastapi import FastAPI\napp = FastAPI()\n"
	flask   = "from flask import Flask\napp = Flask(__name__)\n"
	guard   = "if __name__ == \"__main__\":\n    "
	manage  = "-- manage.py --\nimport os\nos.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"shop.settings\")\n" + guard + "main()\n"
	django  = "import os\nfrom django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n"
)

func TestTheCommandIsFound(t *testing.T) {
	tests := []struct{ name, files, want string }{
		{"by cmd", "[tool.moult]\ncmd = [\"a\", \"b\"]", "a b"},
		{"by cmd before a Procfile", "[tool.moult]\ncmd = [\"a\"]\n-- Procfile --\nweb: b\n", "a"},
		{"by Procfile's web", needs + "]\n-- Procfile --\nrelease: python migrate.py\nworker: python worker.py\nweb: python serve.py --port $PORT\n", "python serve.py --port 8000"},
		{"by Procfile's worker where there is no web", needs + "]\n-- Procfile --\nworker: python worker.py\n", "python worker.py"},
		{"by a Procfile with a default port", needs + "\"uvicorn\"]\n-- Procfile --\nweb: uvicorn a:b --port ${PORT:-5000}\n", "uvicorn a:b --port 5000 --host 0.0.0.0"},
		{"by a Procfile with gunicorn, which takes its port from the platform", needs + "\"gunicorn\"]\n-- Procfile --\nweb: gunicorn a:b\n", "gunicorn --bind 0.0.0.0:8000 a:b"},
		{"by a Procfile that runs through uv", needs + "\"gunicorn\"]\n-- Procfile --\nweb: uv run --no-dev gunicorn -b 0.0.0.0:$PORT a:b\n", "gunicorn -b 0.0.0.0:8000 a:b"},
		{"by a Procfile that needs a shell", needs + "]\n-- Procfile --\nweb: python a.py && python b.py\n", "sh -c python a.py && python b.py"},
		{"not by a Procfile whose server is not installed", needs + "\"flask\"]\n-- Procfile --\nweb: gunicorn a:b\n-- app.py --\n" + flask, "flask --app app run --host 0.0.0.0 --port 8000"},

		{"by the only process of a Procfile", needs + "]\n-- Procfile --\nrelease: python migrate.py\ndiscord: python robot.py\n", "python robot.py"},

		{"not by a script whose module the project does not have", needs + "\"fastapi\", \"uvicorn\"]\n[project.scripts]\ns = \"gone.cli:main\"\n[build-system]\nrequires = []\nbuild-backend = \"setuptools.build_meta\"\n-- shop/__init__.py --\n-- shop/api.py --\n" + fastapi, "uvicorn shop.api:app --host 0.0.0.0 --port 8000"},
		{"by a script whose module lies where the backend looks", needs + "]\n[project.scripts]\ns = \"gone.cli:main\"\n[build-system]\nrequires = []\nbuild-backend = \"setuptools.build_meta\"\n-- lib/gone/cli.py --\n", "s"},
		{"by a script whose module has another folder", needs + "]\n[project.scripts]\ns = \"gone.cli:main\"\n[build-system]\nrequires = []\nbuild-backend = \"setuptools.build_meta\"\n[tool.setuptools.package-dir]\ngone = \"lib\"\n-- lib/cli.py --\n", "s"},

		{"not in a folder of old code", needs + "\"flask\"]\n-- legacy/service.py --\n" + flask + "-- collect.py --\n" + guard + "main()\n", "python collect.py"},
		{"in a folder of old code that is all there is", needs + "\"flask\"]\n-- legacy/app.py --\n" + flask, "flask --app legacy.app run --host 0.0.0.0 --port 8000"},
		{"for a Streamlit that a component brings", needs + "\"streamlit-option-menu\"]\n-- ui.py --\nimport streamlit as st\nst.title(1)\n", "streamlit run ui.py --server.address 0.0.0.0"},
		{"for a program that can do without Streamlit", needs + "]\n-- tool.py --\ntry:\n    import streamlit as st\nexcept ImportError:\n    st = None\n" + guard + "main()\n", "python tool.py"},

		{"by the only script", needs + "]\n[project.scripts]\ns = \"x:y\"\n[build-system]\nrequires = []\n-- main.py --\nprint()\n", "s"},
		{"by the script with the project's name", needs + "]\n[project.scripts]\nother = \"x:z\"\nshop = \"x:y\"\n[build-system]\nrequires = []\n", "shop"},

		{"by a main.py that is a program", needs + "]\n-- main.py --\ndef main(): pass\n" + guard + "main()\n-- app.py --\nprint(1)\n", "python main.py"},
		{"by a main.py without a guard", needs + "]\n-- main.py --\nprint(1)\n", "python main.py"},
		{"by a main.py that is a loop", needs + "]\n-- main.py --\nwhile True:\n    print(1)\n", "python main.py"},
		{"by app.py", needs + "]\n-- app.py --\nprint(1)\n", "python app.py"},
		{"not by what uv init writes", needs + "]\n-- main.py --\ndef main():\n    print(\"Hello from shop!\")\n\n\n" + guard + "main()\n-- bot.py --\nprint(1)\n", "python bot.py"},
		{"not by a main.py that only defines functions", needs + "]\n-- main.py --\ndef f():\n    print(1)\n-- run.py --\nprint(1)\n", "python run.py"},

		{"by a main.py that only defines an application", needs + "\"fastapi\", \"uvicorn\"]\n-- main.py --\n" + fastapi, "uvicorn main:app --host 0.0.0.0 --port 8000"},
		{"by an application with an annotation and another name", needs + "\"fastapi\", \"uvicorn\"]\n-- main.py --\nimport fastapi as f\nserver: f.FastAPI = f.FastAPI(\n    title=\"x\",\n)\n", "uvicorn main:server --host 0.0.0.0 --port 8000"},
		{"by an application with the server of an extra", needs + "\"fastapi[standard]\"]\n-- app.py --\n" + fastapi, "uvicorn app:app --host 0.0.0.0 --port 8000"},
		{"by a program that serves at every address", needs + "\"fastapi\", \"uvicorn\"]\n-- main.py --\n" + fastapi + "import uvicorn\n" + guard + "uvicorn.run(app, host=\"0.0.0.0\")\n", "python main.py"},
		{"by the server of a framework's subclass", needs + "\"fastapi\", \"uvicorn\"]\n-- main.py --\nfrom fastapi import FastAPI\nclass Shop(Base, FastAPI):\n    pass\napp = Shop()\n", "uvicorn main:app --host 0.0.0.0 --port 8000"},
		{"by Flask, whose subclass another file has", needs + "\"flask\"]\n-- main.py --\nfrom made import site as app\n-- made.py --\nimport flask\nclass Shop(flask.Flask): pass\nsite = Shop(__name__)\n", "flask --app main run --host 0.0.0.0 --port 8000"},
		{"by Dagster, of which pyproject.toml has a table", needs + "\"dagster\", \"dagster-webserver\"]\n[tool.dagster]\nmodule_name = \"shop\"\n-- shop/__init__.py --\n-- scripts/load.py --\n" + guard + "print(1)\n", "dagster dev -h 0.0.0.0 -p 8000"},
		{"by Dagster, which has a file", needs + "\"dagster\", \"dagster-webserver\"]\n-- workspace.yaml --\n-- shop.py --\n", "dagster dev -h 0.0.0.0 -p 8000"},
		{"not by Dagster without its server", needs + "\"dagster\"]\n-- workspace.yaml --\n-- load.py --\n" + guard + "print(1)\n", "python load.py"},
		{"by Shiny", needs + "\"shiny\"]\n-- app.py --\nfrom shiny import App, ui\napp = App(page, server)\n", "shiny run app.py --host 0.0.0.0 --port 8000"},
		{"by the server where the program serves at one that nobody reaches", needs + "\"fastapi\", \"uvicorn\"]\n-- main.py --\n" + fastapi + "import uvicorn\n" + guard + "uvicorn.run(app, host=\"127.0.0.1\")\n", "uvicorn main:app --host 0.0.0.0 --port 8000"},
		{"by Flask's own server", needs + "\"flask\"]\n-- app.py --\n" + flask + guard + "app.run(debug=True)\n", "flask --app app run --host 0.0.0.0 --port 8000"},
		{"by gunicorn for Flask", needs + "\"flask\", \"gunicorn\"]\n-- app.py --\n" + flask + guard + "app.run(debug=True)\n", "gunicorn --bind 0.0.0.0:8000 app:app"},
		{"not by an application in a comment or a string", needs + "\"fastapi\", \"uvicorn\"]\n-- main.py --\nfrom fastapi import FastAPI\n# app = FastAPI()\n\"\"\"\napp = FastAPI()\nif __name__ == \"__main__\":\n\"\"\"\nprint(1)\n", "python main.py"},
		{"by a factory", needs + "\"fastapi\", \"uvicorn\"]\n-- main.py --\nfrom fastapi import FastAPI\ndef create_app(debug: bool = False) -> FastAPI:\n    app = FastAPI()\n    return app\n", "uvicorn --factory main:create_app --host 0.0.0.0 --port 8000"},
		{"by a factory for gunicorn", needs + "\"flask\", \"gunicorn\"]\n-- app.py --\nfrom flask import Flask\ndef create_app():\n    return Flask(__name__)\n", "gunicorn --bind 0.0.0.0:8000 app:create_app()"},
		{"by an application that a factory elsewhere makes", needs + "\"flask\", \"gunicorn\"]\n-- app.py --\nfrom shop import create_app\napp = create_app()\n", "gunicorn --bind 0.0.0.0:8000 app:app"},
		{"by Dash's server", needs + "\"dash\", \"gunicorn\"]\n-- app.py --\nimport dash\napp = dash.Dash(__name__)\nserver = app.server\n", "gunicorn --bind 0.0.0.0:8000 app:server"},
		{"by Streamlit", needs + "\"streamlit\"]\n-- app.py --\nimport streamlit as st\nst.title(\"x\")\n", "streamlit run app.py --server.address 0.0.0.0"},
		{"by Gradio, at every address", needs + "\"gradio\"]\n-- app.py --\nimport gradio as gr\ndemo = gr.Interface(print, \"text\", \"text\")\ndemo.launch()\n", "env GRADIO_SERVER_NAME=0.0.0.0 python app.py"},

		{"by a Django project", needs + "\"django\", \"gunicorn\"]\n" + manage + "-- shop/wsgi.py --\n" + django + "-- shop/asgi.py --\n", "gunicorn --bind 0.0.0.0:8000 shop.wsgi:application"},
		{"by a Django project in a folder", needs + "\"django\", \"gunicorn\"]\n" + strings.ReplaceAll(manage, "-- manage.py", "-- web/manage.py") + "-- web/shop/wsgi.py --\n" + django, "gunicorn --bind 0.0.0.0:8000 --chdir web shop.wsgi:application"},
		{"by a Django project without a server", needs + "\"django\"]\n" + manage + "-- shop/wsgi.py --\n" + django, "python manage.py runserver --noreload 0.0.0.0:8000"},
		{"by an application in a folder", needs + "\"fastapi\", \"uvicorn\"]\n-- app/__init__.py --\n-- app/main.py --\nfrom app.routes import r\n" + fastapi + "-- app/routes.py --\nr = 1\n-- tests/main.py --\n" + fastapi, "uvicorn app.main:app --host 0.0.0.0 --port 8000"},
		{"by an application in src that imports its neighbours", needs + "\"fastapi\", \"uvicorn\"]\n-- src/main.py --\nfrom routes import r\n" + fastapi + "-- src/routes.py --\nr = 1\n", "uvicorn --app-dir src main:app --host 0.0.0.0 --port 8000"},
		{"by an application in src that is imported from above", needs + "\"fastapi\", \"uvicorn\"]\n-- src/main.py --\nfrom src.routes import r\n" + fastapi + "-- src/routes.py --\nr = 1\n", "uvicorn src.main:app --host 0.0.0.0 --port 8000"},
		{"by an application of the package", needs + "\"fastapi\", \"uvicorn\"]\n[build-system]\nrequires = []\n-- src/shop/web.py --\n" + fastapi, "uvicorn shop.web:app --host 0.0.0.0 --port 8000"},

		{"by granian for Flask", needs + "\"flask\", \"granian\"]\n-- main.py --\n" + flask + guard + "app.run(debug=True)\n", "granian --interface wsgi --host 0.0.0.0 --port 8000 main:app"},
		{"by Sanic's own server", needs + "\"sanic\"]\n-- app.py --\nfrom sanic import Sanic\napp = Sanic(\"x\")\n" + guard + "app.run(host=\"127.0.0.1\", port=5000)\n", "sanic app:app --host 0.0.0.0 --port 8000"},
		{"by the __main__.py of the project's folder", needs + "]\n-- __main__.py --\nfrom shop.web import main\n" + guard + "main()\n-- shop/web.py --\ndef main(): pass\n", "python ."},
		{"not in a template of a project", needs + "]\n-- {{ cookiecutter.slug }}/{{ cookiecutter.slug }}/cli.py --\n" + guard + "main()\n-- tools/make.py --\n" + guard + "main()\n", "python -m tools.make"},

		{"by NAME/__main__.py", needs + "]\n-- shop/__main__.py --\nprint(1)\n-- other/__main__.py --\n", "python -m shop"},
		{"by NAME/__main__.py that imports its neighbours", needs + "]\n-- shop/__main__.py --\nimport rows\n-- shop/rows.py --\n", "python shop"},
		{"by src/NAME/__main__.py that imports its neighbours", needs + "]\n-- src/shop/__main__.py --\nfrom rows import all\n-- src/shop/rows.py --\n", "python src/shop"},
		{"by src/NAME/__main__.py", needs + "]\n-- src/shop/__main__.py --\nprint(1)\n", "env PYTHONPATH=/app/src python -m shop"},
		{"by src/NAME/__main__.py of the package", needs + "]\n[build-system]\nrequires = []\n-- src/shop/__main__.py --\nprint(1)\n", "python -m shop"},
		{"by src/main.py", needs + "]\n-- src/main.py --\nimport helper\n" + guard + "helper.run()\n-- src/helper.py --\n", "python src/main.py"},
		{"by the only file", "-- moult.toml --\n-- tool.py --\n" + guard + "print(1)\n", "python tool.py"},
		{"by the only program", "-- moult.toml --\n-- tool.py --\n" + guard + "print(1)\n-- lib.py --\ndef f(): pass\n", "python tool.py"},
		{"by a server among requirements in UTF-16", "-- moult.toml --\n-- main.py --\n" + fastapi + "-- requirements.txt --\n\xff\xfe" + utf16("fastapi\nuvicorn\n"), "uvicorn main:app --host 0.0.0.0 --port 8000"},
		{"by a server of a Pipfile", "-- moult.toml --\n-- Pipfile --\n[packages]\nfastapi = \"*\"\nuvicorn = \"*\"\n-- main.py --\n" + fastapi, "uvicorn main:app --host 0.0.0.0 --port 8000"},
		{"by a server of Poetry's", "[tool.poetry]\nname = \"shop\"\nversion = \"1\"\n[tool.poetry.dependencies]\nfastapi = \"*\"\nuvicorn = \"*\"\n-- main.py --\n" + fastapi, "uvicorn main:app --host 0.0.0.0 --port 8000"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, err := find(t, test.files)
			if got := strings.Join(c.Cmd, " "); err != nil || got != test.want {
				t.Errorf("got  %s (%s), %v\nwant %s", got, c.Reason, err, test.want)
			}
			if c.Why != project.CommandByKey && c.Reason == "" {
				t.Error("no reason is given")
			}
		})
	}
}

func utf16(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		b.WriteByte(c)
		b.WriteByte(0)
	}
	return b.String()
}

func TestWhatIsAskedNamesFilesThatExist(t *testing.T) {
	tests := []struct{ name, files, want string }{
		{"nothing to start", "[project]\nname = \"my-app\"\n[tool.moult]\npython = \"3.13\"",
			`pyproject.toml:3:7: there is nothing to start: no Python file of the project is a program; write cmd = [...] under [tool.moult], or build its wheels alone with --target wheels`},
		{"nothing to start with a moult.toml", "-- moult.toml --\npython = \"3.13\"",
			`moult.toml: there is nothing to start: no Python file of the project is a program; write cmd = [...], or build its wheels alone with --target wheels`},
		{"several scripts", "[build-system]\nrequires = [\"x\"]\n[project]\nname = \"a\"\n[project.scripts]\none = \"a:b\"\ntwo = \"a:c\"",
			`pyproject.toml:6:1: there is no command to run, and the project has several scripts: one, two; write cmd = ["one"] under [tool.moult]`},
		{"a script that is not installed", "[project]\nname = \"a\"\n[project.scripts]\none = \"a:b\"",
			`pyproject.toml: there is nothing to start: no Python file of the project is a program; write cmd = [...] under [tool.moult], or build its wheels alone with --target wheels; [project.scripts] are installed only with a [build-system]`},
		{"several programs", needs + "]\n-- one.py --\nprint(1)\n-- two.py --\nprint(1)\n",
			`pyproject.toml: there is no command to run, and several files can be started: one.py, two.py; write cmd = ["python", "one.py"] under [tool.moult]`},
		{"several programs beside a Dockerfile", needs + "]\n-- one.py --\nprint(1)\n-- two.py --\nprint(1)\n-- Dockerfile --\n",
			`pyproject.toml: there is no command to run, and several files can be started: one.py, two.py; write cmd = ["python", "one.py"] under [tool.moult], or run "moult init", which reads the Dockerfile`},
		{"several applications", needs + "\"fastapi\", \"uvicorn\"]\n-- one/main.py --\n" + fastapi + "-- two/main.py --\n" + fastapi,
			`pyproject.toml: there is no command to run, and several files can be started: one/main.py, two/main.py; write cmd = ["uvicorn", "one.main:app", "--host", "0.0.0.0", "--port", "8000"] under [tool.moult]`},
		{"no server", needs + "\"fastapi\"]\n-- main.py --\n" + fastapi,
			`pyproject.toml: there is no command to run: main.py makes a FastAPI application, and no server for it is among the requirements; add one, such as uvicorn or hypercorn, or write cmd = [...] under [tool.moult]`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, err := find(t, test.files)
			if err == nil || err.Error() != test.want {
				t.Errorf("got  %v, %v\nwant %s", c.Cmd, err, test.want)
			}
		})
	}
}

func TestOnlyWhatNobodySaidIsAGuess(t *testing.T) {
	for files, want := range map[string]bool{
		"[tool.moult]\ncmd = [\"a\"]":                                       false,
		needs + "]\n-- Procfile --\nweb: python a.py\n":                     false,
		needs + "]\n-- main.py --\nprint(1)\n":                              false,
		needs + "\"fastapi\", \"uvicorn\"]\n-- main.py --\n" + fastapi:      true,
		needs + "]\n-- tool.py --\nprint(1)\n-- lib.py --\ndef f(): pass\n": true,
	} {
		if c, err := find(t, files); err != nil || c.Guessed != want {
			t.Errorf("%q: %+v, %v", files, c, err)
		}
	}
}

// input is that of a project whose package is installed, and whose other files
// may be copied too.
func input(t *testing.T, files fstest.MapFS) Input {
	t.Helper()
	p, err := project.Read(project.FS(files), "pyproject.toml", project.Options{})
	if err != nil {
		t.Fatal(err)
	}
	requested, err := project.Requirements(p, project.Selection{})
	if err != nil {
		t.Fatal(err)
	}
	return Input{
		Project: p, Files: FS(files), Has: Installed(requested),
		Copied: func(string) bool { return p.BuildSystem == nil }, Copyable: func(string) bool { return true },
	}
}

// file is a file of a tree.
func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
