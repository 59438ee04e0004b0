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

func TestThePlanHasThePackagesOfTheExtraThatTheProgramNeeds(t *testing.T) {
	const head = "[project]\nname = \"shop\"\nversion = \"1\"\nrequires-python = \">=3.13\"\ndependencies = [\"six\"]\n[project.optional-dependencies]\nserver = [\"fastapi\", \"uvicorn\"]\n"
	for name, test := range map[string]struct {
		program string
		want    bool
	}{
		"a server":  {"from fastapi import FastAPI\napp = FastAPI()\n", true},
		"a program": {"import six\nprint(six)\n", false},
	} {
		files := fstest.MapFS{"pyproject.toml": {Data: []byte(head)}, "main.py": {Data: []byte(test.program)}}
		_, d, err := worldtest.Decide(t.Context(), worldtest.Files(files), "pyproject.toml", project.Options{}, worldtest.World{Patch: "5"})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		has := slices.ContainsFunc(d.Plan.Packages, func(p plan.Package) bool { return p.Name == "uvicorn" })
		if has != test.want || strings.Contains(d.Plan.Image.CommandReason, "the extra server") != test.want {
			t.Errorf("%s: %v, %s", name, has, d.Plan.Image.CommandReason)
		}
	}
}

func TestThePlanHasThePackagesThatTheDockerfileInstallsByName(t *testing.T) {
	for name, build := range map[string]map[string]string{
		"of requirements":     {"moult.toml": "", "requirements.txt": "six\n"},
		"of a [project]":      {"pyproject.toml": "[project]\nname = \"shop\"\nversion = \"1\"\nrequires-python = \">=3.13\"\ndependencies = [\"six\"]\n"},
		"of a built project":  {"pyproject.toml": "[project]\nname = \"shop\"\nversion = \"1\"\nrequires-python = \">=3.13\"\ndependencies = [\"six\"]\n[build-system]\nrequires = [\"hatchling\"]\nbuild-backend = \"hatchling.build\"\n", "shop/__init__.py": ""},
		"of Pipenv's Pipfile": {"moult.toml": "", "Pipfile": "[packages]\nsix = \"*\"\n"},
	} {
		files := fstest.MapFS{"main.py": {Data: []byte("from fastapi import FastAPI\napp = FastAPI()\n")}, "Dockerfile": {Data: []byte("FROM python\nRUN pip install fastapi 'uvicorn[standard]>=0.30'\nCMD uvicorn main:app\n")}}
		file := "moult.toml"
		for of, content := range build {
			files[of] = &fstest.MapFile{Data: []byte(content)}
			if of == "pyproject.toml" {
				file = of
			}
		}
		_, d, err := worldtest.Decide(t.Context(), worldtest.Files(files), file, project.Options{}, worldtest.World{Patch: "5"})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, wanted := range []string{"six", "fastapi", "uvicorn"} {
			if !slices.ContainsFunc(d.Plan.Packages, func(p plan.Package) bool { return p.Name == wanted }) {
				t.Errorf("%s: %s is not installed: %v, %s", name, wanted, d.Plan.Image.Cmd, d.Plan.Image.CommandReason)
			}
		}
	}
}
