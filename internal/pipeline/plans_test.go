package pipeline_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/pipeline"
	"github.com/moult-build/moult/internal/pipeline/worldtest"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// worlds are the platforms of the goldens: Debian's slim images on two
// architectures, and Alpine's in the place of every default.
var worlds = []struct {
	name  string
	world worldtest.World
}{
	{"linux/amd64", worldtest.World{Arch: "amd64"}},
	{"linux/arm64", worldtest.World{Arch: "arm64"}},
	{"linux/amd64, musl", worldtest.World{Arch: "amd64", Instead: alpines()}},
}

func alpines() map[string]string {
	all := map[string]string{}
	for _, release := range []string{"3.10", "3.11", "3.12", "3.13", "3.14", "3.15"} {
		all["python:"+release+"-slim"] = "python:" + release + "-alpine"
	}
	return all
}

// outcome is what becomes of a project on one platform.
type outcome struct {
	Target   string     `json:"target,omitempty"`
	Platform string     `json:"platform"`
	Error    string     `json:"error,omitempty"`
	Plan     *plan.Plan `json:"plan,omitempty"`
}

// targets are the default and those that a build file defines.
func targets(t *testing.T, name string, content []byte) []string {
	t.Helper()
	root, err := toml.Parse(&source.File{Name: name, Data: content})
	if err != nil {
		t.Fatal(err)
	}
	all := []string{""}
	for _, at := range [][]string{{"target"}, {"tool", "moult", "target"}} {
		if n := root.Get(at...); n != nil {
			for _, item := range n.Items {
				all = append(all, item.Key)
			}
		}
	}
	return all
}

// planned is a project on all platforms, for each of its targets.
func planned(t *testing.T, files pipeline.Files, name string, content []byte) []outcome {
	t.Helper()
	var all []outcome
	names := []string{""}
	if path.Ext(name) == ".toml" {
		names = targets(t, name, content)
	}
	for _, target := range names {
		for _, w := range worlds {
			o := outcome{Target: target, Platform: w.name}
			_, d, err := worldtest.Decide(t.Context(), files, name, project.Options{Target: target, Args: map[string]string{}}, w.world)
			if err != nil {
				o.Error = err.Error()
			} else {
				o.Plan = d.Plan
			}
			all = append(all, o)
		}
	}
	return all
}

// golden compares the outcomes with a file of testdata.
func golden(t *testing.T, name string, all []outcome) {
	t.Helper()
	var got bytes.Buffer
	enc := json.NewEncoder(&got)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(all); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", "plans", name+".json")
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(got.Bytes(), want) {
		return
	}
	had, has := strings.Split(string(want), "\n"), strings.Split(got.String(), "\n")
	n := 0
	for n < min(len(had), len(has)) && had[n] == has[n] {
		n++
	}
	t.Errorf("the plan is another from line %d of %s on:\n%s\nwas:\n%s\n(go test ./internal/pipeline -update rewrites it)",
		n+1, file, strings.Join(has[n:min(n+5, len(has))], "\n"), strings.Join(had[n:min(n+5, len(had))], "\n"))
}

func TestThePlansOfTheExamplesAreAsTheyWere(t *testing.T) {
	var files []string
	for _, pattern := range []string{"*/pyproject.toml", "*/moult.toml", "*/*/*/pyproject.toml", "script/*.py"} {
		found, err := filepath.Glob("../../examples/" + pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	if len(files) < 15 {
		t.Fatalf("there are only %d", len(files))
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(content, []byte("# syntax=")) {
			continue // a member of a workspace that is no service
		}
		rel, err := filepath.Rel("../../examples", file)
		if err != nil {
			t.Fatal(err)
		}
		dir, name, _ := strings.Cut(filepath.ToSlash(rel), "/")
		context := worldtest.Files(os.DirFS("../../examples/" + dir))
		golden(t, "example-"+strings.ReplaceAll(strings.TrimSuffix(filepath.ToSlash(filepath.Dir(rel)), "/"), "/", "-"), planned(t, context, name, content))
	}
}

func TestThePlansOfTheApplicationsAreAsTheyWere(t *testing.T) {
	files, err := filepath.Glob("testdata/applications/*.toml")
	if err != nil || len(files) < 39 {
		t.Fatalf("there are %d build files: %v", len(files), err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(file)
		all := planned(t, anything(string(content)), anything(string(content)).Name, content)
		for _, o := range all {
			// Alpine has other packages than the lists that most have.
			if o.Error != "" && !(o.Platform == worlds[2].name && strings.Contains(o.Error, "name this distribution's packages in [tool.moult.apk], too")) {
				t.Errorf("%s, %q on %s: %s", name, o.Target, o.Platform, o.Error)
			}
		}
		golden(t, strings.TrimSuffix(name, ".toml"), all)
	}
}

// anything is the context of a build file alone. One with a [project] stands
// for a pyproject.toml.
func anything(content string) worldtest.Anything {
	if strings.Contains(content, "[project]") {
		return worldtest.Anything{Name: "pyproject.toml", Content: content}
	}
	return worldtest.Anything{Name: "moult.toml", Content: content}
}
