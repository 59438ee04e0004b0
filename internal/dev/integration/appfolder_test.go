package integration

import (
	"fmt"
	"strings"
	"testing"

	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"

	"github.com/moult-build/moult/internal/dev/lab"
)

// attempts is a program that tries what a service may do in its working folder,
// and prints the words of all that succeeds.
const attempts = `import os, shutil
st = os.stat(".")
def attempt(word, what):
    try:
        what()
    except OSError:
        return
    print(word, end=" ")
def create(name):
    with open(name, "x") as f:
        f.write("new")
attempt("makes", lambda: os.makedirs("new/folder"))
attempt("creates", lambda: create("db.sqlite3"))
attempt("uploads", lambda: create("uploads/image"))
attempt("nested", lambda: create("uploads/old/image"))
attempt("rotates", lambda: os.rename("db.sqlite3", "db.1"))
attempt("CHANGES", lambda: open("main.py", "w"))
attempt("RENAMES", lambda: os.rename("main.py", "other.py"))
attempt("REPLACES", lambda: (create("evil.py"), os.replace("evil.py", "main.py")))
attempt("REMOVES", lambda: os.remove("main.py"))
attempt("REMOVES-DATA", lambda: os.remove("uploads/.gitkeep"))
attempt("REMOVES-FOLDER", lambda: shutil.rmtree("uploads"))
attempt("ADDS-MODULE", lambda: create("package/evil.py"))
attempt("ADDS-BYTECODE", lambda: (os.makedirs("__pycache__", exist_ok=True), create("__pycache__/other.cpython-313.pyc")))
print(oct(st.st_mode & 0o7777), int(st.st_mtime))
`

func attempting(t *testing.T, settings string) string {
	return project(t, map[string]string{
		"pyproject.toml": "[project]\nname = \"wombat\"\nrequires-python = \">=3.13,<3.14\"\n[tool.moult]\ncmd = [\"python\", \"main.py\"]\n" + settings,
		"main.py":        attempts, "package/__init__.py": "", "uploads/.gitkeep": "", "uploads/old/.gitkeep": "",
	})
}

const opened = "makes creates uploads nested rotates 0o1777 315619200"

func TestEveryUserMayCreateFilesInTheApplicationAndChangeNone(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	// All other layers that have the application's folder: that of the folders, those
	// of files, and what steps have changed.
	others := "writable = [\"/app/media\"]\n[[tool.moult.files]]\nfrom = \"main.py\"\nto = \"/app/beside/x\"\n" +
		"[[tool.moult.steps]]\nrun = [\"touch\", \"made\"]\ninputs = []\n" +
		"[[tool.moult.steps]]\nrun = [\"touch\", \"/app/other\"]\ninputs = [\"main.py\"]\noutputs = [\"/app/other\"]\n" +
		"[tool.moult.app]\ninclude = [\"*.py\", \"package\", \"uploads\"]\n"
	for name, c := range map[string]struct {
		settings, want string
		lacks          apicaps.CapID
	}{
		"without-a-key": {want: opened},
		// Before v0.17 copies set neither symbolic modes nor other bits than the permissions.
		"without-modes":    {want: opened, lacks: pb.CapExecValidExitCode},
		"other-layers":     {settings: others, want: opened},
		"without-merge":    {settings: others, want: opened, lacks: pb.CapMergeOp},
		"without-bytecode": {settings: "bytecode = false\n", want: opened},
		"read-only":        {settings: "[tool.moult.app]\nread-only = true\n", want: "0o755 315619200"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, ref := push(l, moult(t, attempting(t, c.settings)), "appfolder:"+name)
			if c.lacks != "" {
				b.Func = without(b.Func, c.lacks)
			}
			mustBuild(t, l, b)
			tries(t, l, ref, c.want)
		})
	}
}

// tries runs the program of an image as its user and as one that OpenShift
// chooses.
func tries(t *testing.T, l *lab.Lab, ref, want string) {
	t.Helper()
	for _, user := range []string{"", "1000710000:0"} {
		out, err := l.Output(t.Context(), lab.Container{Image: ref, User: user})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.TrimSpace(out); got != want {
			t.Errorf("user %q: it prints %q, want %q", user, got, want)
		}
	}
}

// An image of Moult's may be the base of another one.
func TestAnApplicationIsPutIntoTheOpenFolderOfItsBase(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	b, ref := push(l, moult(t, attempting(t, "")), "appfolder-base:1")
	mustBuild(t, l, b)
	b, ref = push(l, moult(t, attempting(t, fmt.Sprintf("base = %q\nuser = {name = \"web\", uid = 1000}\n", ref))), "appfolder-base:2")
	mustBuild(t, l, b)
	tries(t, l, ref, opened)
}

// The working folder of a package that is installed holds nothing.
func TestAPackageMayCreateFilesInItsWorkingFolder(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	b, ref := push(l, moult(t, project(t, map[string]string{
		"pyproject.toml": "[project]\nname = \"wombat\"\nversion = \"1\"\ndescription = \"A wombat\"\nrequires-python = \">=3.13,<3.14\"\n" +
			"[build-system]\nrequires = [\"flit-core\"]\nbuild-backend = \"flit_core.buildapi\"\n[tool.moult]\ncmd = [\"python\", \"-m\", \"wombat\"]\n",
		"wombat/__init__.py": "'''A wombat.'''\n",
		"wombat/__main__.py": "import os\nos.makedirs('data/x')\nprint('made', os.getcwd(), oct(os.stat('.').st_mode & 0o7777))\n",
	})), "appfolder:package")
	mustBuild(t, l, b)
	tries(t, l, ref, "made /app 0o1777")
}
