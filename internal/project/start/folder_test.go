package start

import (
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/project"
)

func TestACommandRunsInTheFolderThatItsProgramNeeds(t *testing.T) {
	const (
		opens   = guard + "print(open(\"data.json\").read())\n"
		program = guard + "print(1)\n"
		api     = needs + "\"fastapi\", \"uvicorn\"]\n"
	)
	docker := func(lines string) string { return "-- Dockerfile --\nFROM python\n" + lines + "\n" }
	for _, test := range []struct{ name, files, folder, cmd string }{
		{"a file beside the program", needs + "]\n-- backend/main.py --\n" + opens + "-- backend/data.json --\n{}\n", "backend", "python main.py"},
		{"a file beside a program that imports its package", needs + "]\n-- backend/main.py --\nfrom . import rows\n" + opens + "-- backend/rows.py --\n-- backend/data.json --\n{}\n", "backend", "env PYTHONPATH=/app python -m backend.main"},
		{"a file beside what the program imports", needs + "]\n-- backend/main.py --\nimport rows\n" + program + "-- backend/rows.py --\nNAME = './data/rows.csv'\ndef rows(): return open(NAME)\n-- backend/data/rows.csv --\n1\n", "backend", "python main.py"},
		{"a file above the program's package", needs + "]\n-- backend/shop/__main__.py --\nfrom shop import rows\n" + opens + "-- backend/shop/rows.py --\n-- backend/data.json --\n{}\n", "backend", "env PYTHONPATH=/app/backend python shop/__main__.py"},
		{"a file of an application under uvicorn", api + "-- backend/main.py --\nfrom rows import all\n" + fastapi + "app.mount(StaticFiles(directory=\"static\"))\n-- backend/rows.py --\n-- backend/static/a.css --\n", "backend", "uvicorn main:app --host 0.0.0.0 --port 8000"},
		{"a file of an application that is imported from above", api + "-- backend/__init__.py --\n-- backend/main.py --\nfrom backend.rows import all\n" + fastapi + "TEXT = open('a.txt')\n-- backend/rows.py --\n-- backend/a.txt --\n", "backend", "uvicorn backend.main:app --host 0.0.0.0 --port 8000 --app-dir /app"},
		{"a file of an application under Flask's server", needs + "\"flask\"]\n-- backend/main.py --\nfrom rows import all\n" + flask + "TEXT = open('a.txt')\n-- backend/rows.py --\n-- backend/a.txt --\n", "backend", "flask --app main.py run --host 0.0.0.0 --port 8000"},
		{"a file of a page", needs + "\"streamlit\"]\n-- ui/app.py --\nimport streamlit as st\nst.image('logo.png')\n-- ui/logo.png --\n", "ui", "streamlit run app.py --server.address 0.0.0.0"},
		{"the settings of a page's program", needs + "\"streamlit\"]\n-- ui/app.py --\nimport streamlit as st\nst.title(1)\n-- ui/.streamlit/config.toml --\n", "ui", "streamlit run app.py --server.address 0.0.0.0"},
		{"none where the settings of a page's program are above", needs + "\"streamlit\"]\n-- ui/app.py --\nimport streamlit as st\nst.image('logo.png')\n-- ui/logo.png --\n-- .streamlit/config.toml --\n-- README.md --\n    streamlit run app.py\n", "", "streamlit run ui/app.py --server.address 0.0.0.0"},
		{"none where both folders have the file", needs + "]\n-- backend/main.py --\n" + opens + "-- backend/data.json --\n{}\n-- data.json --\n{}\n", "", "python -m backend.main"},
		{"none where the project's folder has another file", needs + "]\n-- backend/main.py --\nA = open('backend/a.txt')\n" + opens + "-- backend/data.json --\n{}\n-- backend/a.txt --\n", "", "python -m backend.main"},
		{"none for a file beside the source", needs + "]\n-- backend/main.py --\nA = os.path.join(os.path.dirname(__file__), 'data.json')\nB = HERE / \"data.json\"\n" + program + "-- backend/data.json --\n{}\n", "", "python -m backend.main"},
		{"none for texts that are no files", needs + "]\n-- backend/main.py --\nprint('data.json')\nx = name.endswith('data.json')\n" + program + "-- backend/data.json --\n{}\n", "", "python -m backend.main"},
		{"none where a server enters it itself", needs + "\"flask\", \"gunicorn\"]\n-- backend/main.py --\nfrom rows import all\n" + flask + "TEXT = open('a.txt')\n-- backend/rows.py --\n-- backend/a.txt --\n", "", "gunicorn --bind 0.0.0.0:8000 --chdir backend main:app"},
		{"none that the build file forbids", needs + "]\n[tool.moult]\nworkdir = \"/srv\"\n-- backend/main.py --\n" + opens + "-- backend/data.json --\n{}\n", "", "env PYTHONPATH=/app python -m backend.main"},

		{"the Dockerfile's", needs + "]\n-- backend/main.py --\n" + program + docker("COPY backend .\nCMD [\"python\", \"main.py\"]"), "backend", "python main.py"},
		{"that which the Dockerfile's shell enters", api + "-- backend/main.py --\n" + fastapi + docker("CMD cd backend && uvicorn main:app --port 80"), "backend", "uvicorn main:app --host 0.0.0.0 --port 8000"},
		{"none of a path that the Dockerfile gives the server", api + "-- backend/main.py --\n" + fastapi + docker("CMD uvicorn --app-dir backend main:app --port 80"), "", "uvicorn --app-dir backend main:app --host 0.0.0.0 --port 8000"},
		{"none of the Dockerfile's PYTHONPATH", api + "-- lib/main.py --\n" + fastapi + docker("ENV PYTHONPATH=/app/lib\nCMD uvicorn main:app"), "", "uvicorn --app-dir lib main:app --host 0.0.0.0 --port 8000"},
		{"none of modules in src", api + "-- src/main.py --\n" + fastapi + docker("CMD uvicorn main:app"), "", "uvicorn --app-dir src main:app --host 0.0.0.0 --port 8000"},
		{"none where the Dockerfile starts it in the project's folder", needs + "]\n-- backend/main.py --\n" + opens + "-- backend/data.json --\n{}\n" + docker("CMD python backend/main.py"), "", "python -m backend.main"},
		{"none where the program chooses it", needs + "]\n-- backend/main.py --\nimport os\nos.chdir(HERE)\n" + opens + "-- backend/data.json --\n{}\n", "", "python -m backend.main"},
		{"none of a whole path", needs + "]\n-- backend/main.py --\n" + program + docker("CMD python backend/main.py"), "", "python -m backend.main"},
		{"none where the program opens what the project's folder has", needs + "]\n-- backend/main.py --\nA = open('a.json')\n" + program + "-- a.json --\n" + docker("CMD python main.py"), "", "python -m backend.main"},
		{"the task's", needs + "]\n-- backend/main.py --\nimport rows\n" + program + "-- backend/rows.py --\n-- Makefile --\nrun:\n\tcd backend && python main.py --all\n", "backend", "python main.py --all"},
		{"the package's above", needs + "]\n-- backend/shop/bot.py --\nfrom shop import rows\n" + program + "-- backend/shop/rows.py --\n" + docker("COPY backend .\nCMD python -m shop.bot"), "backend", "python -m shop.bot"},
		{"Django's", needs + "\"django\"]\n" + strings.ReplaceAll(manage, "-- manage.py", "-- web/manage.py") + "-- web/shop/wsgi.py --\n" + django, "web", "python manage.py runserver --noreload 0.0.0.0:8000"},
		{"Django's, for a server of ASGI", needs + "\"django\", \"uvicorn\"]\n" + strings.ReplaceAll(manage, "-- manage.py", "-- web/manage.py") + "-- web/shop/asgi.py --\n" + strings.ReplaceAll(django, "wsgi", "asgi"), "web", "uvicorn shop.asgi:application --host 0.0.0.0 --port 8000"},
	} {
		c, err := find(t, test.files)
		want := ""
		if test.folder != "" {
			want = "/app/" + test.folder
		}
		if got := strings.Join(c.Cmd, " "); err != nil || got != test.cmd || c.Workdir != want || (want != "") != strings.Contains(c.Reason, "it runs in "+test.folder+", ") {
			t.Errorf("%s: %q %s (%s), %v", test.name, c.Workdir, got, c.Reason, err)
		}
	}
}

func TestServersWithoutAnOptionForTheFolderGetItInTheSearchPath(t *testing.T) {
	for server, want := range map[string]string{
		"hypercorn": "env PYTHONPATH=/srv/backend hypercorn --bind 0.0.0.0:8000 main:app",
		"daphne":    "env PYTHONPATH=/srv/backend daphne -b 0.0.0.0 -p 8000 main:app",
	} {
		c, err := find(t, needs+"\"fastapi\", \""+server+"\"]\n[tool.moult]\napp.to = \"/srv\"\n-- backend/main.py --\nfrom rows import all\n"+fastapi+"-- backend/rows.py --\n")
		if got := strings.Join(c.Cmd, " "); err != nil || got != want {
			t.Errorf("%s: %s, %v", server, got, err)
		}
	}
}

func TestACommandOfTheBuildFileIsAsItIsWritten(t *testing.T) {
	c, err := find(t, needs+"]\n[tool.moult]\ncmd = [\"python\", \"backend/main.py\"]\nworkdir = \"/srv\"\n-- backend/main.py --\nopen('a.txt')\n-- backend/a.txt --\n")
	if got := strings.Join(c.Cmd, " "); err != nil || c.Why != project.CommandByKey || got != "python backend/main.py" || c.Workdir != "" {
		t.Error(c, err)
	}
}
