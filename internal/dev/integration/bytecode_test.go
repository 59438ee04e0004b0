package integration

import (
	"fmt"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
)

// countBytecode prints for each folder how many files of bytecode know their
// source by its time, and how many of these Python would not use.
const countBytecode = `import collections, os, struct
stamped, stale = collections.Counter(), []
for top in ("/usr", "/opt", "/srv", "/app"):
    for folder, _, names in os.walk(top):
        if os.path.basename(folder) != "__pycache__":
            continue
        for name in names:
            source = os.path.join(os.path.dirname(folder), name.split(".")[0] + ".py")
            with open(os.path.join(folder, name), "rb") as f:
                _, flags, time, size = struct.unpack("<IIII", f.read(16))
            if flags or not os.path.exists(source):
                continue
            stamped["/".join(folder.split("/")[:3])] += 1
            at = os.stat(source)
            if (time, size) != (int(at.st_mtime) & 0xFFFFFFFF, at.st_size & 0xFFFFFFFF):
                stale.append(os.path.join(folder, name))
for folder, n in sorted(stamped.items()):
    print("stamped", folder, n)
print(len(stale), "stale", stale[:5])
`

// compileWithTime makes a module and its bytecode as Python does by itself.
const compileWithTime = `import os, py_compile, sys
for folder in sys.argv[1:]:
    os.makedirs(folder)
    with open(folder + "/made.py", "w") as f:
        f.write("x = 1\n")
    py_compile.compile(folder + "/made.py", doraise=True, invalidation_mode=py_compile.PycInvalidationMode.TIMESTAMP)
`

// isUsed looks at what countBytecode has printed: in each of the folders there is
// bytecode that could be stale, and nowhere is any.
func isUsed(t *testing.T, out string, folders ...string) {
	t.Helper()
	for _, folder := range folders {
		if !strings.Contains(out, "stamped "+folder+" ") {
			t.Errorf("%s has no bytecode that could be stale:\n%s", folder, out)
		}
	}
	if !strings.Contains(out, "\n0 stale []") {
		t.Errorf("Python compiles again at each start:\n%s", out)
	}
}

func TestBytecodeThatKnowsItsSourceByItsTimeIsNotStaleInTheImage(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := plain(t, fmt.Sprintf(`base = %q
apt = {run = ["python3"]}
cmd = ["python", "main.py"]

[[tool.moult.steps]]
run = ["python3", "compile.py", "/srv/output", "/srv/scratch"]
inputs = ["compile.py"]
outputs = ["/srv/output"]

[[tool.moult.steps]]
run = ["python3", "compile.py", "/srv/whole"]

[[tool.moult.steps]]
run = ["python3", "compile.py", "/srv/builder"]
in = "builder"
inputs = ["compile.py"]
outputs = ["/srv/builder"]

[tool.moult.stage.made]
image = %q
[[tool.moult.stage.made.steps]]
run = ["python3", "compile.py", "/made/file", "/made/output"]
inputs = ["compile.py"]

[[tool.moult.files]]
stage = "made"
from = "/made/file"
to = "/srv/file"
`, base(t, l, "bare"), "python:3.13-slim"), countBytecode)
	write(t, dir+"/compile.py", compileWithTime)
	b, ref := push(l, moult(t, dir), "bytecode-times:test")
	mustBuild(t, l, b)
	isUsed(t, output(t, l, ref), "/usr/lib", "/srv/output", "/srv/whole", "/srv/builder", "/srv/file")
}

// An image's files get the fixed time when they are copied, like all others.
func TestBytecodeOfAnImageThatIsCopiedIsNotStale(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	stamped := base(t, l, "stamped")
	dir := plain(t, fmt.Sprintf(`base = %q
cmd = ["python", "main.py"]
python = {from = %q}

[[tool.moult.files]]
image = %[2]q
from = "/usr/local/lib/python3.13/json"
to = "/srv/folder"

[[tool.moult.files]]
image = %[2]q
from = "/usr/local/lib/python3.13/email"
exclude = ["mime/**", "!mime/base.py"]
to = "/srv/some/"

[[tool.moult.files]]
context = "named"
from = "usr/local/lib/python3.13/xml"
to = "/srv/context"

[tool.moult.stage.made]
image = %[2]q
[[tool.moult.stage.made.steps]]
run = ["python3", "-m", "compileall", "-q", "/usr/local/lib/python3.13/http"]

[[tool.moult.files]]
stage = "made"
from = "/usr/local/lib/python3.13/http"
to = "/srv/stage"
`, base(t, l, "bare"), stamped), countBytecode)
	b, ref := push(l, inPlaceOf(moult(t, dir), "named", stamped), "bytecode-copied:test")
	mustBuild(t, l, b)
	isUsed(t, output(t, l, ref), "/usr/local", "/srv/folder", "/srv/some", "/srv/stage", "/srv/context")
}

// Modules beside the application are compiled, as private as their sources.
func TestModulesThatComeByFilesHaveBytecodeThatTheUserMayRead(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := plain(t, `cmd = ["python", "main.py"]
app.exclude = ["plugins"]

[[tool.moult.files]]
from = "plugins"
to = "/srv/plugins"
mode = "0640"
owner = "user"

[[tool.moult.files]]
context = "named"
to = "/srv/named"

[[tool.moult.files]]
from = "static"
to = "/srv/static"
`, `import importlib, os, sys
sys.path[:0] = ["/srv/plugins", "/srv/named"]
for name in ("first", "package.second", "third"):
    module = importlib.import_module(name)
    with open(module.__cached__, "rb") as f:
        flags = f.read(8)[4]
    same = all(getattr(os.stat(module.__cached__), k) == getattr(os.stat(module.__file__), k) for k in ("st_mode", "st_uid", "st_gid", "st_mtime"))
    print(name, flags, same, oct(os.stat(os.path.dirname(module.__file__)).st_mode))
print(os.path.exists("/srv/static/__pycache__"))
`)
	write(t, dir+"/plugins/first.py", "x = 1\n")
	write(t, dir+"/plugins/package/__init__.py", "")
	write(t, dir+"/plugins/package/second.py", "x = 1\n")
	write(t, dir+"/plugins/package/old.py", "print 'x'\n")
	write(t, dir+"/static/a.css", "")
	named := t.TempDir()
	write(t, named+"/third.py", "x = 1\n")
	b, ref := push(l, moult(t, dir, "context:named=local:named"), "bytecode-files:test")
	b.Locals["named"] = named
	var warned []string
	for _, w := range mustBuild(t, l, b).Warnings {
		if strings.HasPrefix(w.Short, "InvalidSyntax: ") {
			warned = append(warned, w.Short)
		}
	}
	if len(warned) != 1 || !strings.HasPrefix(warned[0], "InvalidSyntax: plugins/package/old.py:1:1: Python 3.13 cannot compile it (SyntaxError: Missing parentheses") ||
		!strings.HasSuffix(warned[0], "or leave it out (exclude)") {
		t.Errorf("warned of %q", warned)
	}
	want := "first 3 True 0o40755\npackage.second 3 True 0o40750\nthird 3 True 0o40755\nFalse\n"
	if got := output(t, l, ref); got != want {
		t.Errorf("printed\n%s\nwant\n%s", got, want)
	}
}
