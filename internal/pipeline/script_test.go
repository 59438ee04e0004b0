package pipeline_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/pipeline/worldtest"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
)

const script = `#!/usr/bin/env python
# syntax=registry.example.com/moult:1
"""A job."""
# /// script
# requires-python = ">=3.12,<3.14"
# dependencies = ["six"]
#
# [tool.moult]
# env = {LEVEL = "info"}
# ///
import six
`

const scriptLock = `version = 1
revision = 3
requires-python = ">=3.12, <3.14"

[manifest]
requirements = [{ name = "six" }]

[[package]]
name = "six"
version = "1.17.0"
source = { registry = "https://pypi.org/simple" }
wheels = [
    { url = "https://files.example.com/six-1.17.0-py2.py3-none-any.whl", hash = "sha256:0000000000000000000000000000000000000000000000000000000000000000", size = 11050 },
]
`

// decideScript decides for a script next to a project of its own.
func decideScript(t *testing.T, text string, more map[string]string) (*plan.Plan, error) {
	t.Helper()
	files := fstest.MapFS{
		"jobs/job.py":           {Data: []byte(text)},
		"jobs/other.py":         {Data: []byte("print()\n")},
		"jobs/pyproject.toml":   {Data: []byte("[project]\nname = \"other\"\nversion = \"1\"\ndependencies = [\"django\"]\n[tool.moult]\nworkdir = \"/other\"\n")},
		"jobs/requirements.txt": {Data: []byte("flask\n")},
		"jobs/uv.lock":          {Data: []byte("version = 1\n")},
	}
	for name, text := range more {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	_, d, err := worldtest.Decide(t.Context(), worldtest.Files(files), "jobs/job.py", project.Options{}, worldtest.World{})
	if err != nil {
		return nil, err
	}
	return d.Plan, nil
}

func TestAScriptIsBuiltWithItsOwnRequirementsAlone(t *testing.T) {
	for name, more := range map[string]map[string]string{"without a lock": nil, "with its lock": {"jobs/job.py.lock": scriptLock}} {
		t.Run(name, func(t *testing.T) {
			p, err := decideScript(t, script, more)
			if err != nil {
				t.Fatal(err)
			}
			if p.Environment.Python.Version() != "3.13" || !slices.Equal(p.Image.Cmd, []string{"python", "job.py"}) || p.Image.WorkingDir != "/app" {
				t.Errorf("%+v %+v", p.Environment.Python, p.Image)
			}
			if !slices.ContainsFunc(p.Image.Env, func(v plan.Variable) bool { return v == plan.Variable{Name: "LEVEL", Value: "info"} }) {
				t.Errorf("%v", p.Image.Env)
			}
			if p.App == nil || !slices.Equal(p.App.Include, []string{"job.py"}) || p.App.From != "jobs" {
				t.Errorf("%+v", p.App)
			}
			if len(p.Packages) != 1 || p.Packages[0].Name != "six" || (more != nil) != (p.Packages[0].Version == "1.17.0") {
				t.Errorf("%+v", p.Packages)
			}
		})
	}
}

func TestMistakesInAScriptAreToldOfAtTheirLine(t *testing.T) {
	for name, c := range map[string]struct {
		old, new, want string
		more           map[string]string
	}{
		"no end":            {"# ///\nimport", "import", "jobs/job.py:4:1: the metadata of the script has no end", nil},
		"twice":             {"import six", "\n# /// script\n# ///\n", "jobs/job.py:12:1: the script has metadata twice, the first at line 4", nil},
		"a bad requirement": {`"six"`, `"six=1"`, `jobs/job.py:6:19: "six=1" is not a valid requirement`, nil},
		"an unknown key":    {"env =", "envv =", `jobs/job.py:9:3: unknown key "envv" in [tool.moult]`, nil},
		"broken TOML":       {`["six"]`, `["six"`, "jobs/job.py:", nil},
		"no blank":          {"# dependencies", "#dependencies", `jobs/job.py:6:1: a line of the script's metadata begins with "# "`, nil},
		"an old lock":       {`"six"`, `"six", "idna"`, "jobs/job.py:6:26: jobs/job.py.lock does not match the project any more: it does not hold idna; run: uv lock --script job.py", map[string]string{"jobs/job.py.lock": scriptLock}},
	} {
		_, err := decideScript(t, strings.Replace(script, c.old, c.new, 1), c.more)
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
}

// uv lock --check --script calls the lock of each of these stale.
func TestTheLockOfAScriptIsStaleAsUVSays(t *testing.T) {
	const stale = "jobs/job.py.lock does not match the project any more: "
	for name, c := range map[string]struct{ old, new, want string }{
		"the same":         {"", "", ""},
		"more of Python":   {"<3.14", "<3.15", stale + "the project is for Python >=3.12,<3.15, the lock for"},
		"a limit":          {`"six"`, `"six>=1.16"`, stale + "the project asks for six>=1.16, the lock was made for six"},
		"less":             {`"six"`, ``, stale + "it was made for six, which the project does not ask for"},
		"a repository":     {"#\n", "# [tool.uv.sources]\n# six = {git = \"https://git.example/six\"}\n", stale + "six comes from"},
		"an index":         {"#\n", "# [[tool.uv.index]]\n# name = \"own\"\n# url = \"https://packages.example/simple\"\n# [tool.uv.sources]\n# six = {index = \"own\"}\n", stale + "six comes from"},
		"a constraint":     {"#\n", "# [tool.uv]\n# constraint-dependencies = [\"six<2\"]\n", stale + "it does not know six<2 in constraint-dependencies"},
		"an override":      {"#\n", "# [tool.uv]\n# override-dependencies = [\"six==1.17.0\"]\n", stale + "it does not know six==1.17.0 in override-dependencies"},
		"a time":           {"#\n", "# [tool.uv]\n# exclude-newer = \"2024-01-01T00:00:00Z\"\n", stale + "the lock was made without exclude-newer"},
		"a mode":           {"#\n", "# [tool.uv]\n# resolution = \"lowest-direct\"\n", stale + `the project sets resolution = "lowest-direct"`},
		"nothing for uv's": {"#\n", "# [tool.uv]\n# link-mode = \"copy\"\n", ""},
	} {
		_, err := decideScript(t, strings.Replace(script, c.old, c.new, 1), map[string]string{"jobs/job.py.lock": scriptLock})
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}
