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
