package pipeline_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/pipeline/worldtest"
	"github.com/moult-build/moult/internal/project"
)

func TestAFileThatACommandOfAPackageNamesIsInTheImage(t *testing.T) {
	const alembic = "the image will not have alembic.ini: the project is built as a package, and its other files are not copied; write app.include = [\"alembic.ini\", \"migrations\"] under [tool.moult]"
	for _, c := range []struct{ name, keys, want string }{
		{"a program that reads its own file", `cmd = ["alembic", "upgrade", "head"]`, "pyproject.toml:9:7: cmd: " + alembic},
		{"in a shell", `cmd = ["sh", "-c", "alembic upgrade head && exec uvicorn shop:app"]`, "pyproject.toml:9:7: cmd: " + alembic},
		{"a program that is told another file", `cmd = ["alembic", "-c", "/etc/alembic.ini", "upgrade", "head"]`, ""},
		{"Python code", `cmd = ["python", "-c", "open('alembic.ini')"]`, "pyproject.toml:9:7: cmd: " + alembic},
		{"the value of an option", `cmd = ["gunicorn", "-c", "file:conf/gunicorn.py", "shop:app"]`, `pyproject.toml:9:7: cmd: the image will not have conf/gunicorn.py: the project is built as a package, and its other files are not copied; write app.include = ["conf"] under`},
		{"a value with its option", `cmd = ["uvicorn", "shop:app", "--log-config=conf/gunicorn.py"]`, "pyproject.toml:9:7: cmd: the image will not have conf/gunicorn.py"},
		{"Python code behind options", `cmd = ["python", "-Wignore", "-uc", "open('alembic.ini')"]`, "pyproject.toml:9:7: cmd: " + alembic},
		{"a script behind an option of Python", `cmd = ["python", "-u", "manage.py"]`, "pyproject.toml:9:7: cmd: the image will not have manage.py"},
		{"several files", `cmd = ["python", "manage.py", "./conf/gunicorn.py"]`, "pyproject.toml:9:7: cmd: the image will not have manage.py and conf/gunicorn.py"},
		{"by its path in the image", `entrypoint = ["python", "/app/manage.py"]`, "pyproject.toml:9:14: entrypoint: the image will not have manage.py"},
		{"a health check", "cmd = [\"shop\"]\nhealthcheck = {cmd = [\"python\", \"manage.py\", \"check\"]}", "pyproject.toml:10:15: healthcheck: the image will not have manage.py"},
		{"a step", "cmd = [\"shop\"]\n[[tool.moult.steps]]\nrun = [\"python\", \"manage.py\", \"collectstatic\"]", "pyproject.toml:10:14: run of step 1: the image will not have manage.py"},
		{"a file that is included", "cmd = [\"python\", \"manage.py\"]\napp.include = [\"*.py\"]", ""},
		{"a file beside what is included", "cmd = [\"python\", \"manage.py\"]\napp.include = [\"conf\"]", `pyproject.toml:9:7: cmd: the image will not have manage.py: the project is built as a package, and its other files are not copied; write app.include = ["conf", "manage.py"]`},
		{"a file that is copied to its place", "cmd = [\"python\", \"manage.py\"]\n[[tool.moult.files]]\nfrom = \"manage.py\"\nto = \"/app/manage.py\"", ""},
		{"a file that a step may write", "cmd = [\"python\", \"manage.py\"]\n[[tool.moult.steps]]\nrun = [\"make\"]", ""},
		{"a file that is left out, and may be mounted", "cmd = [\"shop\", \"manage.py\"]\napp.exclude = [\"manage.py\"]", ""},
		{"secrets that are never copied", `cmd = ["uvicorn", "--env-file", ".env", "shop:app"]`, ""},
		{"in another folder", "cmd = [\"python\", \"manage.py\"]\nworkdir = \"/srv/x\"", "pyproject.toml:9:7: cmd: nothing puts a file at /srv/x/manage.py"},
		{"what no file is", `cmd = ["shop", "nothing.toml", "0.0.0.0", "conf/", "shop.app", "1.5"]`, ""},
		{"what a shell writes or only looks for", `cmd = ["sh", "-c", "test -f alembic.ini; touch manage.py; exec shop > ./manage.py"]`, ""},
		{"a shell in another folder", `cmd = ["sh", "-c", "cd /srv && python manage.py"]`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := fstest.MapFS{}
			for name, text := range map[string]string{
				"pyproject.toml": "[project]\nname = \"shop\"\nversion = \"1\"\nrequires-python = \">=3.13,<3.14\"\n[build-system]\nrequires = [\"hatchling\"]\nbuild-backend = \"hatchling.build\"\n[tool.moult]\n" + c.keys + "\n",
				"alembic.ini":    "[alembic]\nscript_location = %(here)s/migrations\n", "migrations/env.py": "",
				"manage.py": "", "conf/gunicorn.py": "", ".env": "", "shop/__init__.py": "", "shop/app.py": "",
			} {
				files[name] = &fstest.MapFile{Data: []byte(text)}
			}
			_, _, err := worldtest.Decide(t.Context(), worldtest.Files(files), "pyproject.toml", project.Options{}, worldtest.World{Programs: []string{"/usr/bin/sh"}})
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), c.want)) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestTheFilesThatAProcfileOfAPackageNamesAreCopied(t *testing.T) {
	files := fstest.MapFS{}
	for name, text := range map[string]string{
		"pyproject.toml": "[project]\nname = \"shop\"\nversion = \"1\"\nrequires-python = \">=3.13,<3.14\"\n[build-system]\nrequires = [\"hatchling\"]\nbuild-backend = \"hatchling.build\"\n",
		"Procfile":       "web: alembic upgrade head && python -m shop\n", "alembic.ini": "", "shop/__init__.py": "", "shop/__main__.py": "print()\n",
	} {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	for _, c := range []struct{ name, want string }{
		{"alembic.ini", "from Procfile's web, and the project's files are copied beside its package for it"}, {"other.ini", "from Procfile's web"},
	} {
		delete(files, "alembic.ini")
		files[c.name] = &fstest.MapFile{}
		read, d, err := worldtest.Decide(t.Context(), worldtest.Files(files), "pyproject.toml", project.Options{}, worldtest.World{})
		if err != nil {
			t.Fatal(err)
		}
		if got := read.Command.Reason; got != c.want || (d.Plan.App != nil) != (c.name == "alembic.ini") {
			t.Errorf("with %s: %s", c.name, got)
		}
	}
}
