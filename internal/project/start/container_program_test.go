package start

import (
	"fmt"
	"strings"
	"testing"
)

func TestTheProgramThatTheDockerfileStartsPrecedesAGuess(t *testing.T) {
	const program = guard + "print(1)\n"
	dockerfile := func(lines ...string) string {
		return "-- Dockerfile --\nFROM python\n" + strings.Join(lines, "\n") + "\n"
	}
	web := "-- interface.py --\n" + flask + "-- robot.py --\n" + program
	for _, test := range []struct{ name, files, want string }{
		{"a program beside an application", needs + "\"flask\"]\n" + web + dockerfile(`CMD ["venv/bin/python", "robot.py"]`), "python robot.py"},
		{"a program after a script for the start", needs + "\"flask\"]\n" + web + dockerfile(`ENTRYPOINT ["/shop/entry.sh"]`, `CMD ["python3", "-u", "robot.py", "--fast"]`), "python robot.py --fast"},
		{"a program in a start script", needs + "\"flask\"]\n" + web + dockerfile("COPY docker/start.sh /start.sh", `CMD ["/start.sh"]`) + "-- docker/start.sh --\n#!/bin/sh\nalembic upgrade head\nexec python \\\n  robot.py\n", "python robot.py"},
		{"a program with a word that only a shell knows", needs + "\"flask\"]\n" + web + dockerfile("CMD alembic upgrade head; python robot.py --port $PORT"), "python robot.py"},
		{"a program that another one watches", needs + "\"flask\"]\n-- src/main.py --\nimport parts.api\n" + program + "-- src/parts/api.py --\n" + flask + "app.run(host=\"0.0.0.0\")\n" + dockerfile(`CMD ["nodemon", "--ext", "*.py", "--exec", "python3", "main.py"]`), "python main.py"},
		{"a program of two that the README starts", needs + "]\n-- server.py --\n" + program + "-- better.py --\n" + program + "-- README.md --\n    python better.py\n" + dockerfile(`CMD ["uv", "run", "python", "server.py"]`), "python server.py"},
		{"a module of a folder", needs + "]\n-- src/shop/bot/__main__.py --\nfrom shop import rows\n" + program + "-- src/shop/rows.py --\n" + program + "-- src/shop/jobs/__main__.py --\n" + program + dockerfile("ENV PYTHONPATH=/app/src", `CMD ["python", "-m", "shop.bot"]`), "env PYTHONPATH=/app/src python -m shop.bot"},
		{"a Dockerfile that the compose file names", needs + "]\n-- demo.py --\n" + program + "-- robot.py --\n" + program + "-- compose.yaml --\nservices:\n  robot:\n    build:\n      context: .\n      dockerfile: robot-dockerfile\n-- robot-dockerfile --\nFROM python\nCMD [\"python\", \"robot.py\"]\n", "python robot.py"},
		{"an application in the folder of the command", needs + "\"flask\", \"gunicorn\"]\n-- apps/back/web/site.py --\n" + flask + guard + "app.run(host=\"0.0.0.0\")\n" + dockerfile("WORKDIR /app/apps/back", `CMD ["gunicorn", "web.site:app", "-c", "web/gunicorn.py"]`), "gunicorn --bind 0.0.0.0:8000 --chdir apps/back web.site:app"},
		{"an application with a server, in place of a program that starts it", needs + "\"fastapi\", \"uvicorn\"]\n-- main.py --\n" + fastapi + guard + "uvicorn.run(\"main:app\", host=\"0.0.0.0\", reload=True)\n" + dockerfile(`CMD ["sh", "-c", "python3 -m uvicorn main:app --host 0.0.0.0 --port ${PORT}"]`), "uvicorn main:app --host 0.0.0.0 --port 8000"},
		{"an ASGI application with gunicorn's workers", needs + "\"fastapi\", \"uvicorn\", \"gunicorn\"]\n-- web/entry.py --\nfrom .make import made\n-- web/make.py --\n" + fastapi + "made = app\n" + dockerfile("CMD gunicorn -k uvicorn.workers.UvicornWorker web.entry:made"), "uvicorn web.entry:made --host 0.0.0.0 --port 8000"},
		{"a function that makes an application", needs + "\"flask\", \"gunicorn\"]\n-- web/__init__.py --\ndef start(config=None):\n    pass\n" + dockerfile(`CMD ["gunicorn", "web:start()"]`), "gunicorn --bind 0.0.0.0:8000 web:start()"},
		{"a page", needs + "\"streamlit\"]\n-- pages_of/one.py --\nimport streamlit as st\nst.title(1)\n-- main.py --\n" + program + dockerfile("CMD streamlit run pages_of/one.py --server.port=$PORT"), "streamlit run pages_of/one.py --server.address 0.0.0.0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := find(t, test.files)
			if got := strings.Join(c.Cmd, " "); err != nil || got != test.want || !strings.Contains(c.Reason, "starts it") {
				t.Errorf("got  %s (%s), %v\nwant %s", got, c.Reason, err, test.want)
			}
		})
	}
}

func TestADockerfileThatStartsNoFileOfTheProjectIsPassedOver(t *testing.T) {
	const program = guard + "print(1)\n"
	for _, test := range []struct{ name, command string }{
		{"another program", `CMD ["nginx", "-g", "daemon off;"]`},
		{"a file that is gone", `CMD ["python", "gone.py"]`},
		{"one of two files with the name", `CMD ["python", "same.py"]`},
		{"a server without an application", `CMD gunicorn -c settings.py`},
		{"the code of the command itself", `CMD ["python", "-c", "import robot.py"]`},
		{"a script outside of the context", `CMD ["/../start.sh"]`},
		{"a comment", "# CMD [\"python\", \"robot.py\"]"},
		{"a command of an earlier stage", "CMD [\"python\", \"robot.py\"]\nFROM nginx"},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := needs + "]\n-- main.py --\n" + program + "-- robot.py --\n" + program + "-- a/same.py --\n" + program + "-- b/same.py --\n" + program + "-- Dockerfile --\nFROM python\n" + test.command + "\n"
			c, err := find(t, files)
			if got := strings.Join(c.Cmd, " "); err != nil || got != "python main.py" || strings.Contains(c.Reason, "Dockerfile") {
				t.Errorf("%s (%s), %v", got, c.Reason, err)
			}
		})
	}
}

func TestAFolderWithTheNameOfADockerfileIsNone(t *testing.T) {
	const script = needs + "]\n[project.scripts]\nshop = \"shop.cli:main\"\n[build-system]\nrequires = []\nbuild-backend = \"hatchling.build\"\n-- shop/__init__.py --\n-- shop/cli.py --\ndef main(): pass\n"
	const more = "-- dockerfile/README --\n-- compose.yaml --\nservices:\n  a:\n    build:\n      dockerfile: .\n  b:\n    build:\n      dockerfile: shop\n"
	large := "-- deploy/Dockerfile --\n" + strings.Repeat("#\n", maxEvidence) + "CMD shop large\n"
	c, err := find(t, script+more+large+"-- Dockerfile.prod --\nFROM python\nCMD [\"shop\", \"serve\"]\n")
	if got := strings.Join(c.Cmd, " "); err != nil || got != "shop serve" {
		t.Errorf("%s (%s), %v", got, c.Reason, err)
	}
}

func TestNotMoreDockerfilesThanTheServicesOfAProjectAreLookedFor(t *testing.T) {
	var compose strings.Builder
	compose.WriteString(needs + "]\n-- compose.yaml --\nservices:\n")
	for n := range 100 {
		fmt.Fprintf(&compose, "  s%d:\n    build:\n      dockerfile: Dockerfile.%d\n", n, n)
	}
	in := input(t, tree(compose.String()))
	files := reading{in.Files, map[string]int{}}
	in.Files = files
	_, _ = Command(in)
	if files.read["Dockerfile.0"] == 0 || len(files.read) > len(EvidenceFiles)+maxServices+10 {
		t.Errorf("%d files are read", len(files.read))
	}
}
