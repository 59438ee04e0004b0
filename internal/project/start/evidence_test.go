package start

import (
	"errors"
	"strings"
	"testing"
)

func TestAFileOfAPlatformSaysWhatRuns(t *testing.T) {
	const program = guard + "print(1)\n"
	two := needs + "\"fastapi\", \"uvicorn\"]\n-- main.py --\n" + program + "-- web/site.py --\n" + fastapi + "-- jobs/robot.py --\n" + program
	for _, test := range []struct{ name, files, want, place string }{
		{"a service of a Compose file", "-- compose.yaml --\nservices:\n  db:\n    image: postgres\n    command: python main.py\n  robot:\n    build: .\n    command: [\"python\", \"jobs/robot.py\", \"--fast\"]\n", "python -m jobs.robot --fast", "compose.yaml line 7"},
		{"a service with its context and a list", "-- docker-compose.yml --\nservices:\n  robot:\n    build:\n      context: .\n    command:\n      - sh\n      - -c\n      - alembic upgrade head && python jobs/robot.py\n", "python -m jobs.robot", "docker-compose.yml line 5"},
		{"the service with the name of a server", "-- compose.yml --\nservices:\n  worker:\n    build: .\n    command: python jobs/robot.py\n  api:\n    build: .\n    command: >\n      uvicorn\n      web.site:app --reload\n", "uvicorn web.site:app --host 0.0.0.0 --port 8000", "compose.yml line 7"},
		{"heroku.yml", "-- heroku.yml --\nbuild:\n  docker:\n    web: Dockerfile\nrun:\n  web: uvicorn web.site:app --port $PORT\n", "uvicorn web.site:app --host 0.0.0.0 --port 8000", "heroku.yml line 5"},
		{"fly.toml", "-- fly.toml --\napp = \"python main.py\"\n[processes]\nweb = \"python jobs/robot.py\"\n", "python -m jobs.robot", "fly.toml line 3"},
		{"render.yaml", "-- render.yaml --\nservices:\n  - type: web\n    startCommand: gunicorn -k uvicorn.workers.UvicornWorker web.site:app\n", "uvicorn web.site:app --host 0.0.0.0 --port 8000", "render.yaml line 3"},
		{"railway.json", "-- railway.json --\n{\n \"deploy\": {\"startCommand\": \"python jobs/robot.py\"}\n}\n", "python -m jobs.robot", "railway.json line 2"},
		{".replit", "-- .replit --\nentrypoint = \"main.py\"\n[deployment]\nrun = [\"uv\", \"run\", \"python\", \"jobs/robot.py\"]\n", "python -m jobs.robot", ".replit line 3"},
		{"app.yaml", "-- app.yaml --\nruntime: python\nentrypoint: uvicorn web.site:app\n", "uvicorn web.site:app --host 0.0.0.0 --port 8000", "app.yaml line 2"},
		{"discloud.config", "-- discloud.config --\nNAME=x\nMAIN=jobs/robot.py\n", "python -m jobs.robot", "discloud.config line 2"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := find(t, two+test.files)
			if got := strings.Join(c.Cmd, " "); err != nil || got != test.want || c.Guessed || !strings.Contains(c.Reason, test.place+" starts it") {
				t.Errorf("got  %s (%s), guessed: %v, %v\nwant %s", got, c.Reason, c.Guessed, err, test.want)
			}
		})
	}
}

func TestAFileOfAPlatformThatStartsNoProgramOfTheProjectSaysNothing(t *testing.T) {
	const program = guard + "print(1)\n"
	for name, file := range map[string]string{
		"a development server":                     "-- compose.yaml --\nservices:\n  web:\n    build: .\n    command: python manage.py runserver\n",
		"another image":                            "-- compose.yaml --\nservices:\n  robot:\n    image: robots\n    command: python robot.py\n",
		"another context":                          "-- compose.yaml --\nservices:\n  robot:\n    build: ./other\n    command: python robot.py\n",
		"a worker beside the Dockerfile's command": "-- compose.yaml --\nservices:\n  web:\n    build: .\n  jobs:\n    build: .\n    command: python robot.py\n",
		"two services":                             "-- compose.yaml --\nservices:\n  one:\n    build: .\n    command: python robot.py\n  two:\n    build: .\n    command: python main.py\n",
		"a file that is gone":                      "-- render.yaml --\n    startCommand: python gone.py\n",
		"code, which is never run":                 "-- render.yaml --\n    startCommand: python -c \"import robot.py\"\n",
		"a broken file":                            "-- fly.toml --\n[processes\nweb = \"python robot.py\"\n",
		"a broken JSON file":                       "-- railway.json --\n{\"deploy\": [1\n",
		"a table for a command":                    "-- railway.json --\n{\"deploy\": {\"startCommand\": {}}}\n",
		"a large file":                             "-- render.yaml --\n    startCommand: python robot.py\n" + strings.Repeat("#", maxEvidence),
	} {
		c, err := find(t, needs+"]\n-- main.py --\n"+program+"-- robot.py --\n"+program+file)
		if got := strings.Join(c.Cmd, " "); err != nil || got != "python main.py" {
			t.Errorf("%s: %s (%s), %v", name, got, c.Reason, err)
		}
	}
}

func TestATaskThatStartsTheProjectPrecedesTheNameOfAFile(t *testing.T) {
	const program = guard + "print(1)\n"
	two := "-- main.py --\n" + program + "-- robot.py --\n" + program
	for _, test := range []struct{ name, files, want string }{
		{"of a Makefile", needs + "]\n" + two + "-- Makefile --\nPY := python\ntest: lint\n\tpython main.py\n\nrun: ## starts it\n\t@echo python main.py\n\tpython \\\n\t  robot.py --fast\n", "python robot.py --fast"},
		{"of a justfile", needs + "]\n" + two + "-- justfile --\nserve port='8000':\n    uv run python robot.py\n", "python robot.py"},
		{"of Poe", needs + "]\n[tool.poe.tasks]\ntest = \"python main.py\"\nstart = {cmd = \"python robot.py\"}\n" + two, "python robot.py"},
		{"of PDM, as a list", needs + "]\n[tool.pdm.scripts]\nstart = {cmd = [\"python\", \"robot.py\"]}\n" + two, "python robot.py"},
		{"of taskipy", needs + "]\n[tool.taskipy.tasks]\nrun = \"python robot.py\"\n" + two, "python robot.py"},
		{"of Pipenv", "-- moult.toml --\n-- Pipfile --\n[packages]\n[scripts]\nstart = \"python robot.py\"\n" + two, "python robot.py"},
		{"of a script", needs + "]\n" + two + "-- start.sh --\n#!/bin/sh\n# python main.py\nexec python3 robot.py\n", "python robot.py"},

		{"of a container for development", needs + "\"streamlit\"]\n" + strings.ReplaceAll(two, "main.py", "other.py") + "-- .devcontainer/devcontainer.json --\n{\n  // Streamlit's\n  \"postAttachCommand\": {\n    \"server\": \"streamlit run robot.py --server.enableCORS false\"\n  },\n}\n", "streamlit run robot.py --server.address 0.0.0.0"},
		{"not one of a container for development before main.py", needs + "\"streamlit\"]\n" + two + "-- .devcontainer/devcontainer.json --\n{\n  \"postAttachCommand\": \"streamlit run robot.py\"\n}\n", "python main.py"},
		{"an application before a program of a container for development", needs + "\"fastapi\", \"uvicorn\"]\n-- service.py --\nfrom fastapi import FastAPI\napp = FastAPI()\n-- devserver.py --\nif __name__ == \"__main__\":\n    print(1)\n-- .devcontainer/devcontainer.json --\n{\n  \"postStartCommand\": \"python devserver.py\"\n}\n", "uvicorn service:app --host 0.0.0.0 --port 8000"},
		{"not one of a container for development without Streamlit", needs + "]\n" + two + "-- .devcontainer/devcontainer.json --\n{\n  \"postStartCommand\": \"pip install -e .\"\n}\n", "python main.py"},

		{"of the button of Replit", needs + "]\n" + two + "-- .replit --\nentrypoint = \"main.py\"\nrun = \"python3 robot.py\"\n", "python robot.py"},
		{"not the button of Replit before the Dockerfile", needs + "]\n" + two + "-- .replit --\nrun = [\"python\", \"robot.py\"]\n-- Dockerfile --\nFROM python\nCMD python main.py\n", "python main.py"},
		{"of a Makefile with variables", needs + "]\n" + two + "-- Makefile --\nVENV ?= .venv\nPY := $(VENV)/bin/python # ours\nrun-bot:\n\t$(PY) robot.py --fast\n", "python robot.py --fast"},
		{"of a justfile with variables", needs + "]\n" + two + "-- justfile --\npython := \"python3\"\nrun:\n  {{ python }} robot.py\n", "python robot.py"},
		{"of a Makefile that sets no such variable", needs + "]\n" + two + "-- Makefile --\nrun:\n\t$(PY) robot.py\n", "python main.py"},
		{"of a batch file", needs + "]\n" + two + "-- run.bat --\n@echo off\r\nREM python main.py\r\n:: python main.py\r\ncall venv\\Scripts\\activate\r\n.\\venv\\Scripts\\python.exe .\\robot.py\r\n", "python robot.py"},
		{"of a page that is too large to be read", needs + "\"streamlit\"]\n-- one.py --\n" + program + "-- page.py --\n" + strings.Repeat("# 1\n", maxSize) + "-- run.bat --\r\npy -m streamlit run page.py\r\n", "streamlit run page.py --server.address 0.0.0.0"},
		{"of a program that is too large to be read", needs + "]\n-- one.py --\n" + program + "-- big.py --\n" + strings.Repeat("# 1\n", maxSize) + "-- run.sh --\npython big.py\n", "python big.py"},
		{"of a script in a folder", needs + "]\n" + two + "-- scripts/start.sh --\nuv run --no-sync --env-file .env robot.py\n", "python robot.py"},
		{"of a Space", needs + "]\n" + two + "-- README.md --\n---\ntitle: Robot\napp_file: robot.py\n---\nIt starts.\n", "python robot.py"},
		{"of no Space, without a head", needs + "]\n" + two + "-- README.md --\nThe head has\n---\napp_file: robot.py\n---\n", "python main.py"},
		{"of no application of Django", needs + "\"django\"]\n-- manage.py --\nimport os\nfrom django.core.management import execute_from_command_line\nos.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"shop.settings\")\n" + guard + "execute_from_command_line()\n-- shop/settings.py --\n" +
			"-- shop/wsgi.py --\nfrom django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\napp = application\n-- vercel.json --\n{\"builds\": [\n  {\"src\": \"shop/wsgi.py\"}\n]}\n", "python manage.py runserver --noreload 0.0.0.0:8000"},
		{"of no Vercel, beside a main.py", needs + "\"flask\"]\n" + two + "-- api/index.py --\n" + flask + "-- vercel.json --\n{\"builds\": [{\"src\": \"api/index.py\"}]}\n", "python main.py"},
		{"of Vercel", needs + "\"flask\"]\n-- api/index.py --\n" + flask + "-- api/web.py --\n" + flask + "-- vercel.json --\n{\"builds\": [\n  {\"src\": \"api/index.py\", \"use\": \"@vercel/python\"}\n]}\n", "flask --app api.index run --host 0.0.0.0 --port 8000"},
		{"of no application of Vercel without its server", needs + "\"django\"]\n" + manage + "-- shop/settings.py --\n-- shop/wsgi.py --\n" + django + "app = application\n" + guard + "app.run()\n-- vercel.json --\n{\"builds\": [{\"src\": \"shop/wsgi.py\"}]}\n", "python manage.py runserver --noreload 0.0.0.0:8000"},
		{"of no function of Vercel with its own handler", needs + "\"flask\"]\n" + two + "-- api/index.py --\nclass handler(BaseHTTPRequestHandler): pass\n-- vercel.json --\n{\"builds\": [{\"src\": \"api/index.py\"}]}\n", "python main.py"},
		{"not one that starts two programs", needs + "]\n" + two + "-- Makefile --\nrun:\n\tpython robot.py & python main.py\n", "python main.py"},
		{"not one that prepares something", needs + "]\n" + two + "-- seed.py --\n" + program + "-- Makefile --\ndev:\n\tpython seed.py\n", "python main.py"},
		{"not a table's task of a helper", needs + "]\n[tool.taskipy.tasks]\ndev = \"python scripts/watch.py\"\n" + two + "-- scripts/watch.py --\n" + program, "python main.py"},
		{"not one with another name", needs + "]\n" + two + "-- Makefile --\nreport:\n\tpython robot.py\n", "python main.py"},
		{"not a step before the program", needs + "]\n-- main.py --\n" + program + "-- login.py --\n" + program + "-- start.sh --\npython login.py\n", "python main.py"},
		{"not one that the Dockerfile contradicts", needs + "]\n" + two + "-- Makefile --\nrun:\n\tpython robot.py\n-- Dockerfile --\nFROM python\nCMD python main.py\n", "python main.py"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := find(t, test.files)
			if got := strings.Join(c.Cmd, " "); err != nil || got != test.want {
				t.Errorf("got  %s (%s), %v\nwant %s", got, c.Reason, err, test.want)
			}
		})
	}
}

func TestTheOnlyProgramThatTheREADMEStartsPrecedesAGuess(t *testing.T) {
	const (
		program   = guard + "print(1)\n"
		streamlit = "import streamlit as st\nst.title(\"x\")\n"
	)
	readme := func(lines ...string) string { return "-- README.md --\n" + strings.Join(lines, "\n") + "\n" }
	for _, test := range []struct{ name, files, want, why string }{
		{"an interface in place of a program with the usual name", needs + "\"streamlit\"]\n-- src/main.py --\n" + program + "-- src/page.py --\n" + streamlit + readme("# Shop", "First `python gone.py`, or `streamlit run page.py`."), "streamlit run page.py --server.address 0.0.0.0", "README.md line 2"},
		{"a program after those that prepare it", needs + "\"fastapi\", \"uvicorn\"]\n-- web/site.py --\n" + fastapi + "-- train_model.py --\n" + program + "-- robot.py --\n" + program + readme("$ python train_model.py", "$ python robot.py --token $TOKEN"), "python robot.py", "README.md line 2"},
		{"a program that is deep in the project", needs + "]\n-- a/b/c/robot.py --\n" + program + "-- a/one.py --\n" + program + "-- a/two.py --\n" + program + readme("```", "uv run a/b/c/robot.py", "```"), "python -m a.b.c.robot", "README.md line 2"},
		{"an application of Flask's command", needs + "\"flask\", \"gunicorn\"]\n-- a/app.py --\n" + flask + "-- b/app.py --\n" + flask + readme("    flask --app b.app run --debug"), "gunicorn --bind 0.0.0.0:8000 b.app:app", "README.md line 1"},

		{"not a helper beside an application", needs + "\"fastapi\", \"uvicorn\"]\n-- web/site.py --\n" + fastapi + "-- jobs/rows.py --\n" + program + readme("python jobs/rows.py"), "uvicorn web.site:app --host 0.0.0.0 --port 8000", ""},
		{"not a file in a folder of scripts", needs + "]\n-- scripts/rows.py --\n" + program + "-- src/app.py --\n" + program + readme("python scripts/rows.py"), "python -m src.app", ""},
		{"not where there is a main.py", needs + "]\n-- main.py --\n" + program + "-- robot.py --\n" + program + readme("python robot.py"), "python main.py", ""},
		{"not where a package has its own program", needs + "]\n-- shop/__main__.py --\n" + program + "-- shop/rows.py --\n" + program + readme("python -m shop.rows"), "python -m shop", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := find(t, test.files)
			if got := strings.Join(c.Cmd, " "); err != nil || got != test.want || test.why != "" && (!c.Guessed || !strings.Contains(c.Reason, test.why+" starts it")) {
				t.Errorf("got  %s (%s), %v\nwant %s", got, c.Reason, err, test.want)
			}
		})
	}
}

func TestAREADMEDoesNotMakeALibraryAProgram(t *testing.T) {
	for name, files := range map[string]string{
		"a helper":                       "-- scripts/sample.py --\n" + guard + "print(1)\n-- README.md --\npython scripts/sample.py > out.png\n",
		"a user's file of the same name": "-- src/shop/application.py --\nclass Application: pass\n-- README.md --\npython application.py\n",
	} {
		c, err := find(t, needs+"]\n-- lib.py --\ndef f(): pass\n"+files)
		if strings.Contains(c.Reason, "README.md") || name != "a helper" && !errors.Is(err, ErrNothing) {
			t.Errorf("%s: %v (%s), %v", name, c.Cmd, c.Reason, err)
		}
	}
}

func TestAPackageThatIsOneModuleIsStartedWithTheModulesThatItImports(t *testing.T) {
	const packaged = "[build-system]\nrequires = []\nbuild-backend = \"poetry.core.masonry.api\"\n"
	files := tree(needs + "]\n" + packaged + "-- shop.py --\nimport cogs.help\n" + guard + "print(1)\n-- cogs/help.py --\n")
	c, err := Command(input(t, files))
	if got := strings.Join(c.Cmd, " "); err != nil || got != "python shop.py" || !c.NextToPackage {
		t.Errorf("%s, %+v, %v", got, c, err)
	}
	// So is an application of a package that is a folder.
	files = tree(needs + "\"flask\"]\n" + packaged + "-- shop/__init__.py --\n-- shop/app.py --\nfrom flask import Flask\nfrom rows.base import db\napp = Flask(__name__)\n-- rows/base.py --\ndb = 1\n")
	c, err = Command(input(t, files))
	if got := strings.Join(c.Cmd, " "); err != nil || got != "flask --app shop.app run --host 0.0.0.0 --port 8000" || !c.NextToPackage {
		t.Errorf("%s, %+v, %v", got, c, err)
	}
	// One that imports none of them is only installed.
	files = tree(needs + "]\n" + packaged + "-- shop.py --\nimport json\n" + guard + "print(1)\n-- cogs/help.py --\n")
	c, err = Command(input(t, files))
	if got := strings.Join(c.Cmd, " "); err != nil || got != "python -m shop" || c.NextToPackage {
		t.Errorf("%s, %+v, %v", got, c, err)
	}
}

func TestAnApplicationThatAProgramNamesIsServed(t *testing.T) {
	const factory = "from fastapi import FastAPI\ndef create_app():\n    return FastAPI()\n"
	for _, test := range []struct{ name, files, want string }{
		{"at an address that can be reached", "-- main.py --\n" + guard + "uvicorn.run(\n  \"web.site:create_app\",\n  reload=True, factory=True)\n-- src/web/site.py --\n" + factory, "uvicorn --factory --app-dir src web.site:create_app --host 0.0.0.0 --port 8000"},
		{"by the program itself if it is open", "-- main.py --\n" + guard + "uvicorn.run(\"web.site:app\", host=\"0.0.0.0\")\n-- web/site.py --\n" + fastapi, "python main.py"},
		{"by the program with its folder of modules", "-- main.py --\n" + guard + "uvicorn.run(\"web.site:app\", host=\"0.0.0.0\")\n-- src/web/site.py --\n" + fastapi, "env PYTHONPATH=/app/src python main.py"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := find(t, needs+"\"fastapi\", \"uvicorn\"]\n"+test.files)
			if got := strings.Join(c.Cmd, " "); err != nil || got != test.want {
				t.Errorf("got  %s (%s), %v\nwant %s", got, c.Reason, err, test.want)
			}
		})
	}
}

func TestAProgramWhoseModulesAreInSrcIsStartedWithThem(t *testing.T) {
	for _, test := range []struct{ name, source, want string }{
		{"only src has it", "from rows import f\n", "env PYTHONPATH=/app/src python main.py"},
		{"the program adds the folder", "import sys\nsys.path.insert(0, \"src\")\nfrom rows import f\n", "python main.py"},
		{"a requirement has it, too", "import click\n", "python main.py"},
	} {
		c, err := find(t, needs+"\"click\"]\n-- main.py --\n"+test.source+guard+"f()\n-- src/rows.py --\n-- src/click/__init__.py --\n")
		if got := strings.Join(c.Cmd, " "); err != nil || got != test.want {
			t.Errorf("%s: %s, %v", test.name, got, err)
		}
	}
}

func FuzzEvidence(f *testing.F) {
	f.Add("services:\n  a:\n    build: .\n    command:\n    - x\n")
	f.Add("run:\n\tpython a.py \\\n")
	f.Add("services:\n : \n  - a\n x: |\n")
	f.Fuzz(func(t *testing.T, text string) {
		files := tree(needs + "]\n-- a.py --\n" + guard + "-- b.py --\n" + guard)
		for _, name := range EvidenceFiles {
			files[name] = file(text)
		}
		c, err := Command(input(t, files))
		if err == nil && len(c.Cmd) == 0 {
			t.Error("neither a command nor an error")
		}
	})
}

func TestTheOnlyProjectOfAWorkspaceIsStarted(t *testing.T) {
	const virtual = "[tool.uv.workspace]\nmembers = [\"back\", \"more/*\"]\n"
	back := "-- back/pyproject.toml --\n" + needs + "\"fastapi[standard]\"]\n-- back/web/site.py --\n" + fastapi + "-- back/Dockerfile --\nFROM python\nCMD [\"fastapi\", \"run\", \"--workers\", \"4\", \"web/site.py\"]\n"
	c, err := find(t, virtual+back)
	if got := strings.Join(c.Cmd, " "); err != nil || got != "uvicorn web.site:app --host 0.0.0.0 --port 8000" || !strings.Contains(c.Reason, "and Dockerfile starts it; back has the only project of the workspace") {
		t.Errorf("%s (%s), %v", got, c.Reason, err)
	}
	_, err = find(t, virtual+back+"-- more/rows/pyproject.toml --\n[project]\nname = \"rows\"\n")
	if err == nil || err.Error() != "pyproject.toml: there is no command to run: this is the root of a workspace with several projects: back, more/rows; move the line with the syntax into the pyproject.toml of one of them, and build with -f, such as -f back/pyproject.toml" {
		t.Error(err)
	}
}

func TestAProjectOfAWorkspaceGetsTheWordsOfTheRootsDockerfile(t *testing.T) {
	c, err := find(t, "[tool.uv.workspace]\nmembers = [\"cli\", \"api\"]\n-- cli/pyproject.toml --\n"+needs+"\"rows\"]\n[project.scripts]\nshop = \"shop:main\"\n[build-system]\nrequires = []\nbuild-backend = \"hatchling.build\"\n[tool.uv.sources]\nrows = {workspace = true}\n-- cli/shop/__init__.py --\ndef main(): pass\n-- api/pyproject.toml --\n[project]\nname = \"rows\"\nversion = \"1\"\n-- Dockerfile --\nFROM python\nCMD [\"shop\", \"serve\"]\n")
	if got := strings.Join(c.Cmd, " "); err != nil || got != "shop serve" || !strings.HasSuffix(c.Reason, "; cli has the only project of the workspace that no other one needs") {
		t.Errorf("%s (%s), %v", got, c.Reason, err)
	}
}
