package integration

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moby/buildkit/solver/pb"

	"github.com/moult-build/moult/internal/dev/lab"
)

// sequence is a project with steps of every kind, one after another.
func sequence() map[string]string {
	return map[string]string{
		"pyproject.toml": `# syntax=registry.example.com/moult:1
[project]
name = "sequence"
requires-python = ">=3.13,<3.14"
[tool.moult]
cmd = ["python", "code.py"]

[[tool.moult.steps]]
name = "gather"
run = ["python", "gather.py", "/app", "/app/out/list.txt"]
inputs = ["gather.py", "data/**"]
outputs = ["/app/out"]

[[tool.moult.steps]]
name = "model"
run = ["python", "-c", "import os; os.makedirs('/srv/model'); open('/srv/model/weights', 'w').write('w' * 1000); open('/srv/scratch', 'w')"]
inputs = []
outputs = ["/srv/model"]

[[tool.moult.steps]]
name = "compile"
run = ["cc", "-shared", "-o", "/app/lib/answer.so", "native/answer.c"]
inputs = ["native", "lib"]
outputs = ["/app/lib/answer.so"]
in = "builder"

[[tool.moult.steps]]
name = "everything"
run = ["python", "-c", "open('/srv/everything', 'w').write('x'); import os; os.remove('/app/surplus.txt')"]

[[tool.moult.steps]]
name = "after"
run = ["python", "gather.py", "/app", "/srv/after.txt"]
inputs = ["gather.py"]

[[tool.moult.steps]]
name = "test"
run = ["python", "code.py"]
outputs = []
`,
		"gather.py": `import os, sys
names = sorted(os.path.relpath(os.path.join(d, f), sys.argv[1]) for d, _, fs in os.walk(sys.argv[1]) for f in fs)
os.makedirs(os.path.dirname(sys.argv[2]), exist_ok=True)
open(sys.argv[2], "w").write("\n".join(names) + "\n")
open("/srv/left-behind", "w")
`,
		"code.py": `import ctypes
print("answer", ctypes.CDLL("/app/lib/answer.so").answer())
print("list", open("/app/out/list.txt").read().split())
`,
		"data/a.txt": "a", "data/b.txt": "b", "surplus.txt": "s",
		"lib/README":      "libraries\n",
		"native/answer.c": "int answer(void) { return 42; }\n",
	}
}

func TestStepsGetTheirInputsAndGiveTheirOutputs(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := project(t, sequence())
	b, ref := push(l, moult(t, dir), "sequence:test")
	mustBuild(t, l, b)
	out := output(t, l, ref)
	for _, want := range []string{"answer 42", "list ['data/a.txt', 'data/b.txt', 'gather.py']"} {
		if !strings.Contains(out, want) {
			t.Errorf("the image prints %q", out)
		}
	}
	_, files := readImage(t, l, ref)
	for _, p := range []string{"/srv/model/weights", "/srv/everything", "/srv/after.txt", "/app/lib/README", "/app/native/answer.c"} {
		if _, ok := files[p]; !ok {
			t.Errorf("%s is missing", p)
		}
	}
	for _, p := range []string{"/srv/scratch", "/app/surplus.txt", "/moult"} {
		if _, ok := files[p]; ok {
			t.Errorf("%s is there", p)
		}
	}
	for p, f := range files {
		if strings.HasPrefix(p, "/srv") || strings.HasPrefix(p, "/app") {
			if f.ModTime.Year() != 1980 && f.Mode&fs.ModeType == 0 {
				t.Errorf("%s has the time %v", p, f.ModTime)
			}
		}
	}

	edit(t, filepath.Join(dir, "code.py"), "import ctypes\n", "import ctypes\n"+unique())
	only(t, steps(mustBuild(t, l, b)), selectTheApplication(), copyTheApplication, compileApplication, merge, "diff", "run python -c open('/srv/everything' *", "run python gather.py /app /srv/after.txt", "run python code.py")
}

func TestStepsDoTheSameWithoutMerge(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	b, ref := push(l, moult(t, project(t, sequence())), "sequence:nomerge")
	b.Func = without(b.Func, pb.CapMergeOp)
	mustBuild(t, l, b)
	if out := output(t, l, ref); !strings.Contains(out, "answer 42") || !strings.Contains(out, "list ['data/a.txt', 'data/b.txt', 'gather.py']") {
		t.Errorf("the image prints %q", out)
	}
	img, err := l.ReadImage(t.Context(), ref, "")
	if err != nil {
		t.Fatal(err)
	}
	for p, want := range map[string]bool{"/srv/model/weights": true, "/srv/everything": true, "/srv/after.txt": true, "/srv/scratch": false, "/app/surplus.txt": false} {
		if _, err := img.Lookup(p); (err == nil) != want {
			t.Errorf("%s is there: %v", p, !want)
		}
	}
}
