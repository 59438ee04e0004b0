package start

import (
	"strings"
	"testing"
)

// A function for Google Cloud starts by a program of its own, which the project's files
// call for people who try it on their machines.
func TestAFunctionIsServedAsTheProjectsFilesCallIt(t *testing.T) {
	const (
		framework = needs + "\"functions-framework\"]\n"
		two       = "import helper\ndef first(req): pass\ndef second(req): pass\n"
		readme    = "-- README.md --\n```\n"
		serves    = "functions-framework --source src/main.py --target second --host 0.0.0.0 --port 8000"
	)
	for _, test := range []struct{ name, files, want string }{
		{"in a folder", framework + "-- src/main.py --\n" + two + "-- src/helper.py --\n" + readme + "functions-framework --target=second --source=src/main.py --port=8080\n```\n", serves},
		{"with words apart", framework + "-- src/main.py --\n" + two + "-- src/helper.py --\n" + readme + "$ uv run functions-framework --debug --source src/main.py --target second\n```\n", serves},
		{"as a module", framework + "-- src/main.py --\n" + two + "-- src/helper.py --\n-- Makefile --\nrun:\n\tpython -m functions_framework --source src/main.py --target second\n", serves},
		{"in a Dockerfile", framework + "-- src/main.py --\n" + two + "-- src/helper.py --\n-- Dockerfile --\nFROM python\nCMD exec functions-framework --source=src/main.py --target=second --port=$PORT\n", serves},
		{"one of several", framework + "-- main.py --\n" + two + "-- helper.py --\n" + readme + "functions-framework --target second --signature-type=event\n```\n", "functions-framework --target second --signature-type event --host 0.0.0.0 --port 8000"},
		{"one that the file imports", framework + "-- main.py --\nfrom shop.web import sell\n-- shop/web.py --\ndef sell(event): pass\n" + readme + "functions-framework --target=sell\n```\n", "functions-framework --target sell --host 0.0.0.0 --port 8000"},
		{"not one that the file lacks", framework + "-- src/main.py --\n" + two + "-- run.py --\n" + guard + "run()\n" + readme + "functions-framework --target=YOUR_FUNCTION --source=src/main.py\n```\n", "python run.py"},
		{"not without its program", needs + "]\n-- src/main.py --\n" + two + "-- run.py --\n" + guard + "run()\n" + readme + "functions-framework --target=second --source=src/main.py\n```\n", "python run.py"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := find(t, test.files)
			if got := strings.Join(c.Cmd, " "); err != nil || got != test.want {
				t.Errorf("got  %s (%s), %v\nwant %s", got, c.Reason, err, test.want)
			}
		})
	}
}
