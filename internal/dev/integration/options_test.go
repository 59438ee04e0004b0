package integration

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/solver/pb"

	"github.com/moult-build/moult/internal/dev/lab"
)

// small is a project that builds in a moment.
var small = map[string]string{
	"pyproject.toml": `# syntax=registry.example.com/moult:1
[project]
name = "small"
version = "1.2.3"
requires-python = ">=3.13,<3.14"

[tool.moult]
labels = { team = "blue" }
env = { GREETING = "hello", PATH_OF = "x" }
expose = [8000, "53/udp"]
volumes = ["/data"]
stopsignal = "SIGINT"
workdir = "/srv/site"
cmd = ["python", "/app/main.py"]
`,
	"main.py":             "import os\nprint(os.environ['GREETING'], os.getcwd())\n",
	"__pycache__/junk.py": "",
	".env":                "PASSWORD=secret\n",
	"notes/.gitignore":    "",
	"notes/text.txt":      "text",
	".dockerignore":       "notes/*\n!notes/text.txt\n",
}

func push(l *lab.Lab, b lab.Build, name string, attributes ...string) (lab.Build, string) {
	ref := l.Image(name)
	b.Exports = append(b.Exports, lab.ToRegistry(ref, attributes...))
	return b, ref
}

func TestTheImageIsConfiguredAsTheProjectSays(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	b, ref := push(l, moult(t, project(t, small), "label:commit=abc", "label:team=red"), "small:test")
	mustBuild(t, l, b)
	img, err := l.ReadImage(t.Context(), ref, "")
	if err != nil {
		t.Fatal(err)
	}
	c := img.Config.Config
	if c.Labels["commit"] != "abc" || c.Labels["team"] != "red" || c.Labels["org.opencontainers.image.version"] != "1.2.3" {
		t.Errorf("labels are %v", c.Labels)
	}
	if c.WorkingDir != "/srv/site" || c.StopSignal != "SIGINT" || !slices.Equal(c.Cmd, []string{"python", "/app/main.py"}) {
		t.Errorf("configuration is %+v", c)
	}
	for _, port := range []string{"8000/tcp", "53/udp"} {
		if _, ok := c.ExposedPorts[port]; !ok {
			t.Errorf("%s is not exposed: %v", port, c.ExposedPorts)
		}
	}
	for _, kv := range []string{"GREETING=hello", "VIRTUAL_ENV=/opt/venv", "LANG=C.UTF-8"} {
		if !slices.Contains(c.Env, kv) {
			t.Errorf("%s is not in the environment: %v", kv, c.Env)
		}
	}
	app, err := img.Paths("/app")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{"/app/main.py", "/app/notes/text.txt", "/app/__pycache__/main.cpython-313.pyc"} {
		if !slices.Contains(app, p) {
			t.Errorf("%s is missing: %v", p, app)
		}
	}
	for _, p := range []string{"/app/.env", "/app/__pycache__/junk.py", "/app/notes/.gitignore"} {
		if slices.Contains(app, p) {
			t.Errorf("%s does not belong into an image", p)
		}
	}
	if f, err := img.Lookup("/srv/site"); err != nil || !f.Mode.IsDir() {
		t.Errorf("the working directory is not there: %v", err)
	}
}

func TestTheContextsModesDoNotMatter(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	var digests []string
	for _, mode := range []os.FileMode{0o644, 0o600} {
		dir := project(t, small)
		if err := os.Chmod(filepath.Join(dir, "main.py"), mode); err != nil {
			t.Fatal(err)
		}
		b, ref := push(l, moult(t, dir), "modes:test")
		mustBuild(t, l, b)
		img, err := l.ReadImage(t.Context(), ref, "")
		if err != nil {
			t.Fatal(err)
		}
		digests = append(digests, layers(img))
	}
	if digests[0] != digests[1] {
		t.Error("the umask of a checkout changes the image")
	}
}

// layers are an image's layers as one text.
func layers(img *lab.Image) string {
	var all []string
	for _, l := range img.Layers {
		all = append(all, l.Digest)
	}
	return strings.Join(all, "\n")
}

func TestTwoFreshDaemonsMakeTheSameImage(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := example(t, "hello")
	files := unlocked(l, `"lab-pure", "lab-c"`)
	with := project(t, files)
	for name, dir := range map[string]string{"hello": dir, "unlocked": with} {
		var digests []string
		for range 2 {
			fresh := l.Fresh(t)
			b, ref := push(fresh, moult(t, dir, "build-arg:SOURCE_DATE_EPOCH=1700000000"), "fresh-"+name+":test")
			mustBuild(t, fresh, b)
			img, err := l.ReadImage(t.Context(), ref, "")
			if err != nil {
				t.Fatal(err)
			}
			digests = append(digests, img.Digest+"\n"+layers(img))
		}
		if digests[0] != digests[1] {
			t.Errorf("%s: two daemons make\n%s\nand\n%s", name, digests[0], digests[1])
		}
	}
}

func TestWithoutMergeTheFilesAreTheSame(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := project(t, unlocked(l, `"lab-pure", "lab-data"`))
	var trees []map[string]lab.File
	for _, disabled := range []bool{false, true} {
		b, ref := push(l, moult(t, dir), "merge:test")
		if disabled {
			b.Func = without(b.Func, pb.CapMergeOp)
		}
		r := mustBuild(t, l, b)
		if merged := len(done(r, merge)) > 0; merged == disabled {
			t.Errorf("the layers are merged: %v", merged)
		}
		_, files := readImage(t, l, ref)
		trees = append(trees, files)
	}
	sameFiles(t, trees[0], trees[1])
}

func TestEveryTargetIsBuilt(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := project(t, unlocked(l, `"lab-pure"`))
	for target, want := range map[string]string{
		"wheels": "lab_pure-*.whl",
		"venv":   "opt/venv/lib/python3.13/site-packages/lab_pure*",
	} {
		out := t.TempDir()
		b := moult(t, dir, "target="+target)
		b.Exports = append(b.Exports, lab.ToFolder(out))
		mustBuild(t, l, b)
		if found, _ := filepath.Glob(filepath.Join(out, want)); len(found) == 0 {
			t.Errorf("the target %s holds no %s", target, want)
		}
	}
	b, ref := push(l, moult(t, dir, "target=builder"), "target-builder:test")
	mustBuild(t, l, b)
	builder, err := l.ReadImage(t.Context(), ref, "")
	if err != nil {
		t.Fatal(err)
	}
	full, err := l.ReadImage(t.Context(), l.Image("library/python:3.13"), "")
	if err != nil {
		t.Fatal(err)
	}
	if layers(builder) != layers(full) {
		t.Error("the target builder is not the image with the compiler")
	}
	_, err = l.Build(t.Context(), moult(t, dir, "target=nonsense"))
	if err == nil || !strings.Contains(err.Error(), "runtime, builder, venv, wheels") {
		t.Errorf("an unknown target gives %v", err)
	}
}

func TestANamedContextTakesTheBasesPlace(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	b := moult(t, project(t, small), "context:python:3.13-slim=docker-image://docker.io/library/python:3.13")
	r := mustBuild(t, l, b)
	var images []string
	for _, v := range r.Vertexes {
		if image, ok := strings.CutPrefix(does(v), "source docker-image://"); ok {
			name, _, _ := strings.Cut(image, "@")
			images = append(images, name)
		}
	}
	slices.Sort(images)
	if images = slices.Compact(images); !slices.Equal(images, []string{"docker.io/library/python:3.13"}) {
		t.Errorf("the build takes the images %q", images)
	}
}

func TestNoCacheRunsEverythingAgain(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := project(t, unlocked(l, `"lab-pure"`))
	mustBuild(t, l, moult(t, dir))
	only(t, steps(mustBuild(t, l, moult(t, dir, "no-cache=venv"))), takeInterpreter, createVenv, "wheels lab-pure", "wheels lab-steps", "compile /usr/local/lib/python3.13", compareThePackages, merge)
	r := mustBuild(t, l, moult(t, dir, "no-cache="))
	if v := done(r, resolve); len(v) == 0 || v[0].Cached {
		t.Error("--no-cache does not resolve again")
	}
}
