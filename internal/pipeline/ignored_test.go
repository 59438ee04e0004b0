package pipeline_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/pipeline/worldtest"
	"github.com/moult-build/moult/internal/project"
)

func TestFilesThatDockerignoreLeavesOutAreMissing(t *testing.T) {
	const packaged = "[project]\nname = \"app\"\nversion = \"1\"\nrequires-python = \">=3.13,<3.14\"\n%[build-system]\nrequires = [\"hatchling\"]\nbuild-backend = \"hatchling.build\"\n[tool.moult]\ncmd = [\"app\"]\n"
	for _, c := range []struct {
		name, build, ignore string
		files               []string
		want                string // of the error; "" is none
	}{
		{"what the image starts", "[tool.moult]\npython = \"3.13\"\ncmd = [\"./start.sh\"]\n", "*.sh", []string{"start.sh"}, "pyproject.toml:3:7: cmd: .dockerignore leaves start.sh out of the build context"},
		{"what is sent again", "[tool.moult]\npython = \"3.13\"\ncmd = [\"./start.sh\"]\n", "*.sh\n!start.sh", []string{"start.sh"}, ""},
		{"a main file", "[tool.moult]\npython = \"3.13\"\n", "main.py", []string{"main.py"}, "pyproject.toml"},
		{"the readme", strings.Replace(packaged, "%", "readme = \"README.md\"\n", 1), "*.md", []string{"README.md", "app/__init__.py"}, ""},
		{"a readme whose name looks like a pattern", strings.Replace(packaged, "%", "readme = \"READ[ME].md\"\n", 1), "*.md", []string{"READ[ME].md", "app/__init__.py"}, ""},
		{"a readme that only a pattern would find", strings.Replace(packaged, "%", "readme = \"READ[ME].md\"\n", 1), "x", []string{"READM.md", "app/__init__.py"}, "pyproject.toml:5:10: the build of the project's wheel needs READ[ME].md"},
		{"all licences of a pattern", strings.Replace(packaged, "%", "license-files = [\"LICEN[CS]E*\"]\n", 1), "LICENSE.txt", []string{"LICENSE.txt", "app/__init__.py"}, ""},
		{"one licence of a pattern", strings.Replace(packaged, "%", "license-files = [\"LICEN[CS]E*\"]\n", 1), "LICENSE.txt", []string{"LICENSE.txt", "LICENSE", "app/__init__.py"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := fstest.MapFS{"pyproject.toml": {Data: []byte(c.build)}, ".dockerignore": {Data: []byte(c.ignore + "\n")}}
			for _, name := range c.files {
				files[name] = &fstest.MapFile{Data: []byte("#!/bin/sh\nprint()\n")}
			}
			_, _, err := worldtest.Decide(t.Context(), worldtest.Files(files), "pyproject.toml", project.Options{}, worldtest.World{})
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestACommandFromTheCodeFitsAnotherWorkingFolder(t *testing.T) {
	for _, c := range []struct {
		name, keys, main string
		want             []string
	}{
		{"a program", "", "print()\n", []string{"python", "/app/main.py"}},
		{"a server", "dependencies = [\"fastapi\", \"uvicorn\"]\n", "from fastapi import FastAPI\napp = FastAPI()\n", []string{"uvicorn", "main:app", "--host", "0.0.0.0", "--port", "8000", "--app-dir", "/app"}},
		{"a server without such an option", "dependencies = [\"flask\", \"gunicorn\"]\n", "from flask import Flask\napp = Flask(__name__)\n", []string{"env", "PYTHONPATH=/app", "gunicorn", "--bind", "0.0.0.0:8000", "main:app"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := fstest.MapFS{
				"pyproject.toml": {Data: []byte("[project]\nname = \"app\"\nversion = \"1\"\nrequires-python = \">=3.13,<3.14\"\n" + c.keys + "[tool.moult]\nworkdir = \"/srv\"\n")},
				"main.py":        {Data: []byte(c.main)},
			}
			p, d, err := worldtest.Decide(t.Context(), worldtest.Files(files), "pyproject.toml", project.Options{}, worldtest.World{})
			if err != nil || !slices.Equal(d.Plan.Image.Cmd, c.want) {
				t.Errorf("%v %q, want %q", err, p.Command.Cmd, c.want)
			}
		})
	}
}

func TestACommandThatNeedsASubfolderRunsThere(t *testing.T) {
	files := fstest.MapFS{
		"pyproject.toml": {Data: []byte("[project]\nname = \"app\"\nversion = \"1\"\nrequires-python = \">=3.13,<3.14\"\n")},
		"web/start.py":   {Data: []byte("if __name__ == \"__main__\":\n    open(\"a.json\")\n")},
		"web/a.json":     {Data: []byte("{}\n")},
	}
	for steps, want := range map[string]string{
		"": "/app/web python start.py",
		"[[tool.moult.steps]]\nrun = [\"python\", \"web/start.py\"]\n":                  "/app python -m web.start",
		"[tool.moult.healthcheck]\ncmd = [\"python\", \"web/start.py\"]\n":              "/app python -m web.start",
		"[tool.moult]\ncmd = [\"python\", \"web/start.py\"]\nworkdir = \"/app/web/\"\n": "",
	} {
		with := maps.Clone(files)
		with["pyproject.toml"] = &fstest.MapFile{Data: slices.Concat(files["pyproject.toml"].Data, []byte(steps))}
		_, d, err := worldtest.Decide(t.Context(), worldtest.Files(with), "pyproject.toml", project.Options{}, worldtest.World{})
		if want == "" {
			if err == nil {
				t.Errorf("%s: no error", steps)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Plan.Image.WorkingDir + " " + strings.Join(d.Plan.Image.Cmd, " "); got != want {
			t.Errorf("%s: %s", steps, got)
		}
	}
}

func TestFilesThatTheWheelNeedsAreSentToItsBuildOnly(t *testing.T) {
	const build = "[project]\nname = \"app\"\nversion = \"1\"\nrequires-python = \">=3.13,<3.14\"\nreadme = \"docs/READ[ME].md\"\nlicense-files = [\"LICENSE*\"]\n[build-system]\nrequires = [\"hatchling\"]\nbuild-backend = \"hatchling.build\"\n[tool.moult]\ncmd = [\"app\"]\napp.include = [\"**\"]\n"
	for _, test := range []struct {
		folder string
		want   []string
	}{{"", []string{"!LICENSE", `!docs/READ\[ME].md`}}, {"services/api/", []string{"!LICENSE", `!docs/READ\[ME].md`}}} {
		files := fstest.MapFS{".dockerignore": {Data: []byte("**/*.md\n**/LICENSE\n")}}
		for _, name := range []string{"docs/READ[ME].md", "docs/other.md", "LICENSE", "app/__init__.py"} {
			files[test.folder+name] = &fstest.MapFile{Data: []byte("x = 1\n")}
		}
		files[test.folder+"pyproject.toml"] = &fstest.MapFile{Data: []byte(build)}
		_, d, err := worldtest.Decide(t.Context(), worldtest.Files(files), test.folder+"pyproject.toml", project.Options{}, worldtest.World{})
		if err != nil {
			t.Fatal(err)
		}
		var exclude []string
		for _, s := range d.Plan.Building.Sources {
			if f := s.Folder(); f != nil {
				exclude = f.Exclude
			}
		}
		if n := len(exclude) - len(test.want); n < 0 || !slices.Equal(exclude[n:], test.want) {
			t.Errorf("%s: the wheel is built without %q", test.folder, exclude)
		}
		if slices.Contains(d.Plan.App.Exclude, "!docs/README.md") {
			t.Error("the readme is copied into the image")
		}
	}
}
