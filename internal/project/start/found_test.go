package start

import (
	"slices"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/project"
)

func TestTheCommandIsTheOneThatTheProjectsFilesTell(t *testing.T) {
	const (
		program  = guard + "print(1)\n"
		computed = "-- manage.py --\nimport os\nfrom decouple import config\ndef main():\n    os.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", config(\"DJANGO_SETTINGS_MODULE\"))\n    from django.core.management import execute_from_command_line\n" + guard + "main()\n"
		script   = needs + "]\n[project.scripts]\nshop = \"shop.cli:main\"\n[build-system]\nrequires = []\n-- shop/cli.py --\ndef main(): pass\n"
	)
	for _, test := range []struct{ name, files, want string }{
		{"Django's, if manage.py computes the name of the settings", needs + "\"django\"]\n" + computed + "-- site/wsgi.py --\n" + django, "python manage.py runserver --noreload 0.0.0.0:8000"},
		{"Django's as a module of a package that its settings name", needs + "\"django\"]\n" + strings.ReplaceAll(manage, "-- manage.py", "-- shop/manage.py") + "-- shop/__init__.py --\n-- shop/settings.py --\n", "python -m shop.manage runserver --noreload 0.0.0.0:8000"},
		{"the application of a package that the settings name", needs + "\"django\", \"gunicorn\"]\n" + strings.ReplaceAll(manage, "-- manage.py", "-- shop/manage.py") + "-- shop/wsgi.py --\n" + django, "gunicorn --bind 0.0.0.0:8000 shop.wsgi:application"},

		{"an application below a folder whose name is none of a module", needs + "\"fastapi\", \"uvicorn\"]\n-- Part-1/src/main.py --\nfrom data import rows\n" + fastapi + "-- Part-1/src/data.py --\nrows = []\n" + program, "uvicorn --app-dir Part-1/src main:app --host 0.0.0.0 --port 8000"},
		{"an application to which a call of a library adds routes", needs + "\"fastapi\", \"uvicorn\", \"inngest\"]\n-- main.py --\nimport inngest.fast_api\n" + fastapi + "inngest.fast_api.serve(app, client, [])\n", "uvicorn main:app --host 0.0.0.0 --port 8000"},

		{"the program in the project's folder that the README starts, before a usual name", needs + "]\n-- server.py --\n" + program + "-- balancer.py --\n" + program + "-- client.py --\n" + program + "-- README.md --\n    python3 balancer.py 5\n    python3 client.py\n", "python balancer.py"},
		{"the program that imports the others", needs + "]\n-- job/rows.py --\n" + program + "-- job/collect.py --\nfrom . import rows\n" + program, "python -m job.collect"},
		{"main.py that chooses by match what it does", needs + "]\n-- main.py --\nimport sys\nmatch sys.argv:\n    case [_, name]:\n        run(name)\n    case _:\n        print(1)\n-- jobs/other.py --\n" + program, "python main.py"},
		{"the program without a guard that imports the only one with a guard", needs + "]\n-- bot/bot.py --\nimport discord\nimport rows\nclient = discord.Client()\nclient.run(token)\n-- bot/rows.py --\n" + program, "python bot/bot.py"},
		{"the program without a guard that imports those with one", needs + "]\n-- bot/bot.py --\nimport rows, places\nstart(rows, places)\n-- bot/rows.py --\n" + program + "-- bot/places.py --\n" + program, "python bot/bot.py"},
		{"the application of a package that is the folder src itself", needs + "\"fastapi\", \"uvicorn\"]\n[project.scripts]\na = \"src.a:main\"\nb = \"src.b:main\"\n[build-system]\nrequires = []\n-- src/__init__.py --\n-- src/web/server.py --\nfrom src.rows import all\n" + fastapi + "-- src/rows.py --\n", "uvicorn src.web.server:app --host 0.0.0.0 --port 8000"},
		{"the application of a package that Hatch makes of the folder src", needs + "\"fastapi\", \"uvicorn\"]\n[build-system]\nrequires = []\nbuild-backend = \"hatchling.build\"\n[tool.hatch.build.targets.wheel]\npackages = [\"src\"]\n-- src/__init__.py --\n-- src/web/server.py --\n" + fastapi, "uvicorn src.web.server:app --host 0.0.0.0 --port 8000"},
		{"the program that imports the others by their whole names", needs + "]\n-- job/rows.py --\n" + program + "-- job/collect.py --\nfrom job.rows import read\n" + program, "python -m job.collect"},
		{"the one that the README starts, though another file imports it", needs + "]\n-- robot.py --\n" + program + "-- demo.py --\nimport robot\n" + program + "-- README.md --\n    python robot.py\n", "python robot.py"},

		{"the web interface that main.py does not use", needs + "\"streamlit\"]\n-- main.py --\n" + program + "-- app.py --\nimport streamlit as st\nst.title(1)\n", "streamlit run app.py --server.address 0.0.0.0"},
		{"the only web interface, whatever its name, that main.py does not use", needs + "\"streamlit\"]\n-- main.py --\n" + program + "-- ui.py --\nimport streamlit as st\nfrom main import run\nst.title(1)\n", "streamlit run ui.py --server.address 0.0.0.0"},
		{"an interface of Gradio that main.py does not use", needs + "\"gradio\"]\n-- main.py --\n" + program + "-- web.py --\nimport gradio as gr\nui = gr.Interface()\n" + guard + "ui.launch()\n", "env GRADIO_SERVER_NAME=0.0.0.0 python web.py"},
		{"main.py before a web interface, if it is a bot", needs + "\"streamlit\"]\n-- main.py --\nimport discord\n" + guard + "discord.Client().run(1)\n-- page.py --\nimport streamlit as st\nst.title(1)\n", "python main.py"},
		{"main.py before several web interfaces", needs + "\"streamlit\"]\n-- main.py --\n" + program + "-- one.py --\nimport streamlit as st\nst.title(1)\n-- two.py --\nimport streamlit as st\nst.title(1)\n", "python main.py"},
		{"main.py before a part of it that is an interface", needs + "\"gradio\"]\n-- main.py --\nimport web\n" + program + "-- web.py --\nimport gradio as gr\nui = gr.Interface()\n" + guard + "ui.launch()\n", "python main.py"},
		{"main.py before a web interface where the README starts it", needs + "\"streamlit\"]\n-- main.py --\n" + program + "-- app.py --\nimport streamlit as st\nst.title(1)\n-- README.md --\n    python main.py\n", "python main.py"},

		{"the file itself, if other files import the application from the file that is started", needs + "\"flask\", \"waitress\"]\n-- sites.py --\n" + flask + "import links\n" + guard + "app.run()\n-- links.py --\nfrom __main__ import app\n@app.route(\"/links\")\ndef links(): pass\n", "python sites.py"},
		{"the program that the README starts, and not a main.py that tries something out", needs + "]\n-- main.py --\nfrom groq import Groq\nprint(Groq().models())\n-- ingest.py --\n" + program + "-- agent.py --\n" + program + "-- README.md --\n    python ingest.py\n    python agent.py\n", "python agent.py"},
		{"main.py, if the README names it too", needs + "]\n-- main.py --\nprint(1)\n-- agent.py --\n" + program + "-- README.md --\n`main.py` starts it.\n    python agent.py\n", "python main.py"},
		{"the application of app.py, and not a main.py that tries something out", needs + "\"fastapi\", \"uvicorn\"]\n-- main.py --\nfrom rows import all\nfor row in all():\n    print(row)\n-- rows.py --\n-- app.py --\n" + fastapi, "uvicorn app:app --host 0.0.0.0 --port 8000"},
		{"main.py before the application of app.py, if it does not end", needs + "\"flask\"]\n-- main.py --\nimport schedule\nwhile True:\n    schedule.run_pending()\n-- app.py --\n" + flask, "python main.py"},
		{"main.py before the application of app.py, if the README names it", needs + "\"flask\"]\n-- main.py --\nprint(1)\n-- app.py --\n" + flask + "-- README.md --\nRun main.py first.\n", "python main.py"},
		{"main.py before the application of app.py, if it uses this", needs + "\"flask\"]\n-- main.py --\nimport app\nprint(app)\n-- app.py --\n" + flask, "python main.py"},
		{"main.py before the application of app.py, if no server for this is installed", needs + "\"fastapi\"]\n-- main.py --\nprint(1)\n-- app.py --\n" + fastapi, "python main.py"},
		{"a web interface, and not the settings that the project's folder has alone", needs + "\"streamlit\"]\n-- config.py --\nfrom pathlib import Path\nPath('rows').mkdir()\n-- pages_of/one.py --\nimport streamlit as st\nimport config\nst.title(1)\n", "streamlit run pages_of/one.py --server.address 0.0.0.0"},
		{"a program below the project's folder, and not the module that it imports from there", needs + "]\n-- paths.py --\nfrom pathlib import Path\nPath('rows').mkdir()\n-- job/work.py --\nimport paths\n" + program, "python -m job.work"},
		{"a program below the project's folder, and not what is run once before it", needs + "]\n-- setup_db.py --\n" + program + "-- bot/__init__.py --\n-- bot/main.py --\nfrom bot.rows import all\n" + program + "-- bot/rows.py --\n", "python -m bot.main"},
		{"a program, and not what makes its tables before", needs + "]\n-- create_tables.py --\n" + program + "-- robot.py --\n" + program, "python robot.py"},
		{"what is run once, if nothing else is a program", needs + "]\n-- setup_db.py --\n" + program + "-- rows/all.py --\n", "python setup_db.py"},
		{"what is run once, if the README starts it alone", needs + "]\n-- setup_db.py --\n" + program + "-- bot/main.py --\n" + program + "-- README.md --\n    python setup_db.py\n", "python setup_db.py"},
		{"a test of load, if nothing else is a program", needs + "\"locust\"]\n-- locustfile.py --\nfrom locust import HttpUser\nclass User(HttpUser): pass\n", "locust"},
		{"a program before a test of load", needs + "\"locust\"]\n-- locustfile.py --\nfrom locust import HttpUser\n-- job/run.py --\n" + program, "python -m job.run"},
		{"the only file of the project's folder, though its parts import it", needs + "\"discord-py\"]\n-- robot.py --\nimport discord\nclient = discord.Client()\nclient.run(1)\n-- parts/one.py --\nfrom robot import client\n", "python robot.py"},
		{"the server that the README starts first, and not the page below it", needs + "\"flask\"]\n-- trap.py --\nimport socket\ndef main():\n    s = socket.socket()\n    s.bind(('0.0.0.0', 22))\n    s.listen(1)\n" + guard + "main()\n-- page/app.py --\n" + flask + "-- README.md --\n    python trap.py\n    python page/app.py\n", "python trap.py"},
		{"the page, if what the README starts first ends", needs + "\"flask\"]\n-- collect.py --\n" + program + "-- page/app.py --\n" + flask + "-- README.md --\n    python collect.py\n    python page/app.py\n", "flask --app page.app run --host 0.0.0.0 --port 8000"},
		{"the application with the server that another requirement brings", needs + "\"fastapi\", \"functions-framework\"]\n-- web/api.py --\n" + fastapi, "uvicorn web.api:app --host 0.0.0.0 --port 8000"},
		{"the application of Flask that an extension of it brings", needs + "\"flask-login\"]\n-- web/site.py --\n" + flask, "flask --app web.site run --host 0.0.0.0 --port 8000"},
		{"main.py, if it has functions", needs + "]\n-- main.py --\ndef run(): pass\nrun()\n-- agent.py --\n" + program + "-- README.md --\n    python agent.py\n", "python main.py"},
		{"main.py, if the README starts a program below it", needs + "]\n-- main.py --\nprint(1)\n-- jobs/agent.py --\n" + program + "-- README.md --\n    python jobs/agent.py\n", "python main.py"},
		{"the function of Google Cloud", needs + "\"functions-framework\"]\n-- main.py --\ndef load(name): pass\ndef hello(request):\n    return load(request)\n", "functions-framework --target hello --host 0.0.0.0 --port 8000"},
		{"the function of Google Cloud with its decorator", needs + "\"functions-framework\"]\n-- main.py --\nimport functions_framework\nfrom functions_framework import cloud_event\ndef help(request: int): pass\n@cloud_event\ndef on(event): pass\n", "functions-framework --target on --host 0.0.0.0 --port 8000"},
		{"no file of a virtual environment that is committed", "-- moult.toml --\n-- requirements.txt --\nsix\n-- py3/pyvenv.cfg --\n-- py3/Lib/pygmentize.py --\n" + program + "-- old/bin/activate --\n-- old/Lib/rst2odt.py --\n" + program + "-- old/lib/python2.7/site.py --\n" + program + "-- win/Scripts/activate --\n-- win/Lib/site.py --\n" + program + "-- jobs/night/robot.py --\n" + program, "python -m jobs.night.robot"},
		{"main.py, if setuptools packages a folder and not the script's file", needs + "]\n[project.scripts]\nbot = \"main:main\"\n[build-system]\nrequires = []\nbuild-backend = \"setuptools.build_meta\"\n[tool.moult]\napp.include = [\"main.py\"]\n-- main.py --\nimport monitor\n" + program + "-- monitor/__init__.py --\n-- tests/__init__.py --\n", "python main.py"},
		{"the script, if setuptools packages its file, because a folder is never a package", needs + "]\n[project.scripts]\nbot = \"main:main\"\n[build-system]\nrequires = []\nbuild-backend = \"setuptools.build_meta\"\n-- main.py --\n" + program + "-- scripts/one.py --\n", "bot"},
		{"the script, if a table of setuptools names its file", needs + "]\n[project.scripts]\nbot = \"main:main\"\n[build-system]\nrequires = []\nbuild-backend = \"setuptools.build_meta\"\n[tool.setuptools]\npy-modules = [\"main\"]\n-- main.py --\n" + program + "-- monitor/__init__.py --\n", "bot"},
		{"the application, if the script serves it for development alone", needs + "\"fastapi\", \"uvicorn\"]\n[project.scripts]\ndev = \"shop.web:dev\"\n[build-system]\nrequires = []\n-- shop/web.py --\nimport uvicorn\n" + fastapi + "def dev():\n    uvicorn.run(\"shop.web:app\", reload=True)\n", "uvicorn shop.web:app --host 0.0.0.0 --port 8000"},
		{"the script, if it serves the application for everybody", needs + "\"fastapi\", \"uvicorn\"]\n[project.scripts]\nweb = \"shop.web:web\"\n[build-system]\nrequires = []\n-- shop/web.py --\nimport uvicorn\n" + fastapi + "def web(host):\n    uvicorn.run(app, host=host)\n", "web"},
		{"Django's application with uWSGI, if no other server is installed", needs + "\"django\", \"uwsgi\"]\n" + manage + "-- site/wsgi.py --\n" + django, "uwsgi --http 0.0.0.0:8000 --master --die-on-term --need-app --module site.wsgi:application"},

		{"the file that adds routes to an application of another one", needs + "\"flask\"]\n-- server/config.py --\n" + flask + "-- server/app.py --\nfrom config import app, db\n" + guard + "app.run(port=5555, debug=True)\n", "flask --app server/app.py run --host 0.0.0.0 --port 8000"},
		{"the file that starts an application which it imports through another one", needs + "\"flask\"]\n-- app.py --\nfrom views.auth import app\n" + guard + "app.run(host='localhost', port=5000)\n-- views/auth.py --\nfrom conf.made import app\n@app.route('/')\ndef index(): pass\n-- conf/made.py --\n" + flask, "flask --app app run --host 0.0.0.0 --port 8000"},
		{"the file that gives an application of another one to its server", needs + "\"fastapi\", \"uvicorn\"]\n-- web/base.py --\n" + fastapi + "-- web/routes.py --\nimport uvicorn\nfrom .base import app\n" + guard + "uvicorn.run(app)\n-- web/zeta.py --\n", "uvicorn web.routes:app --host 0.0.0.0 --port 8000"},
		{"the program that others import nothing of, where several files start one application", needs + "\"flask\"]\n-- web.py --\n" + flask + "-- routes.py --\nfrom web import app\n" + guard + "app.run()\n-- manage_users.py --\nfrom web import app\n" + guard + "app.run()\n", "flask --app web run --host 0.0.0.0 --port 8000"},

		{"the server that the Dockerfile starts, and not the script for the command line", strings.Replace(script, "= []", "= [\"fastapi\", \"uvicorn\"]", 1) + "-- shop/api.py --\n" + fastapi + "-- Dockerfile --\nFROM python\nCMD [\"uv\", \"run\", \"--no-sync\", \"uvicorn\", \"shop.api:app\", \\\n  \"--host\", \"0.0.0.0\"]\n", "uvicorn shop.api:app --host 0.0.0.0 --port 8000"},
		{"the script, if the Dockerfile starts its module", script + "-- Dockerfile --\nFROM python\nCMD [\"python\", \"-m\", \"shop.cli\"]\n", "shop"},
		{"the script, if the Dockerfile starts a file that imports its module", script + "-- run.py --\nfrom shop.cli import main\n" + program + "-- Dockerfile --\nFROM python\nCMD [\"python\", \"run.py\"]\n", "shop"},
		{"the script, if the Dockerfile starts what prepares something", script + "-- shop/migrate.py --\n" + program + "-- Dockerfile --\nFROM python\nCMD [\"python\", \"-m\", \"shop.migrate\"]\n", "shop"},
		{"the application that the settings of uWSGI name", needs + "\"flask\", \"uwsgi\"]\n-- run.py --\n" + program + "-- wsgi.py --\n" + flask + "-- conf/uwsgi.ini --\n-- uwsgi.ini --\n[uwsgi]\nmodule = wsgi:app\nhttp = :8080\n-- run-app.sh --\n#!/bin/sh\nuwsgi --ini uwsgi.ini\n-- Dockerfile --\nFROM python\nCMD [\"./run-app.sh\"]\n", "uwsgi --http 0.0.0.0:8000 --master --die-on-term --need-app --module wsgi:app"},
		{"the application that the settings of uWSGI name by its file", needs + "\"flask\", \"uwsgi\"]\n-- run.py --\n" + program + "-- site.py --\n" + flask + "-- uwsgi.ini --\n[uwsgi]\nwsgi-file = site.py\ncallable = app\n-- Dockerfile --\nFROM python\nCMD uwsgi uwsgi.ini\n", "uwsgi --http 0.0.0.0:8000 --master --die-on-term --need-app --module site:app"},
		{"another program than the script, if the package lacks the script's module", strings.Replace(script, "-- shop/cli.py --", "build-backend = \"setuptools.build_meta\"\n-- shop/__init__.py --\n-- shop/api/cli.py --", 1) + program, "python -m shop.api.cli"},

		{"the module of a script that is not installed", needs + "]\n[project.scripts]\nshop = \"shop.robot:main\"\nshop-lint = \"shop.lint:main\"\n-- src/shop/robot.py --\n" + program + "-- src/shop/lint.py --\n" + program, "env PYTHONPATH=/app/src python -m shop.robot"},
		{"the function of a script that is not installed, if its module only defines it", needs + "]\n[project.scripts]\nshop = \"shop.cli:run\"\n-- shop/cli.py --\ndef run(): pass\n", "python -c import sys; from shop.cli import run; sys.exit(run())"},
		{"an application, and not the script of a project that is not installed", needs + "\"fastapi\", \"uvicorn\"]\n[project.scripts]\nshop-migrate = \"shop.schema:main\"\n-- shop/schema.py --\ndef main(): pass\n-- shop/web.py --\n" + fastapi, "uvicorn shop.web:app --host 0.0.0.0 --port 8000"},
		{"the server of the README, and not the script of a project that is not installed", needs + "\"fastapi\", \"uvicorn\"]\n[project.scripts]\nshop-seed = \"shop.schema:main\"\n-- shop/schema.py --\ndef main(): pass\n-- shop/web.py --\n" + fastapi + "-- shop/other.py --\n" + fastapi + "-- README.md --\n    uvicorn shop.web:app\n", "uvicorn shop.web:app --host 0.0.0.0 --port 8000"},
		{"the module of a script of setup.py", "-- moult.toml --\n-- requirements.txt --\nsix\n-- setup.py --\nfrom setuptools import setup\nsetup(name=\"align\", entry_points={\"console_scripts\": [\"align = aligner:main\"]})\n-- aligner.py --\n" + program + "-- sample.py --\nimport aligner\naligner.main()\n-- README.md --\n    python aligner.py x.json\n    python sample.py\n", "python -m aligner"},
		{"the module of a script of setup.cfg", "-- moult.toml --\n-- requirements.txt --\nsix\n-- setup.cfg --\n[options.entry_points]\nconsole_scripts =\n    align = tool.aligner:main\n-- tool/aligner.py --\n" + program + "-- tool/sample.py --\n" + program, "python -m tool.aligner"},
		{"not one of several scripts that are not installed", needs + "]\n[project.scripts]\none = \"shop.one:main\"\ntwo = \"shop.two:main\"\n-- shop/one.py --\n" + program + "-- shop/two.py --\n" + program + "-- README.md --\n    python shop/two.py\n", "python -m shop.two"},

		{"the script with the words of the Dockerfile", script + "-- Dockerfile --\nFROM python\nCMD [\"shop\", \"serve\", \"--host\", \"0.0.0.0\"]\n", "shop serve --host 0.0.0.0"},
		{"the script with the words of a Dockerfile in a folder", script + "-- docker/Dockerfile --\nFROM python\nCMD [\"shop\", \"serve\"]\n", "shop serve"},
		{"the script with the words of the Dockerfile that a Compose file names", script + "-- compose.yaml --\nservices:\n  web:\n    build:\n      context: .\n      dockerfile: deploy/web/Dockerfile\n-- deploy/web/Dockerfile --\nFROM python\nCMD [\"shop\", \"serve\"]\n", "shop serve"},
		{"the script alone where a Dockerfile in a folder has words that the project's own one has not", script + "-- Dockerfile --\nFROM python\nCMD [\"shop\"]\n-- docker/Dockerfile --\nFROM python\nCMD [\"shop\", \"serve\"]\n", "shop"},
		{"the script with the words of the Dockerfile's two lines", script + "-- Dockerfile --\nFROM python\nENTRYPOINT [\"uv\", \"run\", \"shop\"]\nCMD [\"serve\"]\n", "shop serve"},
		{"the script with the words that stand on several lines", script + "-- Dockerfile --\nFROM python\nCMD [\"shop\", \\\n  # the server\n  \"serve\"]\n", "shop serve"},
		{"the script without the words of a health check", script + "-- Dockerfile --\nFROM python\nENTRYPOINT [\"shop\"]\nCMD [\"serve\"]\nHEALTHCHECK --interval=5m \\\n  CMD curl -f http://localhost\n", "shop serve"},
		{"the script without the words of another stage", script + "-- Dockerfile --\nFROM node AS page\nCMD [\"build\"]\nFROM python\nENTRYPOINT [\"shop\"]\n", "shop"},
		{"the script with the words of the stage that the last one extends", script + "-- Dockerfile --\nFROM --platform=linux/amd64 python AS Base\nENTRYPOINT [\"shop\"]\nFROM node\nFROM base\nCMD [\"serve\"]\n", "shop serve"},
		{"the script alone where the Dockerfile's lines are broken", script + "-- Dockerfile --\nFROM  \nFROM \u00a0\nCMD\nCMD [\"shop\", 1]\nENTRYPOINT  \\\n", "shop"},
		{"the script alone where the Dockerfile asks for its help", script + "-- Dockerfile --\nFROM python\nENTRYPOINT [\"shop\"]\nCMD [\"--help\"]\n", "shop"},
		{"the script alone where a shell reads the Dockerfile's words", script + "-- Dockerfile --\nFROM python\nCMD shop serve $PORT\n", "shop"},
		{"the script alone where the Dockerfile starts another program", script + "-- Dockerfile --\nFROM python\nCMD [\"bash\", \"shop\", \"serve\"]\n", "shop"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := find(t, test.files)
			if got := strings.Join(c.Cmd, " "); err != nil || got != test.want {
				t.Errorf("got  %s (%s), %v\nwant %s", got, c.Reason, err, test.want)
			}
		})
	}
}

func TestAProgramThatOtherFilesImportIsNotStartedUnasked(t *testing.T) {
	c, err := find(t, needs+"]\n-- model/rows.py --\n"+guard+"print(1)\n-- model/train.py --\nfrom .rows import Rows\n")
	if err == nil || !strings.Contains(err.Error(), "model/rows.py is the only file that can be started, and model/train.py imports it") {
		t.Errorf("%v (%s), %v", c.Cmd, c.Reason, err)
	}
}

func TestAHelperIsNotStartedInPlaceOfAnApplicationThatLacksItsServer(t *testing.T) {
	for _, files := range []string{
		"-- backend/main.py --\n" + fastapi + "-- src/index.py --\n" + guard + "print(1)\n",
		"-- app/main.py --\n" + fastapi + "-- fill_tables.py --\n" + guard + "print(1)\n-- README.md --\n    uvicorn app.main:app\n",
	} {
		c, err := find(t, needs+"\"fastapi\"]\n"+files)
		if err == nil || !strings.Contains(err.Error(), "/main.py makes a FastAPI application, and no server for it is among the requirements") {
			t.Errorf("%v (%s), %v", c.Cmd, c.Reason, err)
		}
	}
	c, err := find(t, needs+"\"fastapi\"]\n-- app/main.py --\n"+fastapi+"-- fill_tables.py --\n"+guard+"print(1)\n-- README.md --\n    python fill_tables.py\n")
	if err != nil || !slices.Equal(c.Cmd, []string{"python", "fill_tables.py"}) {
		t.Errorf("%v (%s), %v", c.Cmd, c.Reason, err)
	}
}

func TestAMainFileNextToThePackagePrecedesAnApplicationInIt(t *testing.T) {
	const packaged = needs + "\"flask\"]\n[build-system]\nrequires = []\n"
	const poetry = needs + "]\n[project.scripts]\nshop = \"main:cli\"\n[build-system]\nrequires = []\nbuild-backend = \"poetry.core.masonry.api\"\n"
	for _, test := range []struct {
		name, files, want string
		copied            bool
	}{
		{"a program", packaged + "-- shop/web/app.py --\n" + flask + "-- main.py --\nimport shop\n" + guard + "shop.run()\n", "python main.py", true},
		{"not one that imports this application", packaged + "-- shop/web/app.py --\n" + flask + "-- main.py --\nfrom shop.web.app import app\n" + guard + "app.run()\n", "flask --app shop.web.app run --host 0.0.0.0 --port 8000", false},
		{"not the one that uv init writes", packaged + "-- shop/web/app.py --\n" + flask + "-- main.py --\ndef main():\n    print(\"Hello from shop!\")\n\n\n" + guard + "main()\n", "flask --app shop.web.app run --host 0.0.0.0 --port 8000", false},
		{"and a script whose module the package lacks", poetry + "-- shop/__init__.py --\n-- main.py --\ndef cli(): pass\n" + guard + "cli()\n", "python main.py", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := tree(test.files)
			p, err := project.Read(project.FS(files), "pyproject.toml", project.Options{})
			if err != nil {
				t.Fatal(err)
			}
			c, err := Command(Input{
				Project: p, Files: FS(files), Has: func(name string) bool { return name == "flask" },
				Copied: func(string) bool { return false }, Copyable: func(string) bool { return true },
			})
			if got := strings.Join(c.Cmd, " "); err != nil || got != test.want || c.NextToPackage != test.copied {
				t.Errorf("got  %s (%s, copied: %v), %v\nwant %s", got, c.Reason, c.NextToPackage, err, test.want)
			}
		})
	}
}

func TestTheNamesThatAFileImportsAreThoseOfModules(t *testing.T) {
	got := analyse("import a.b\nfrom . import c\nfrom .d import e\nfrom ..f import *\nfrom g import (h, i as j)\nimport k.l.m.n.o.p\n").reaches
	for _, test := range []struct {
		file, at string
		want     bool
	}{
		{"x/main.py", "a/b", true}, {"x/main.py", "x/a/b", true}, {"x/main.py", "a", true}, {"x/main.py", "b", false}, {"x/main.py", "x/c", true}, {"x/main.py", "c", false},
		{"x/main.py", "x/d", true}, {"x/y/main.py", "x/f", true}, {"x/main.py", "g/h", true}, {"x/main.py", "g", true}, {"x/main.py", "h", false}, {"main.py", "k/l/m/n", true}, {"main.py", "k/l", true},
	} {
		if is := slices.ContainsFunc(got, func(r string) bool { return slices.Contains(reached(test.file, r), test.at) }); is != test.want {
			t.Errorf("%s imports %s: %v (%v)", test.file, test.at, is, got)
		}
	}
}
