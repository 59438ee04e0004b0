package pipeline_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/pipeline/worldtest"
	"github.com/moult-build/moult/internal/project"
)

func TestAnApplicationIsNamedAsTheVersionOfFlaskKnowsIt(t *testing.T) {
	const option, variable = "flask --app server run --host 0.0.0.0 --port 8000", "env FLASK_APP=server flask run --host 0.0.0.0 --port 8000"
	const application = "from flask import Flask\napp = Flask(__name__)\n"
	lock := func(version string) string {
		return "lock-version = \"1.0\"\ncreated-by = \"uv\"\n[[packages]]\nname = \"flask\"\nversion = \"" + version + "\"\n" +
			"wheels = [{ url = \"https://files.example.com/flask-" + version + "-py3-none-any.whl\", size = 1, hashes = { sha256 = \"" + strings.Repeat("0", 64) + "\" } }]\n"
	}
	for _, test := range []struct{ keys, requirements, lock, want string }{
		{"", "flask\n", "", option},
		{"", "Flask==1.1.2\n", "", variable},
		{"", "flask~=2.1.0\n", "", variable},
		{"", "flask>=1,<2.2\n", "", variable},
		{"", "flask>=1\n", "", option},
		{"", "flask!=2.0.1\n", "", option},
		{"", "flask==2.2.3\n", "", option},
		{"", "flask==3.0.1\n", "", option},
		{"", "flask\n", lock("2.1.3"), variable},
		{"", "flask\n", lock("3.1.0"), option},
		{"cmd = [\"flask\", \"--app\", \"server\", \"run\"]\n", "flask==1.1.2\n", "", "flask --app server run"},
	} {
		files := fstest.MapFS{
			"moult.toml": {Data: []byte("python = \"3.13\"\n" + test.keys)}, "requirements.txt": {Data: []byte(test.requirements)}, "server.py": {Data: []byte(application)},
		}
		if test.lock != "" {
			files["pylock.toml"] = &fstest.MapFile{Data: []byte(test.lock)}
		}
		p, _, err := worldtest.Decide(t.Context(), worldtest.Files(files), "moult.toml", project.Options{}, worldtest.World{})
		if err != nil {
			t.Errorf("%q: %v", test.requirements, err)
			continue
		}
		if got := strings.Join(p.Command.Cmd, " "); got != test.want {
			t.Errorf("%q, %v: %s", test.requirements, test.lock != "", got)
		}
	}
}

func TestAnOldFlaskKeepsTheVariablesOfItsCommand(t *testing.T) {
	p, _, err := worldtest.Decide(t.Context(), worldtest.Files(fstest.MapFS{
		"moult.toml": {Data: []byte("python = \"3.13\"\n")}, "requirements.txt": {Data: []byte("flask==2.0.1\n")},
		"web/server.py": {Data: []byte("from web import data\nimport tools\nfrom flask import Flask\napp = Flask(__name__)\n")}, "web/tools.py": {}, "web/data.py": {},
	}), "moult.toml", project.Options{}, worldtest.World{})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(p.Command.Cmd, " "); !strings.Contains(got, "FLASK_APP=") || strings.Contains(got, "--app") {
		t.Errorf("it runs %s", got)
	}
}
