package start

import (
	"strings"
	"testing"
)

func TestOfSeveralScriptsTheOneThatAFileStartsIsTheProgram(t *testing.T) {
	const (
		program  = guard + "main()\n"
		scripts  = needs + "]\n[project.scripts]\nweb-health = \"shop.health:main\"\nrun-web = \"shop.web:main\"\n"
		packaged = scripts + "[build-system]\nrequires = []\n"
		modules  = "-- shop/__init__.py --\n-- shop/health.py --\ndef main(): pass\n" + program + "-- shop/web.py --\ndef main(): pass\n"
		named    = "[project]\nname = \"web\"\nversion = \"1\"\n[project.scripts]\nweb = \"shop.web:main\"\nrun-web = \"shop.web:run\"\n[build-system]\nrequires = []\n-- shop/web.py --\ndef main(): pass\ndef run(): pass\n"
		own      = "-- Dockerfile --\nFROM python\nCMD [\"run-web\"]\n"
	)
	for _, test := range []struct{ name, files, want string }{
		{"the Dockerfile's", packaged + modules + own, "run-web"},
		{"the Dockerfile's, with its words", packaged + modules + "-- Dockerfile --\nFROM python\nENTRYPOINT [\"tini\", \"--\"]\nCMD [\"uv\", \"run\", \"run-web\", \"--all\"]\n", "run-web --all"},
		{"the Dockerfile's last one", packaged + modules + "-- Dockerfile --\nFROM python\nCMD web-health && exec run-web\n", "run-web"},
		{"that of the Dockerfile's start script", packaged + modules + "-- start --\n#!/bin/sh\nweb-health || true\nexec run-web\n-- Dockerfile --\nFROM python\nCOPY start /start\nCMD [\"sh\", \"start\"]\n", "run-web"},
		{"the Compose file's", packaged + modules + "-- compose.yaml --\nservices:\n  web:\n    build: .\n    command: [\"run-web\"]\n", "run-web"},
		{"the platform's", packaged + modules + "-- render.yaml --\nservices:\n  - type: web\n    startCommand: poetry run run-web\n", "run-web"},
		{"the Makefile's, where none has the project's name", packaged + modules + "-- Makefile --\nrun:\n\tuv run run-web\n", "run-web"},
		{"the Dockerfile's, and not the one with the project's name", named + own, "run-web"},
		{"the one with the project's name, and not the Makefile's", named + "-- Makefile --\nrun:\n\tuv run run-web\n", "web"},
		{"the Dockerfile's, where the project is not packaged", scripts + modules + own, "python -c import sys; from shop.web import main; sys.exit(main())"},
	} {
		c, err := find(t, test.files)
		if got := strings.Join(c.Cmd, " "); err != nil || got != test.want {
			t.Errorf("%s:\ngot  %s (%s), %v\nwant %s", test.name, got, c.Reason, err, test.want)
		}
	}
}

func TestAScriptThatStartsNothingOfTheProjectIsPassedOver(t *testing.T) {
	const (
		packaged = needs + "\"streamlit\"]\n[project.scripts]\nshop = \"shop:main\"\n[build-system]\nrequires = []\n"
		hello    = "-- shop/__init__.py --\ndef main() -> None:\n    print(\"Hello from shop!\")\n"
		page     = "-- streamlit_app.py --\nimport streamlit as st\nst.title(\"x\")\n"
		shown    = "streamlit run streamlit_app.py --server.address 0.0.0.0"
	)
	for _, test := range []struct{ name, files, want, err string }{
		{"what uv init has written, beside a page", packaged + hello + page, shown, ""},
		{"what uv init has written, where there is nothing else", packaged + hello, "shop", ""},
		{"an empty module, beside a page", packaged + "-- shop/__init__.py --\n" + page, shown, ""},
		{"a module that puts another one in its place", packaged + "-- shop/__init__.py --\nimport sys\nfrom . import late\nsys.modules[__name__] = late\n-- shop/late.py --\ndef main():\n    pass\n", "shop", ""},
		{"an empty module", packaged + "-- shop/__init__.py --\n", "", "the script shop starts shop:main, and the module has no main"},
		{"a module that may make its names", packaged + "-- shop/__init__.py --\nfrom .cli import *\n-- shop/cli.py --\n" + page, "shop", ""},
	} {
		in := input(t, tree(test.files))
		in.Copyable = func(string) bool { return true }
		in.Copied = func(string) bool { return false }
		c, err := Command(in)
		if got := strings.Join(c.Cmd, " "); got != test.want || (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("%s:\ngot  %s (%s), %v\nwant %s", test.name, got, c.Reason, err, test.want)
		}
	}
}

func TestAPageBesideThePackageThatTheDockerfileStartsPrecedesTheScript(t *testing.T) {
	in := input(t, tree(needs+"\"streamlit\"]\n[project.scripts]\nshop = \"shop.cli:main\"\n[build-system]\nrequires = []\n-- shop/cli.py --\ndef main(): pass\n"+
		"-- ui/home.py --\nimport streamlit as st\nst.title(\"x\")\n-- docker/Dockerfile --\nFROM python\nCMD [\"streamlit\", \"run\", \"ui/home.py\"]\n"))
	in.Copyable = func(string) bool { return true }
	in.Copied = func(string) bool { return false }
	c, err := Command(in)
	if got, want := strings.Join(c.Cmd, " "), "streamlit run ui/home.py --server.address 0.0.0.0"; err != nil || got != want || !c.NextToPackage {
		t.Errorf("got  %s (%s), %v\nwant %s", got, c.Reason, err, want)
	}
}
