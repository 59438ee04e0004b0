package integration

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"

	"github.com/moult-build/moult/internal/dev/lab"
)

// member builds a member of the workspace's example.
func member(t *testing.T, l *lab.Lab, dir, name string) (lab.Build, string) {
	t.Helper()
	b, ref := push(l, moult(t, dir), "workspace-"+name+":test")
	b.Locals["dockerfile"] = filepath.Join(dir, "services", name)
	return b, ref
}

func TestTheWorkspaceGivesTwoImages(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := example(t, "workspace")
	api, apiRef := member(t, l, dir, "api")
	worker, workerRef := member(t, l, dir, "worker")
	mustBuild(t, l, api)
	mustBuild(t, l, worker)
	isFitToShip(t, l, apiRef)
	isFitToShip(t, l, workerRef)
	if body := get(t, serve(t, l, apiRef, nil), "/?text=the+name+of+the+rose"); !strings.Contains(body, "The Name of the Rose") {
		t.Errorf("the api answers %q", body)
	}
	if out := output(t, l, workerRef, "worker", "the name of the rose"); !strings.Contains(out, "The Name of the Rose") {
		t.Errorf("the worker prints %q", out)
	}
	img, err := l.ReadImage(t.Context(), apiRef, "")
	if err != nil {
		t.Fatal(err)
	}
	paths, err := img.Paths("/opt/venv")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range paths {
		if strings.Contains(p, "site-packages/worker") || strings.Contains(p, "/tabulate") {
			t.Errorf("the api's image has %s", p)
		}
	}

	// What is the worker's alone concerns the worker alone.
	edit(t, filepath.Join(dir, "services/worker/src/worker/__init__.py"), "import sys", unique()+"import sys")
	only(t, steps(mustBuild(t, l, api)))
	only(t, steps(mustBuild(t, l, worker)), buildsOf("worker")...)
	edit(t, filepath.Join(dir, "libs/shared/src/shared/__init__.py"), "SMALL", unique()+"SMALL")
	only(t, steps(mustBuild(t, l, api)), buildsOf("shared")...)
}

func TestOneLockGivesAnImageForTheCPUAndOneForTheGPU(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := example(t, "cpu-gpu")
	layers := map[string][]digest.Digest{}
	for _, target := range []string{"", "cpu", "gpu"} {
		want := target
		if want == "" {
			want = "cpu"
		}
		b, ref := push(l, moult(t, dir, "target="+target), "device:"+want)
		mustBuild(t, l, b)
		isFitToShip(t, l, ref)
		if body := get(t, serve(t, l, ref, nil), "/"); !strings.Contains(body, "runs on the "+want) {
			t.Errorf("the image for the %s says %q", want, body)
		}
		img, err := l.ReadImage(t.Context(), ref, "")
		if err != nil {
			t.Fatal(err)
		}
		layers[target] = img.Config.RootFS.DiffIDs
	}
	if !slices.Equal(layers[""], layers["cpu"]) {
		t.Error("the target cpu is another image than the one without a target")
	}
	different := slices.DeleteFunc(slices.Clone(layers["gpu"]), func(d digest.Digest) bool { return slices.Contains(layers["cpu"], d) })
	if len(different) != 1 {
		t.Errorf("%d layers differ, of which one has the library", len(different))
	}
}

func TestTheRootOfAWorkspaceBuildsItsOnlyProject(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := project(t, map[string]string{
		"pyproject.toml":         "[tool.uv.workspace]\nmembers = [\"backend\"]\n",
		"backend/pyproject.toml": "[project]\nname = \"shop\"\nversion = \"1\"\nrequires-python = \"==3.13.*\"\n",
		"backend/tasks/rows.py":  "text = 'the shop is open'\n",
		"backend/jobs.py":        "from tasks.rows import text\nif __name__ == \"__main__\":\n    print(text)\n",
		"backend/other.py":       "if __name__ == \"__main__\":\n    print(\"other\")\n",
		"backend/README.md":      "# Shop\n\n    python jobs.py\n",
	})
	prints(t, l, moult(t, dir), "only-member:test", "the shop is open")
}
