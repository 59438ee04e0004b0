package integration

import (
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
)

func TestWhatFailsOutsideTheEnvironmentShowsItsLine(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	const head = "# syntax=registry.example.com/moult:1\n[project]\nname = \"failing\"\nrequires-python = \">=3.13,<3.14\"\n[tool.moult]\ncmd = [\"python\"]\n"
	for name, c := range map[string]struct {
		keys string
		line int
		want string
	}{
		"a test":                        {"[[tool.moult.steps]]\nrun = [\"python\", \"-c\", \"raise SystemExit(3)\"]\noutputs = []\n", 7, "exit code: 3"},
		"an output that is not left":    {"[[tool.moult.steps]]\nrun = [\"python\", \"-c\", \"pass\"]\ninputs = []\noutputs = [\"/srv/x\"]\n", 7, "did not complete"},
		"a step of a stage":             {"[tool.moult.stage.web]\noutputs = {\"dist\" = \"/srv/dist\"}\n[[tool.moult.stage.web.steps]]\nrun = [\"false\"]\n", 9, "did not complete"},
		"a result that a stage has not": {"[tool.moult.stage.web]\noutputs = {\"dist\" = \"/srv/dist\"}\n[[tool.moult.stage.web.steps]]\nrun = [\"true\"]\n", 8, "/src/dist"},
		"one for the application":       {"[tool.moult.stage.web]\noutputs = {\"dist\" = \"static\"}\n[[tool.moult.stage.web.steps]]\nrun = [\"true\"]\n", 8, "/src/dist"},
		"a file that is not there":      {"[[tool.moult.files]]\nfrom = \"deploy/missing.conf\"\nto = \"/etc/missing.conf\"\n", 7, "missing.conf"},
		"a context that was not given":  {"[[tool.moult.files]]\ncontext = \"assets\"\nto = \"/srv/\"\n", 8, "was not given"},
		"an image that is not there":    {"[[tool.moult.files]]\nimage = \"example.invalid/none:1\"\nfrom = \"/x\"\nto = \"/srv/\"\n", 8, "example.invalid/none"},
		"a place for everybody":         {"[[tool.moult.files]]\nfrom = \"main.py\"\nto = \"/tmp/x\"\n", 9, "everybody may write"},
	} {
		t.Run(name, func(t *testing.T) {
			failing(t, l, map[string]string{"pyproject.toml": head + c.keys, "main.py": "print()\n"}, c.line, c.want)
		})
	}
}
