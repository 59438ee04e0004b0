package pipeline_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/pipeline"
	"github.com/moult-build/moult/internal/pipeline/worldtest"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
)

// asking is a world that records the images that it is asked for.
type asking struct {
	worldtest.World
	mu     sync.Mutex
	images []string
}

func (a *asking) Image(ctx context.Context, q pipeline.Question) (pipeline.Image, error) {
	a.mu.Lock()
	a.images = append(a.images, string(q.Role)+" "+q.Ref)
	a.mu.Unlock()
	return a.World.Image(ctx, q)
}

// Each image costs a request to a registry, which takes a tenth of a second or more.
func TestTheBuildersImageIsAskedForEarlyIfItIsNeeded(t *testing.T) {
	const (
		settings = "python = \"3.13\"\ncmd = [\"python\"]\n"
		built    = "[project]\nname = \"p\"\nversion = \"1\"\nrequires-python = \">=3.13\"\n[build-system]\nrequires = [\"hatchling\"]\nbuild-backend = \"hatchling.build\"\n"
		pinned   = "iniconfig==2.0.0 --hash=sha256:b6a85871a79d2e3b22d2d1b94ac2824226a63c6b741c88f7ae975f18b6778374\n"
	)
	for _, c := range []struct {
		name  string
		files map[string]string
		// first is whether the builder is asked for while the lock is read, second whether it is after that.
		first, second bool
	}{
		{"nothing to install", map[string]string{"moult.toml": settings}, false, false},
		{"requirements", map[string]string{"moult.toml": settings, "requirements.txt": "iniconfig\n"}, false, true},
		{"a lock", map[string]string{"moult.toml": settings, "requirements.txt": pinned}, false, false},
		{"a package", map[string]string{"pyproject.toml": built + "[tool.moult]\n" + settings, "p/__init__.py": ""}, true, true},
		{"a package in a folder", map[string]string{"moult.toml": settings, "requirements.txt": "./lib\n", "lib/pyproject.toml": built, "lib/p/__init__.py": ""}, true, true},
		{"a base that decides the builder", map[string]string{"moult.toml": "base = \"python:3.13-slim\"\n" + settings, "requirements.txt": "iniconfig\n"}, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			tree := fstest.MapFS{}
			for name, content := range c.files {
				tree[name] = &fstest.MapFile{Data: []byte(content)}
			}
			name := "moult.toml"
			if _, ok := tree[name]; !ok {
				name = "pyproject.toml"
			}
			files := worldtest.Files(tree)
			read, err := project.Read(files, name, project.Options{})
			if err != nil {
				t.Fatal(err)
			}
			p, err := pipeline.Read(read, files, pipeline.Options{Target: plan.TargetRuntime})
			if err != nil {
				t.Fatal(err)
			}
			asked := func(ask func(context.Context, *pipeline.Project, pipeline.World) error) bool {
				w := &asking{}
				if err := ask(t.Context(), p, w); err != nil {
					t.Fatal(err)
				}
				return slices.Contains(w.images, "builder python:3.13")
			}
			if is := asked(pipeline.Prefetch); is != c.first {
				t.Errorf("while the lock is read: %v", is)
			}
			if err := p.ReadLock(); err != nil {
				t.Fatal(err)
			}
			if is := asked(pipeline.PrefetchBuilder); is != c.second {
				t.Errorf("after the lock is read: %v", is)
			}
		})
	}
}
