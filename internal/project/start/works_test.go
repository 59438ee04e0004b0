package start

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/moult-build/moult/internal/dev/racing"
	"github.com/moult-build/moult/internal/project"
)

// The commands of these projects were ones whose containers end at once.
func TestTheCommandDoesNotEndAtOnce(t *testing.T) {
	const (
		api     = needs + "\"fastapi\", \"uvicorn\"]\n"
		web     = needs + "\"flask\"]\n"
		program = guard + "print(1)\n"
		script  = needs + "]\n[project.scripts]\nshop = \"shop.cli:main\"\n[build-system]\nrequires = []\n-- shop/__init__.py --\n-- shop/cli.py --\n" + program + "-- shop/__main__.py --\nfrom shop.cli import main\nmain()\n"
	)
	for _, test := range []struct{ name, files, want string }{
		{"uvicorn's, where it refuses to reload an object", api + "-- backend/__init__.py --\n-- backend/main.py --\n" + fastapi + guard + "import uvicorn\n    uvicorn.run(app, host=\"0.0.0.0\", port=8000, reload=True)\n", "uvicorn backend.main:app --host 0.0.0.0 --port 8000"},
		{"uvicorn's, where it refuses to serve an object by several processes", api + "-- main.py --\nimport uvicorn\n" + fastapi + guard + "uvicorn.run(app=app, host=\"0.0.0.0\", workers=4)\n", "uvicorn main:app --host 0.0.0.0 --port 8000"},
		{"the program's own, where it reloads a name", api + "-- main.py --\nimport uvicorn\n" + fastapi + guard + "uvicorn.run(\"main:app\", host=\"0.0.0.0\", reload=True)\n", "python main.py"},
		{"the program's own, where it serves by one process", api + "-- main.py --\nimport uvicorn\n" + fastapi + guard + "uvicorn.run(app, host=\"0.0.0.0\", workers=1, reload=False)\n", "python main.py"},

		{"the program's own, where it serves by no further process", api + "-- main.py --\nimport uvicorn\n" + fastapi + guard + "uvicorn.run(app, host=\"0.0.0.0\", workers=0)\n", "python main.py"},

		{"in the folder of the application that the program names by a text", api + "-- updater/main.py --\n" + fastapi + "-- updater/run.py --\nimport uvicorn\n" + guard + "uvicorn.run('main:app', host=host)\n-- Makefile --\nrun:\n\tpython updater/run.py\n", "python updater/run.py"},

		{"in the folder of the application that the program names by a text, with the folder above from which it imports", api + "-- web/http/main.py --\nimport uvicorn\nfrom web.http.routes import all\n" + fastapi + guard + "uvicorn.run('main:app', host='0.0.0.0')\n-- web/http/routes.py --\n-- Dockerfile --\nFROM python\nENV PYTHONPATH=/app\nCMD python ./web/http/main.py\n", "env PYTHONPATH=/app python web/http/main.py"},
		{"from the folder from which a server imports the application that the program names", api + "-- backend/shop/main.py --\nfrom .rows import all\n" + fastapi + "def main():\n    import uvicorn\n    uvicorn.run('shop.main:app', host='0.0.0.0', reload=True)\n" + guard + "main()\n-- backend/shop/rows.py --\n", "env PYTHONPATH=/app/backend python -m shop.main"},
		{"that of the application which a function names at the container's own address", api + "-- main.py --\nimport uvicorn\ndef main():\n    uvicorn.run('web.site:app')\n" + guard + "main()\n-- web/site.py --\n" + fastapi, "uvicorn web.site:app --host 0.0.0.0 --port 8000"},
		{"with the folder above from which it tries to import", needs + "]\n-- src/gate/main.py --\nimport sys\ntry:\n    from gate.server import run\nexcept ImportError as e:\n    sys.exit(1)\n" + program + "-- src/gate/server.py --\n-- README.md --\n    python src/gate/main.py\n", "env PYTHONPATH=/app/src python src/gate/main.py"},
		{"without a folder above, where it imports another module in place of one from there", needs + "]\n-- src/gate/main.py --\ntry:\n    from gate.server import run\nexcept ImportError:\n    from server import run\n" + program + "-- src/gate/server.py --\n-- README.md --\n    python src/gate/main.py\n", "python src/gate/main.py"},
		{"with a folder that the README adds to the path", needs + "]\n-- web/main.py --\nimport routes\nfrom helpers.log import log\n" + program + "-- web/routes.py --\n-- robot/helpers/log.py --\n-- other/helpers/log.py --\n-- README.md --\n    cd web && PYTHONPATH=.:../robot python main.py\n", "env PYTHONPATH=/app/robot python main.py"},
		{"with all folders that the Makefile adds to the path", api + "-- services/api/shop/main.py --\nfrom store.rows import all\n" + fastapi + "-- services/data/store/rows.py --\nimport events\n-- packages/shop-events/events.py --\n-- Makefile --\nPYTHONPATH := packages/shop-events:services/data:services/api\nexport PYTHONPATH\napi:\n\tuvicorn shop.main:app --app-dir services/api\n", "env PYTHONPATH=/app/packages/shop-events:/app/services/data:/app/services/api uvicorn --app-dir services/api shop.main:app --host 0.0.0.0 --port 8000"},
		{"without a folder of which nothing says that it is in the path", needs + "]\n-- web/main.py --\nimport routes\nfrom helpers.log import log\n" + program + "-- web/routes.py --\n-- robot/helpers/log.py --\n", "python web/main.py"},
		{"that of the program, where the Procfile starts one of another language", needs + "]\n-- Procfile --\nweb: node index.js\n-- run.py --\nprint(1)\n", "python run.py"},
		{"that of the program, where the Procfile's shell starts one of another language", needs + "]\n-- Procfile --\nweb: cd web && A=1 npm start\n-- run.py --\nprint(1)\n", "python run.py"},
		{"the Procfile's, where a program of another language ends before it", needs + "]\n-- Procfile --\nweb: node a.js; python run.py\n-- run.py --\nprint(1)\n", "sh -c node a.js; python run.py"},
		{"the Procfile's, where a package of the distribution may bring its program", needs + "]\n[tool.moult]\napt.run = [\"nodejs\"]\n-- Procfile --\nweb: node index.js\n-- run.py --\nprint(1)\n", "node index.js"},

		{"with a folder in the path, where an application imports from it and from the project's folder", web + "-- src/__init__.py --\n-- src/app.py --\nimport config.helper\nfrom src.rows import all\n" + flask + "-- src/config/helper.py --\n-- src/rows.py --\n", "env PYTHONPATH=/app/src flask --app src.app run --host 0.0.0.0 --port 8000"},
		{"with a folder in the path, where a program imports from it and from the project's folder", needs + "]\n-- src/job/work.py --\nimport config\nfrom src.job.rows import all\n" + program + "-- src/config.py --\n-- src/job/rows.py --\n", "env PYTHONPATH=/app/src python -m src.job.work"},
		{"in the folder of a program that is no package, and has the name of a module of Python", needs + "]\n-- code/work.py --\n" + program, "python code/work.py"},
		{"in the folder of an application that is no package, and has the name of a requirement", web + "-- flask/work.py --\n" + flask, "flask --app flask/work.py run --host 0.0.0.0 --port 8000"},
		{"from the project's folder, where Python had a module of the folder's name", web + "-- parser/app.py --\nfrom parser.rows import all\n" + flask + "-- parser/rows.py --\n", "flask --app parser.app run --host 0.0.0.0 --port 8000"},
		{"from the project's folder, where the folder's name begins with a line", web + "-- _site/app.py --\nfrom _site.rows import all\n" + flask + "-- _site/rows.py --\n", "flask --app _site.app run --host 0.0.0.0 --port 8000"},
		{"from the project's folder, where the package has the name of a requirement", web + "-- flask/__init__.py --\n-- flask/work.py --\n" + flask, "flask --app flask.work run --host 0.0.0.0 --port 8000"},
		{"that of the only spider that the README starts", needs + "\"scrapy\"]\n-- scrapy.cfg --\n-- n/spiders/a.py --\nclass A(CrawlSpider):\n    name = \"a\"\n-- n/spiders/b.py --\nclass B(CrawlSpider):\n    name = \"b\"\n-- README.md --\n    $ scrapy crawl b\n    scrapy crawl b -o rows.csv\n", "scrapy crawl b"},
		{"without a folder in the path that would hide a requirement", needs + "\"flask\", \"redis\"]\n-- src/app.py --\nimport redis\nfrom src.rows import all\n" + flask + "-- src/redis.py --\n-- src/rows.py --\n", "flask --app src.app run --host 0.0.0.0 --port 8000"},

		{"that of the file that adds routes to an application of another one", api + "-- src/shop/__init__.py --\n-- src/shop/base.py --\n" + fastapi + "-- src/shop/app.py --\nfrom src.shop.base import app\n@app.get(\"/\")\ndef index(): pass\n", "uvicorn src.shop.app:app --host 0.0.0.0 --port 8000"},
		{"that of the file that creates an application, where it imports the one with the routes", web + "-- shop/__init__.py --\n" + flask + "from shop import app_routes\n-- shop/app_routes.py --\nfrom shop import app\n@app.route(\"/\")\ndef index(): pass\n", "flask --app shop run --host 0.0.0.0 --port 8000"},
		{"that of the server, where the Dockerfile's script starts another program beside it", api + "-- shop/base.py --\n" + fastapi + "-- shop/web.py --\n" + fastapi + "-- shop/jobs.py --\n" + program + "-- prod --\n#!/bin/bash\nuvicorn --host 0.0.0.0 shop.web:app &\npython -m shop.jobs &\nwait\n-- Dockerfile --\nFROM python\nCMD [\"/bin/bash\", \"prod\"]\n", "uvicorn shop.web:app --host 0.0.0.0 --port 8000"},
		{"that of the last program, where the ones before it end", api + "-- shop/web.py --\n" + fastapi + "-- shop/jobs.py --\n" + program + "-- Dockerfile --\nFROM python\nCMD uvicorn shop.web:app && python -m shop.jobs\n", "python -m shop.jobs"},

		{"the script with the words that the Dockerfile gives to its module", script + "-- Dockerfile --\nFROM python\nCMD [\"python\", \"-u\", \"-m\", \"shop\", \"serve\"]\n", "shop serve"},
		{"the script with the words that the Dockerfile gives to its file", script + "-- Dockerfile --\nFROM python\nENTRYPOINT [\"python\", \"shop/cli.py\"]\nCMD [\"serve\", \"--all\"]\n", "shop serve --all"},
		{"the script with the words that a shell gives it", script + "-- Dockerfile --\nFROM python\nCMD [\"sh\", \"-c\", \"shop migrate && exec uv run shop serve --port \\\"${PORT:-8000}\\\"\"]\n", "shop serve --port 8000"},
		{"the script with the words of a shell's command", script + "-- Dockerfile --\nFROM python\nCMD exec shop serve --workers ${N:-2}\n", "shop serve --workers 2"},
		{"the script with the words of a Dockerfile in a folder", script + "-- docker/Dockerfile --\nFROM python\nCMD [\"python\", \"-m\", \"shop\", \"serve\"]\n", "shop serve"},
		{"the script with the words of a Dockerfile that the Compose file names", script + "-- compose.yaml --\nservices:\n  shop:\n    build:\n      context: .\n      dockerfile: build/api.Dockerfile\n-- build/api.Dockerfile --\nFROM python\nENTRYPOINT [\"shop\"]\nCMD [\"serve\"]\n", "shop serve"},
		{"the script without the words of another Dockerfile", script + "-- Dockerfile --\nFROM python\nCMD [\"shop\"]\n-- docker/Dockerfile --\nFROM python\nCMD [\"shop\", \"serve\"]\n", "shop"},
		{"the script with the words behind exec", script + "-- Dockerfile --\nFROM python\nCMD exec shop serve\n", "shop serve"},
		{"the script with the words behind a variable", script + "-- Dockerfile --\nFROM python\nCMD LEVEL=1 exec env A=b shop serve\n", "shop serve"},
		{"the script with the words of a shell's list", script + "-- Dockerfile --\nFROM python\nCMD [\"sh\", \"-c\", \"shop migrate && exec shop serve\"]\n", "shop serve"},
		{"the script with the words of a shell's module", script + "-- Dockerfile --\nFROM python\nCMD [\"sh\", \"-c\", \"exec python -m shop serve --port ${PORT:-80}\"]\n", "shop serve --port 80"},
		{"the script with the words behind an init process", script + "-- Dockerfile --\nFROM python\nENTRYPOINT [\"/usr/bin/tini\", \"-g\", \"--\"]\nCMD [\"python\", \"-m\", \"shop\", \"serve\"]\n", "shop serve"},
		{"the script with the words behind what changes the user", script + "-- Dockerfile --\nFROM python\nCMD [\"gosu\", \"app\", \"uv\", \"run\", \"shop\", \"serve\"]\n", "shop serve"},
		{"the script with the words behind a start script", script + "-- Dockerfile --\nFROM python\nENTRYPOINT [\"/entrypoint.sh\"]\nCMD [\"shop\", \"serve\"]\n", "shop serve"},
		{"the script without words that only CMD has", script + "-- Dockerfile --\nFROM python\nENTRYPOINT [\"/entrypoint.sh\"]\nCMD [\"serve\"]\n", "shop"},
		{"the script with the words behind options of Python", script + "-- Dockerfile --\nFROM python\nCMD [\"python\", \"-W\", \"ignore\", \"-Xutf8\", \"-um\", \"shop\", \"serve\"]\n", "shop serve"},
		{"the script with the words of the first of two attempts", script + "-- Dockerfile --\nFROM python\nCMD shop serve || shop fail || shop none\n", "shop serve"},
		{"the script without the words of what runs if it fails", script + "-- Dockerfile --\nFROM python\nCMD shop || shop fail\n", "shop"},
		{"the script with the words behind what may fail", script + "-- Dockerfile --\nFROM python\nCMD prepare || true; shop serve\n", "shop serve"},
		{"a module with the words and the options of Python that the Dockerfile gives it", needs + "]\n-- shop/run.py --\nfrom shop import rows\n" + program + "-- shop/rows.py --\n-- Dockerfile --\nFROM python\nCMD [\"python\", \"-u\", \"-W\", \"ignore\", \"-OO\", \"-m\", \"shop.run\", \"serve\"]\n", "python -OO -W ignore -m shop.run serve"},
		{"the first of two programs of which one runs if the other fails", needs + "]\n-- a.py --\n" + program + "-- b.py --\n" + program + "-- Dockerfile --\nFROM python\nCMD python a.py || python b.py\n", "python a.py"},
		{"the one that the README starts with an option of Python", needs + "]\n-- a.py --\n" + program + "-- b.py --\n" + program + "-- README.md --\n    python -X dev b.py\n", "python b.py"},
		{"the Procfile's, behind an option of Python", needs + "]\n-- Procfile --\nweb: python -W ignore run.py serve\n-- run.py --\n" + program, "python -W ignore run.py serve"},
		{"the script without the words of what prepares its start", script + "-- shop/prepare.py --\nfrom shop.cli import main\n" + program + "-- Dockerfile --\nFROM python\nCMD [\"python\", \"-m\", \"shop.prepare\", \"all\"]\n", "shop"},
		{"the script without words of Python's own options", script + "-- Dockerfile --\nFROM python\nCMD [\"python\", \"-c\", \"import shop\", \"serve\"]\n", "shop"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := find(t, test.files)
			if got := strings.Join(c.Cmd, " "); err != nil || got != test.want {
				t.Errorf("got  %s (%s), %v\nwant %s", got, c.Reason, err, test.want)
			}
		})
	}
}

func TestWhatOnlyPreparesSomethingIsNotStartedUnasked(t *testing.T) {
	const program, script = guard + "print(1)\n", "print(1)\n"
	for _, test := range []struct{ name, files, want string }{
		{"beside scripts of the project", "-- code/fit.py --\nimport rows\n" + script + "-- code/rows.py --\nrows = load()\nfor r in rows: print(r)\n-- data/prepare.py --\n" + program, "data/prepare.py, code/fit.py"},
		{"beside programs in deeper folders", "-- scripts/guard/apply.py --\n" + program + "-- plugins/notes/jobs/scan.py --\n" + program, "scripts/guard/apply.py, plugins/notes/jobs/scan.py"},
		{"unless the README starts it alone", "-- README.md --\n    python scripts/shop.py\n-- scripts/shop.py --\n" + program + "-- scripts/jobs/scan.py --\n" + program, ""},
		{"by its name, also if the README starts it", "-- README.md --\n    python scripts/prepare.py\n-- scripts/prepare.py --\n" + program + "-- plugins/jobs/scan.py --\n" + program, "scripts/prepare.py, plugins/jobs/scan.py"},
		{"beside nothing else", "-- scripts/guard/apply.py --\n" + program, ""},
		{"in the project's folder", "-- prepare.py --\n" + program + "-- plugins/notes/scan.py --\n" + program, ""},
	} {
		c, err := find(t, needs+"]\n"+test.files)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), "several files can be started: "+test.want+";")) {
			t.Errorf("%s: %v (%s), %v", test.name, c.Cmd, c.Reason, err)
		}
	}
}

func TestAPackageIsAskedForWhatItIsFor(t *testing.T) {
	const program, packaged = guard + "print(1)\n", "[build-system]\nrequires = []\n-- shop/__init__.py --\n"
	for _, test := range []struct{ name, files, err string }{
		{"beside an example", packaged + "-- example.py --\n" + program, "example.py is the only file that can be started, and it seems to be for those who work on the project"},
		{"with several scripts, of which none starts the only program", "[project.scripts]\nweb = \"shop.web:main\"\nmove = \"shop.migrate:main\"\n" + packaged + "-- shop/web.py --\ndef main(): pass\n-- shop/migrate.py --\n" + program, "the project has several scripts: web, move"},
		{"not beside an example that the README starts", packaged + "-- example.py --\n" + program + "-- README.md --\n    python example.py\n", ""},
		{"not with a program that prepares nothing", "[project.scripts]\nweb = \"shop.web:main\"\nmove = \"shop.migrate:main\"\n" + packaged + "-- shop/web.py --\n" + program + "-- shop/migrate.py --\ndef main(): pass\n", ""},
		{"not without a package", "-- example.py --\n" + program, ""},
	} {
		in := input(t, tree(needs+"]\n"+test.files))
		in.Copyable = func(string) bool { return true }
		in.Copied = func(string) bool { return in.Project.BuildSystem == nil }
		c, err := Command(in)
		if test.err == "" && err != nil || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
			t.Errorf("%s: %v (%s), %v", test.name, c.Cmd, c.Reason, err)
		}
	}
}

func TestScriptsWithoutAGuardAreProgramsIfThereAreNoOthers(t *testing.T) {
	const script = "import rows\nrows.show()\n"
	for _, test := range []struct{ name, files, want, err string }{
		{"the only one", "-- agents/one/train.py --\n" + script, "python -m agents.one.train", ""},
		{"the only one that no other imports", "-- code/fit.py --\n" + script + "-- code/rows.py --\n" + script, "python code/fit.py", ""},
		{"several", "-- code/a.py --\n" + script + "-- code/b.py --\n" + script, "", "several files can be started: code/a.py, code/b.py; write cmd = [\"python\", \"code/a.py\"]"},
		{"one with a choice at its end", "-- jobs-1/fit.py --\ndef fit(): pass\nif READY:\n    fit()\nelse:\n    READY = 1\n", "python jobs-1/fit.py", ""},
		{"none that prepares itself", "-- lib/plots.py --\nimport seaborn\nseaborn.set_theme()\ndef draw(): pass\n", "", "there is nothing to start"},
		{"none that another program loads", "-- db/env.py --\nfrom alembic import context\nif context.is_offline_mode():\n    offline()\nelse:\n    online()\n-- jobs/worker.py --\nfrom celery import Celery\napp = Celery()\napp.autodiscover_tasks()\n-- deploy/gunicorn.conf.py --\nprint(1)\n", "", "there is nothing to start"},
		{"none, and the Procfile's process is none either", "-- Procfile --\nweb: node index.js\n", "", "no Python file of the project is a program, and Procfile's web starts node, which the image does not have; "},
		{"none of a package", "-- shop/__init__.py --\n-- shop/log.py --\n" + script, "", "there is nothing to start"},
	} {
		c, err := find(t, needs+"]\n"+test.files)
		if got := strings.Join(c.Cmd, " "); got != test.want || (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("%s: got %s (%s), %v", test.name, got, c.Reason, err)
		}
	}
}

func TestTheErrorProposesWhatTheFileIs(t *testing.T) {
	const page = "import streamlit as st\nst.title(1)\n"
	_, err := find(t, needs+"\"streamlit\"]\n-- one.py --\n"+page+"-- two.py --\n"+page)
	if err == nil || !strings.Contains(err.Error(), `write cmd = ["streamlit", "run", "one.py", "--server.address", "0.0.0.0"]`) {
		t.Error(err)
	}
}

func TestAnApplicationOutsideOfThePackageIsToldToLackItsServer(t *testing.T) {
	in := input(t, tree(needs+"\"fastapi\"]\n[build-system]\nrequires = []\n-- web/api.py --\n"+fastapi))
	if _, err := Command(in); err == nil || errors.Is(err, errUncopied) || !strings.Contains(err.Error(), "web/api.py makes a FastAPI application, and no server for it is among the requirements") {
		t.Error(err)
	}
}

func TestAProcessOfAnotherLanguageIsAnErrorAsATarget(t *testing.T) {
	files := tree(needs + "]\n-- Procfile --\nweb: node index.js\n-- run.py --\nprint(1)\n")
	p, err := project.Read(project.FS(files), "pyproject.toml", project.Options{Target: "web"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = Command(Input{Project: p, Files: FS(files), Has: func(string) bool { return false }, Copied: func(string) bool { return true }})
	if err == nil || !strings.HasPrefix(err.Error(), "Procfile:1:6: the process web starts node, which the image does not have; ") {
		t.Error(err)
	}
}

func TestManyAndLargeSourcesAreReadInTime(t *testing.T) {
	many, routes, imports := tree(needs+"]\n"), tree(needs+"]\n"), tree(needs+"]\n")
	for n := range maxSources - 100 {
		many[fmt.Sprintf("a/b/f%d.py", n)] = file("x = 1\n")
		imports[fmt.Sprintf("a%d/x.py", n)] = file("")
	}
	var adds, all strings.Builder
	for n := range 6000 {
		fmt.Fprintf(&adds, "from b import a%d\n@a%d.get(1)\n", n, n)
		fmt.Fprintf(&all, "import a%d\n", n%(maxSources-100))
	}
	for n := range 40 {
		routes[fmt.Sprintf("w%d/run.py", n)] = file(adds.String())
	}
	shell := tree(needs + "]\n-- Dockerfile --\nFROM python\nCMD " + strings.Repeat("a.sh ", 4000) + "\n")
	named := tree(needs + "]\n-- README.md --\n" + strings.Repeat("    python x.py\n", 16000))
	for n := range 149 {
		named[fmt.Sprintf("a/f%d.py", n)] = file(guard + "print(1)\n")
	}
	imports["z/y/app.py"] = file(strings.Repeat(all.String(), 3) + flask)
	for name, files := range map[string]fstest.MapFS{"sources": many, "routes": routes, "imports": imports, "scripts": shell, "README": named} {
		elapsed := racing.Begin()
		if _, err := Command(input(t, files)); err == nil {
			t.Errorf("%s: it found a command", name)
		}
		// Each takes less than half a second, and took more than two.
		if took := elapsed(); took > 2*time.Second*racing.Slower {
			t.Errorf("%s: it took %s", name, took)
		}
	}
}

func TestVirtualEnvironmentsAreLookedForAtOnce(t *testing.T) {
	asked := 0
	all := []Source{{Name: "a/bin/x.py"}, {Name: "a/bin/y.py"}, {Name: "b/Lib/x.py"}, {Name: "bin/x.py"}, {Name: "c/x.py"}}
	found, err := environments(all, func(names []string) ([]string, error) {
		asked++
		return []string{"b/Scripts/activate"}, nil
	})
	if err != nil || asked != 1 || !slices.Equal(found, []string{"b"}) {
		t.Errorf("it asked %d times and found %q, %v", asked, found, err)
	}
	if found, err := environments(all[3:], nil); err != nil || len(found) > 0 {
		t.Errorf("it found %q, %v", found, err)
	}
}

// reading counts the files that are read.
type reading struct {
	Files
	read map[string]int
}

func (r reading) ReadFile(name string) ([]byte, error) {
	r.read[name]++
	return r.Files.ReadFile(name)
}

// Each file is a request to the client or to the daemon.
func TestOtherSourcesAreNotReadForAProgramThatNeedsNone(t *testing.T) {
	for _, main := range []string{fastapi, fastapi + guard + "uvicorn.run(app, host=\"0.0.0.0\")\n"} {
		in := input(t, tree(needs+"\"fastapi\", \"uvicorn\"]\n-- main.py --\n"+main+"-- lib/rows.py --\n"+guard+"f()\n"))
		files := reading{in.Files, map[string]int{}}
		in.Files = files
		c, err := Command(in)
		if err != nil || !strings.Contains(strings.Join(c.Cmd, " "), "main") || files.read["lib/rows.py"] > 0 {
			t.Errorf("%q (%v) reads %v", c.Cmd, err, files.read)
		}
	}
}

func TestAFileInThePlaceOfAFolderHasNothingInIt(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("moult.toml", "")
	write("main.py", fastapi)
	for _, folder := range []string{"app", "backend", "config", "docker", "requirements", "src"} {
		write(folder, "")
	}
	files := os.DirFS(dir)
	p, err := project.Read(project.FS(files), "moult.toml", project.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := Command(Input{Project: p, Files: FS(files), Has: func(name string) bool { return name == "uvicorn" }, Copied: func(string) bool { return true }})
	if got := strings.Join(c.Cmd, " "); err != nil || !strings.HasPrefix(got, "uvicorn main:app") {
		t.Errorf("%s, %v", got, err)
	}
	found, err := FS(files).Existing([]string{"config/app.yaml", "config"})
	if err != nil || !slices.Equal(found, []string{"config"}) {
		t.Errorf("it finds %q, %v", found, err)
	}
	if _, err := project.FS(files).ReadDir("config"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("its folders: %v", err)
	}
	if below, err := project.FS(files).Below("config/locks"); err != nil || len(below) > 0 {
		t.Errorf("it has %v, %v", below, err)
	}
}
