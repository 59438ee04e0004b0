package frontend

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"

	"github.com/moult-build/moult/internal/project"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// asking is a daemon that is asked a question.
type asking struct {
	client.Client
	opts map[string]string
}

func (a asking) BuildOpts() client.BuildOpts { return client.BuildOpts{Opts: a.opts} }

// about is a build of a project, as far as reading it goes.
func about(t *testing.T, content string, opts map[string]string) *build {
	t.Helper()
	p, err := project.Read(project.FS(fstest.MapFS{"pyproject.toml": {Data: []byte(content)}}), "pyproject.toml", project.Options{})
	if err != nil {
		t.Fatal(err)
	}
	st := llb.Scratch()
	return &build{project: p, conversation: conversation{
		Client: &dockerui.Client{}, gateway: asking{opts: opts},
		source: &dockerui.Source{SourceMap: llb.NewSourceMap(&st, "pyproject.toml", "TOML", []byte(content))},
	}}
}

// asks is a project that takes one of everything.
const asks = `[project]
name = "asks"
requires-python = ">=3.13"
dependencies = [
    "forked @ git+https://git.example.com/forked@v1",
    "private @ git+ssh://git@git.example.com/private",
]

[[tool.moult.index]]
name = "company"
url = "https://packages.example.com/simple"
secret = "company-index"

[tool.moult.args]
GIT_SHA = "unknown"
GPU = { default = "cpu", description = "which build of torch", choices = ["cpu", "cuda"] }

[[tool.moult.steps]]
run = ["python", "manage.py", "collectstatic"]
secrets = ["key", { id = "company-index", env = "TOKEN", optional = true }, { id = "maybe", env = "MAYBE", optional = true }]
caches = ["/root/.cache", { path = "/cache", id = "shared" }]
ssh = true

[tool.moult.target.gpu]
description = "with CUDA"
`

func TestAnswersAreAsTheyWere(t *testing.T) {
	b := about(t, asks, nil)
	outline, err := b.outline(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	list, err := b.listTargets(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, answer := range map[string]func() (*client.Result, error){
		"outline": outline.ToResult, "targets": list.ToResult, "describe": describe,
	} {
		res, err := answer()
		if err != nil {
			t.Fatal(err)
		}
		for key, ending := range map[string]string{"result.txt": ".txt", "result.json": ".json"} {
			golden(t, name+ending, append(bytes.TrimSpace(res.Metadata[key]), '\n'))
		}
	}
}

// golden compares with a file in testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is\n%s\n(go test ./frontend -update rewrites it)", file, got)
	}
}

func TestEverySubrequestIsDescribed(t *testing.T) {
	res, err := describe()
	if err != nil {
		t.Fatal(err)
	}
	var all []struct{ Name string }
	if err := json.Unmarshal(res.Metadata["result.json"], &all); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, one := range all {
		names = append(names, strings.TrimPrefix(one.Name, "frontend."))
	}
	if got := strings.Join(names, " "); got != "lint outline targets plan size llb lock subrequests.describe" {
		t.Errorf("they are %s", got)
	}
}

func TestQuestionsAreToldFromBuilds(t *testing.T) {
	for request, own := range map[string]bool{"": false, "frontend.plan": true, "frontend.size": true, "frontend.lock": true, "frontend.outline": false, "frontend.other": false} {
		b := about(t, asks, map[string]string{requestOption: request})
		if _, ok := b.question(); ok != own {
			t.Errorf("%q is one of Moult's own: %v", request, ok)
		}
		if b.locking() != (request == "frontend.lock") {
			t.Errorf("%q asks for a lock: %v", request, b.locking())
		}
	}
	b := about(t, asks, map[string]string{requestOption: "frontend.describe"})
	if res, ok, err := b.subrequest(context.Background()); !ok || err != nil || len(res.Metadata["result.txt"]) == 0 {
		t.Errorf("describe gives %v, %v, %v", res, ok, err)
	}
}
