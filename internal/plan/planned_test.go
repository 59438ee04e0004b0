package plan_test

import (
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/pipeline/worldtest"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
)

// planned is the plan that the pipeline makes of a project, on recorded images.
func planned(t *testing.T, fsys fs.FS, name string, o project.Options) (*plan.Plan, error) {
	t.Helper()
	_, d, err := worldtest.Decide(t.Context(), worldtest.Files(fsys), name, o, worldtest.World{})
	if err != nil {
		return nil, err
	}
	return d.Plan, nil
}

// mapFS makes a context of "name: content" pairs.
func mapFS(files map[string]string) fstest.MapFS {
	m := fstest.MapFS{}
	for name, content := range files {
		m[name] = &fstest.MapFile{Data: []byte(content)}
	}
	return m
}

func installed(p *plan.Plan) []string {
	var names []string
	for _, pkg := range p.Packages {
		names = append(names, strings.TrimSpace(pkg.Name+" "+pkg.Version))
	}
	return names
}

// The pattern of uv's guide for torch: one lock, two extras that exclude each
// other, an index for each.
func TestOneLockOfTorchGivesACPUAndAGPUImage(t *testing.T) {
	context := os.DirFS("testdata/torch")
	for target, want := range map[string][]string{
		"cpu": {"jinja2 3.1.5", "torch 2.5.1+cpu", "typing-extensions 4.12.2"},
		"gpu": {"jinja2 3.1.5", "nvidia-cublas-cu12 12.1.3.1", "torch 2.5.1+cu121", "triton 3.1.0", "typing-extensions 4.12.2"},
		"":    {"typing-extensions 4.12.2"},
	} {
		p, err := planned(t, context, "pyproject.toml", project.Options{Target: target})
		if err != nil {
			t.Errorf("%q: %v", target, err)
			continue
		}
		if got := installed(p); !slices.Equal(got, want) {
			t.Errorf("%q installs %q, want %q", target, got, want)
		}
		for _, pkg := range p.Packages {
			if pkg.Name != "torch" {
				continue
			}
			index := map[string]string{"cpu": "/whl/cpu/", "gpu": "/whl/cu121/"}[target]
			if pkg.Download() == nil || !strings.Contains(pkg.Download().URL, index) {
				t.Errorf("%q takes torch from %+v", target, pkg.Download())
			}
		}
	}
	_, err := planned(t, context, "pyproject.toml", project.Options{Target: "both"})
	if err == nil || !strings.Contains(err.Error(), "exclude each other") {
		t.Errorf("both at once: %v", err)
	}
}
