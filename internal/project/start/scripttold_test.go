package start

import (
	"strings"
	"testing"
)

func TestTheMainScriptOfSeveralIsTheOneThatAFileStarts(t *testing.T) {
	const (
		scripts = needs + "]\n[build-system]\nrequires = []\n[project.scripts]\nsell = \"shop.sell:main\"\nsell-web = \"shop.web:main\"\nmigrate-shop = \"shop.load:main\"\n"
		named   = needs + "]\n[build-system]\nrequires = []\n[project.scripts]\nshop = \"shop.cli:main\"\nsell-web = \"shop.web:main\"\n"
		compose = "-- compose.yaml --\nservices:\n  web:\n    build: .\n    command: "
	)
	dockerfile := func(command string) string { return "-- Dockerfile --\nFROM python\n" + command + "\n" }
	for _, test := range []struct{ name, files, want string }{
		{"a Dockerfile", scripts + dockerfile(`CMD ["uv", "run", "sell-web", "--port", "80"]`), "sell-web --port 80"},
		{"a Dockerfile, after a script that prepares something", scripts + dockerfile("CMD migrate-shop && sell"), "sell"},
		{"a Dockerfile by its start script", scripts + "-- run.sh --\n#!/bin/sh\nmigrate-shop\nexec sell-web\n" + dockerfile(`ENTRYPOINT ["./run.sh"]`), "sell-web"},
		{"a Dockerfile, and not the one with the project's name", named + dockerfile(`CMD ["sell-web"]`), "sell-web"},
		{"a Compose file", scripts + compose + "sell --all\n", "sell --all"},
		{"systemd", scripts + "-- deploy/web.service --\n[Service]\nExecStart=/opt/shop/.venv/bin/sell-web --quiet\n", "sell-web --quiet"},
		{"a task", scripts + "-- Makefile --\nrun:\n\tuv run sell\ntest:\n\tuv run sell-web\n", "sell"},
		{"the README", scripts + "-- README.md --\nsell and sell-web are scripts.\n```sh\n$ uv run sell-web\n```\n", "sell-web"},
		{"a Compose file, with a list in a word", scripts + compose + "sell --rows 1,2 --all\n", "sell --rows 1,2 --all"},
		{"a Dockerfile's list, with a list in a word", scripts + dockerfile(`CMD ["sell","--rows","1,2"]`), "sell --rows 1,2"},
		{"a Compose file's list without marks", scripts + compose + "[sell,--all]\n", "sell --all"},
		{"nobody, with the project's name", named + "-- Makefile --\nrun:\n\tuv run sell-web\n-- README.md --\n    sell-web\n", "shop"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := find(t, test.files)
			if got := strings.Join(c.Cmd, " "); err != nil || got != test.want {
				t.Errorf("got  %s (%s), %v\nwant %s", got, c.Reason, err, test.want)
			}
		})
	}
	for _, test := range []struct{ name, files string }{
		{"the README starts two", scripts + "-- README.md --\n    sell\n    sell-web\n"},
		{"the README starts what prepares something", scripts + "-- README.md --\n    migrate-shop\n"},
		{"the README only names one", scripts + "-- README.md --\nsell works well\n"},
	} {
		if c, err := find(t, test.files); err == nil || !strings.Contains(err.Error(), "the project has several scripts") {
			t.Errorf("%s: %v (%s), %v", test.name, c.Cmd, c.Reason, err)
		}
	}
}

func TestSystemdSaysWhatRunsOnAServer(t *testing.T) {
	const (
		program = guard + "print(1)\n"
		web     = needs + "\"flask\"]\n-- page.py --\n" + flask + "-- robot.py --\n" + program
	)
	unit := func(file, command string) string { return "-- " + file + " --\n[Service]\nExecStart=" + command + "\n" }
	for _, test := range []struct{ name, files, want string }{
		{"by a whole path, with its words", web + unit("deploy/bot.service", "/opt/venv/bin/python /opt/shop/robot.py --serve"), "python robot.py --serve"},
		{"by the project's name", web + unit("shop.service", "-/usr/bin/env python3 robot.py"), "python robot.py"},
		{"after the Dockerfile", web + unit("shop.service", "python robot.py") + "-- Dockerfile --\nFROM python\nCMD flask --app page run\n", "flask --app page run --host 0.0.0.0 --port 8000"},
		{"not where two services are started", web + unit("bot.service", "python robot.py") + unit("web.service", "flask --app page run"), "flask --app page run --host 0.0.0.0 --port 8000"},
		{"not where another program is started", web + unit("bot.service", "/usr/bin/nginx"), "flask --app page run --host 0.0.0.0 --port 8000"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := find(t, test.files)
			if got := strings.Join(c.Cmd, " "); err != nil || got != test.want {
				t.Errorf("got  %s (%s), %v\nwant %s", got, c.Reason, err, test.want)
			}
		})
	}
}
