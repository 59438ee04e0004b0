package integration

import (
	"encoding/json"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/pypkg/pep503"
)

// planned is the plan of a build for one platform, as --call plan gives it.
func planned(t *testing.T, l *lab.Lab, b lab.Build) (p struct {
	Layers []plan.Layer
	App    *plan.App
}) {
	t.Helper()
	var r struct {
		Platforms []struct{ Plan json.RawMessage }
	}
	if err := json.Unmarshal(subrequest(t, l, b, "frontend.plan")["result.json"], &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Platforms) != 1 {
		t.Fatalf("the plan is for %d platforms", len(r.Platforms))
	}
	if err := json.Unmarshal(r.Platforms[0].Plan, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// historyTellsTheLayers compares a built image's history with its layers and
// with the plan of the same build. The exporter adds an entry of its own where
// the history is too short, and each later entry would describe a wrong layer.
func historyTellsTheLayers(t *testing.T, l *lab.Lab, b lab.Build, ref string) {
	t.Helper()
	img, files := readImage(t, l, ref)
	var told []string
	for _, h := range img.Config.History {
		if !h.EmptyLayer {
			told = append(told, h.CreatedBy)
			if strings.HasPrefix(h.Comment, "buildkit.exporter") {
				t.Errorf("the exporter added an entry to the history: %q", h.CreatedBy)
			}
		}
	}
	if len(told) != len(img.Layers) {
		t.Fatalf("the history tells %d layers of %d: %q", len(told), len(img.Layers), told)
	}
	p := planned(t, l, b)
	base := len(told) - len(p.Layers)
	if base < 1 {
		t.Fatalf("the image has %d layers, the plan alone %d", len(told), len(p.Layers))
	}
	for n, want := range p.Layers {
		if told[base+n] != want.Name {
			t.Errorf("layer %d of the plan is %q, the history says %q", n, want.Name, told[base+n])
		}
		held := func(match func(string) bool) []string {
			var all []string
			for name, f := range files {
				if f.Layer == base+n && match(name) {
					all = append(all, name)
				}
			}
			return all
		}
		switch want.Kind {
		case plan.LayerPackages:
			if got := distributions(held(func(name string) bool { return path.Base(name) == "METADATA" })); !slices.Equal(got, want.Packages) {
				t.Errorf("the layer %q holds %q", want.Name, got)
			}
		case plan.LayerApp:
			application := held(func(name string) bool { return strings.HasPrefix(name, p.App.Dir+"/") })
			if len(application) == 0 {
				t.Errorf("the layer %q holds nothing of %s", want.Name, p.App.Dir)
			}
			for _, name := range application {
				if when := files[name].ModTime; when.Year() != 1980 {
					t.Errorf("%s in the layer %q is of %s", name, want.Name, when)
				}
			}
		}
	}
}

// distributions are the names of the packages whose METADATA files are listed,
// sorted.
func distributions(metadata []string) []string {
	var all []string
	for _, name := range metadata {
		if dir, ok := strings.CutSuffix(path.Base(path.Dir(name)), ".dist-info"); ok {
			distribution, _, _ := strings.Cut(dir, "-")
			all = append(all, pep503.Normalize(distribution))
		}
	}
	slices.Sort(all)
	return all
}

func TestOutputsOfStagesAreInTheApplicationsLayer(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	ref := l.Image("history:test")
	b := moult(t, project(t, map[string]string{
		"pyproject.toml": `# syntax=registry.example.com/moult:1
[project]
name = "history"
version = "1"
requires-python = ">=3.13,<3.14"
[tool.moult]
cmd = ["python", "main.py"]
[tool.moult.stage.web]
outputs = { "dist" = "static/js/lib", "dist/a.js" = "a.js" }
[[tool.moult.stage.web.steps]]
run = ["python", "-c", "import os; os.mkdir('dist'); open('dist/a.js', 'w').write('a')"]
`,
		"main.py":             "print('hello')\n",
		"static/js/README.md": "The libraries come from the stage.\n",
	}))
	b.Exports = append(b.Exports, lab.ToRegistry(ref))
	mustBuild(t, l, b)
	historyTellsTheLayers(t, l, b, ref)
	img, err := l.ReadImage(t.Context(), ref, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"/app/static/js/lib/a.js", "/app/a.js"} {
		if content, err := img.Read(name); err != nil || string(content) != "a" {
			t.Errorf("%s is %q (%v)", name, content, err)
		}
	}
}
