package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// initialised runs "moult init" in a copy of a folder, and gives what the build
// file of that name is then.
func initialised(t *testing.T, files map[string]string, name string) string {
	t.Helper()
	dir := t.TempDir()
	for file, content := range files {
		at := filepath.Join(dir, file)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	c := New("test")
	var out bytes.Buffer
	c.SetOut(&out)
	c.SetErr(&out)
	c.SetArgs([]string{"init", "--syntax", "registry.example.com/moult:1", dir})
	if err := c.Execute(); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	content, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestInitWritesTheCommandThatABuildWouldGuess(t *testing.T) {
	files := map[string]string{
		"requirements.txt": "fastapi\nuvicorn\n",
		"shop/web.py":      "from fastapi import FastAPI\n\napp = FastAPI()\n",
	}
	got := initialised(t, files, "moult.toml")
	for _, want := range []string{
		"# a guess: shop/web.py makes the FastAPI application app, and uvicorn is installed\n",
		`cmd = ["uvicorn", "shop.web:app", "--host", "0.0.0.0", "--port", "8000"]` + "\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

// A lock may have an older Flask than the requirements show.
func TestInitNamesTheApplicationAsTheVersionOfFlaskKnowsIt(t *testing.T) {
	const option, variable = `cmd = ["flask", "--app", "shop.web", "run"`, `cmd = ["env", "FLASK_APP=shop.web", "flask", "run"`
	for _, test := range []struct {
		files map[string]string
		want  string
	}{
		{map[string]string{"requirements.txt": "flask\n"}, option},
		{map[string]string{"requirements.txt": "flask==1.1.2\n"}, variable},
		{map[string]string{"Pipfile": "[packages]\nflask = \"*\"\n", "Pipfile.lock": "{}\n"}, variable},
	} {
		test.files["shop/web.py"] = "from flask import Flask\n\napp = Flask(__name__)\n"
		if got := initialised(t, test.files, "moult.toml"); !strings.Contains(got, test.want) {
			t.Errorf("no %q in\n%s", test.want, got)
		}
	}
}

func TestInitWritesTheFolderThatAGuessedCommandNeeds(t *testing.T) {
	got := initialised(t, map[string]string{"requirements.txt": "six\n", "web/start.py": "import six\nif __name__ == \"__main__\":\n    open(\"a.json\")\n", "web/a.json": "{}\n"}, "moult.toml")
	want := "workdir = \"/app/web\"\n# a guess: web/start.py is a program; it runs in web, because web/start.py opens a.json\ncmd = [\"python\", \"start.py\"]\n"
	if !strings.Contains(got, want) {
		t.Error(got)
	}
}

func TestInitWritesTheExtraThatTheCommandNeeds(t *testing.T) {
	const project = "[project]\nname = \"shop\"\nversion = \"1\"\ndependencies = [\"flask\"]\n[project.optional-dependencies]\ndev = [\"gunicorn\", \"pytest\"]\nweb = [\"gunicorn\"]\n[dependency-groups]\nserve = [\"waitress\"]\ndev = [\"uvicorn\"]\n"
	for cmd, want := range map[string]string{
		`["gunicorn", "shop:app"]`:                            `extras = ["web"]`,
		`["sh", "-c", "exec gunicorn shop:app"]`:              `extras = ["web"]`,
		`["python", "-W", "ignore", "-m", "gunicorn", "a:b"]`: `extras = ["web"]`,
		`["waitress-serve", "shop:app"]`:                      `groups = ["serve"]`,
		`["uvicorn", "shop:app"]`:                             `groups = ["dev"]`,
		`["flask", "run"]`:                                    "",
		`["hypercorn", "a:b"]`:                                "",
	} {
		got := initialised(t, map[string]string{"pyproject.toml": project, "Dockerfile": "FROM python:3.13-slim\nWORKDIR /app\nCOPY . .\nRUN pip install .\nUSER 1000\nCMD " + cmd + "\n"}, "pyproject.toml")
		_, got, _ = strings.Cut(got, "[tool.moult]")
		if want == "" && (strings.Contains(got, "extras =") || strings.Contains(got, "groups =")) || !strings.Contains(got, want) {
			t.Errorf("%s:\n%s", cmd, got)
		}
	}
}

func TestInitWritesTheExtraThatTheCommandOfATargetNeeds(t *testing.T) {
	got := initialised(t, map[string]string{
		"pyproject.toml": "[project]\nname = \"shop\"\nversion = \"1\"\n[project.optional-dependencies]\nweb = [\"gunicorn\"]\njobs = [\"celery\"]\n",
		"Dockerfile":     "FROM python:3.13-slim AS base\nWORKDIR /app\nCOPY . .\nRUN pip install .\nUSER 1000\n\nFROM base AS worker\nCMD [\"celery\", \"-A\", \"shop\", \"worker\"]\n\nFROM base\nCMD [\"gunicorn\", \"shop:app\"]\n",
	}, "pyproject.toml")
	_, got, _ = strings.Cut(got, "[tool.moult]")
	image, target, _ := strings.Cut(got, "[tool.moult.target.worker]")
	if !strings.Contains(image, `extras = ["web"]`) || !strings.Contains(target, `extras = ["jobs"]`) {
		t.Error(got)
	}
}

func TestInitWritesNoCommandThatIsFoundWithoutIt(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"a program":  {"requirements.txt": "six\n", "main.py": "print(1)\n"},
		"a Procfile": {"requirements.txt": "six\n", "Procfile": "web: python a.py\n", "a.py": ""},
	} {
		if got := initialised(t, files, "moult.toml"); strings.Contains(got, "cmd") {
			t.Errorf("%s:\n%s", name, got)
		}
	}
}

func TestInitSaysWhichFilesCanBeStarted(t *testing.T) {
	got := initialised(t, map[string]string{"requirements.txt": "six\n", "a.py": "print(1)\n", "b.py": "print(1)\n"}, "moult.toml")
	if !strings.Contains(got, "several files can be started: a.py, b.py\n") {
		t.Error(got)
	}
}

func TestInitTakesNoPythonThatThePipfileDoesNotAllow(t *testing.T) {
	files := map[string]string{
		"Pipfile":    "[packages]\n[requires]\npython_version = \"3.11\"\n",
		"Dockerfile": "FROM python:3.12-slim\nUSER 1000\nCMD [\"python\", \"a.py\"]\n",
		"a.py":       "print(1)\n",
	}
	if got := initialised(t, files, "moult.toml"); strings.Contains(got, "3.12-slim\"") || strings.Contains(got, "python = \"3.12\"") {
		t.Error(got)
	}
	files["Pipfile"] = "[packages]\n"
	if got := initialised(t, files, "moult.toml"); !strings.Contains(got, "python = \"3.12\"") {
		t.Error(got)
	}
}
