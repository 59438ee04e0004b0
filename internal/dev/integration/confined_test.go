package integration

import (
	"crypto/rand"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
	"github.com/moult-build/moult/internal/dev/lab/index"
)

// spy is put in front of the backend of an sdist that pip builds while it
// resolves. It looks for passwords in its own process, in the others' and in all
// files, tries to get out and to write where it must not, and fails the build
// with what it got. Strings are put together, so that it does not find itself.
const spy = `
import glob, os, pathlib, socket, subprocess, sys, time
wanted = ("s3" + "cret").encode()
loot = []
def look(name, limit=1 << 20):
    try:
        with open(name, "rb") as f:
            if wanted in f.read(limit):
                loot.append(name)
    except OSError:
        pass
def attempt(what, f):
    try:
        f()
        loot.append(what)
    except OSError:
        pass
for process in glob.glob("/proc/[0-9]*"):
    for part in ("environ", "cmdline"):
        look(process + "/" + part)
    if process != "/proc/%%d" %% os.getpid():
        attempt("the memory of " + process, lambda: open(process + "/mem", "rb"))
for top in ("/moult", "/root", "/run", "/tmp", "/etc", "/home"):
    for folder, _, files in os.walk(top):
        for name in files:
            look(os.path.join(folder, name))
loot += [k for k in os.environ if k.startswith(("PIP_", "GIT_", "SSH_", "NETRC", "MOULT_")) or k.lower().endswith("_proxy")]
loot += ["the secret " + name for name in glob.glob("/moult/secrets/*/*")]
attempt("the network", lambda: socket.create_connection((%q, %s), 3))
attempt("a socket for the network", lambda: socket.socket(socket.AF_INET6, socket.SOCK_DGRAM))
attempt("a netlink socket", lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW))
attempt("the output", lambda: open("/moult/output/requests-9.9-py3-none-any.whl", "w"))
attempt("pip's cache", lambda: os.makedirs("/root/.cache/pip/evil"))
attempt("the builder's Python", lambda: open(sys.base_prefix + "/evil.py", "w"))
attempt("its own requirements", lambda: open([p for p in sys.path if "pip-build-env" in p][0] + "/evil.pth", "w"))
attempt("pip's folder", lambda: os.mkdir("/moult/pip/evil"))
attempt("the folder for temporary files", lambda: open("/moult/tmp/evil", "w"))
attempt("root", lambda: os.setuid(0))
attempt("the parent", lambda: os.kill(os.getppid(), 0))
a, b = socket.socketpair() # what stays on this machine is allowed
socket.socket(socket.AF_UNIX).close()
# A process that stays could watch what comes later.
stays = pathlib.Path("stays")
if stays.exists():
    stat = pathlib.Path("/proc", stays.read_text(), "stat")
    if stat.exists() and stat.read_text().rsplit(")", 1)[1].split()[0] != "Z":
        loot.append("a process of an earlier hook")
stays.write_text(str(subprocess.Popen(["sleep", "600"], start_new_session=True).pid))
if loot:
    raise RuntimeError("LOOT: " + ", ".join(loot))
`

// newIndex is a scope of the index that no build has seen: pip would take what it
// has built before from its cache, and no backend would run.
func newIndex(t *testing.T, l *lab.Lab) *index.Client {
	return l.Packages.Scope(t.Name() + "-" + rand.Text())
}

// addSource puts an sdist on an index, with the given files in place of others.
func addSource(t *testing.T, c *index.Client, module string, files map[string]string) {
	t.Helper()
	tree := sourceTree(module)
	tree["PKG-INFO"] = "Metadata-Version: 2.1\nName: " + module + "\nVersion: 1.0\n"
	maps.Copy(tree, files)
	file, content := archived(t, module+"-1.0", tree)
	add(t, c, file, content)
}

// withoutLock is a project without a lock, whose only index has a password.
func withoutLock(t *testing.T, c *index.Client, requirement string) lab.Build {
	t.Helper()
	return withPassword(t, c, project(t, map[string]string{
		"main.py": "",
		"pyproject.toml": "# syntax=registry.example.com/moult:1\n[project]\nname = \"unlocked\"\nversion = \"1.0\"\nrequires-python = \">=3.13\"\ndependencies = [\"" + requirement + "\"]\n\n" +
			"[tool.moult]\npython = \"3.13\"\ncmd = [\"python\", \"main.py\"]\nindex = [{ url = \"" + c.URL() + "\", default = true, secret = \"lab-index\" }]\n",
	}))
}

// The sdist requires for its build another sdist, which pip builds in a process
// that has the index's password among its arguments, and asks for a wheel
// besides.
func TestABackendThatPipStartsSeesNoSecretAndNoNetwork(t *testing.T) {
	l := lab.Need(t)
	c := newIndex(t, l)
	addSource(t, c, "from_helper", map[string]string{"backend.py": reaching(t, spy, c) + backend})
	addSource(t, c, "from_evil", map[string]string{
		"pyproject.toml": "[build-system]\nrequires = [\"from-helper\"]\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n",
		"backend.py":     reaching(t, spy, c) + backend + "\nimport from_helper\n" + asksForMore})
	mustBuild(t, l, withoutLock(t, c, "from-evil"))
}

// In a locked project, too, pip builds what a build requires.
func TestABuildRequirementThatIsBuiltSeesNoSecretAndNoNetwork(t *testing.T) {
	l := lab.Need(t)
	c := newIndex(t, l)
	addSource(t, c, "from_helper", map[string]string{"backend.py": reaching(t, spy, c) + backend})
	mustBuild(t, l, hostileProject(t, l, c, backend+`

def get_requires_for_build_wheel(config=None):
    return ["from-helper"]
`))
}

// The lab's index has no setuptools of the time of Python 3.11: the newest stands in for it.
func TestABackendThatPipStartsCanBuildWithSetuptools(t *testing.T) {
	l := lab.Need(t)
	for _, python := range []string{"3.11", "3.13"} {
		t.Run(python, func(t *testing.T) {
			c := newIndex(t, l)
			file, content := archived(t, "compiled-1.0", map[string]string{
				"setup.py":   "from setuptools import setup, Extension\nsetup(name='compiled', version='1.0', ext_modules=[Extension('compiled', ['compiled.c'])])\n",
				"compiled.c": "#include <Python.h>\nstatic struct PyModuleDef m = {PyModuleDef_HEAD_INIT, \"compiled\"};\nPyMODINIT_FUNC PyInit_compiled(void) { return PyModule_Create(&m); }\n",
				"PKG-INFO":   "Metadata-Version: 2.1\nName: compiled\nVersion: 1.0\n",
			})
			add(t, c, file, content)
			dir := project(t, map[string]string{
				"main.py": "import compiled\n",
				"pyproject.toml": "# syntax=registry.example.com/moult:1\n[project]\nname = \"unlocked\"\nversion = \"1.0\"\nrequires-python = \">=3.11\"\ndependencies = [\"compiled\"]\n\n" +
					"[tool.moult]\npython = \"" + python + "\"\ncmd = [\"python\", \"main.py\"]\nindex = [{ name = \"lab\", url = \"" + c.URL() + "\", default = true }]\n",
			})
			mustBuild(t, l, moult(t, dir))
		})
	}
}

// A .pth file of a package that a build sees runs code whenever its
// environment's Python starts, and pip starts it where the passwords are.
func TestAPthFileThatABuildSeesDoesNotRunWhereThePasswordsAre(t *testing.T) {
	l := lab.Need(t)
	c := newIndex(t, l)
	b := hostileProject(t, l, c, backend+`

def get_requires_for_build_wheel(config=None):
    return ["lab-pure"]
`)
	file, content := wheelOf(t, "peer", map[string]string{
		"peer.py":  "",
		"evil.pth": "import os; os.path.exists('/moult/secrets/index/lab-index') and os._exit(33)\n",
	})
	write(t, filepath.Join(b.Context, "vendor", file), string(content))
	edit(t, filepath.Join(b.Context, "uv.lock"), "dependencies = [{ name = \"from-evil\" }]\n", "dependencies = [{ name = \"from-evil\" }, { name = \"peer\" }]\n\n"+
		"[[package]]\nname = \"peer\"\nversion = \"1.0\"\nsource = { path = \"vendor/"+file+"\" }\nwheels = [{ filename = \""+file+"\", hash = \"sha256:"+sum(content)+"\" }]\n")
	build := filepath.Join(b.Context, "pyproject.toml")
	edit(t, build, `dependencies = ["from-evil"]`, `dependencies = ["from-evil", "peer"]`)
	edit(t, build, "[tool.uv.sources]", "[tool.uv.sources]\npeer = { path = \"vendor/"+file+"\" }")
	edit(t, build, "[tool.uv]", "[tool.moult.package.from-evil]\nbuild-isolation = false\nbuild-requires = [\"lab-pure\"]\n\n[tool.uv]")
	mustBuild(t, l, b)
}

// pip runs git as root in the clone after the backend, and a configuration can
// name programs that git runs.
func TestABackendReadsTheHistoryOfItsRepositoryAndCannotChangeIt(t *testing.T) {
	l := lab.Need(t)
	tree := map[string]string{}
	files := sourceTree("from_git")
	files["backend.py"] = `
import os, subprocess
top = os.path.abspath("../..")
assert os.path.isdir(top + "/.git"), os.listdir(top)
assert len(subprocess.check_output(["git", "rev-parse", "HEAD"])) == 41
subprocess.check_output(["git", "status", "--porcelain"])
def refused(f):
    try:
        f()
    except PermissionError:
        return
    raise RuntimeError("the backend can change the history")
refused(lambda: open(top + "/.git/config", "a"))
refused(lambda: open(top + "/.git/hooks/post-checkout", "w"))
refused(lambda: os.rename(top + "/.git", top + "/old"))
refused(lambda: os.chmod(top, 0o777))
open(top + "/created", "w").close()
open(top + "/packages/one/created", "w").close()
open(top + "/README", "a").close()
` + backend
	for name, content := range files {
		tree["packages/one/"+name] = content
	}
	tree["README"] = "read me\n"
	url, commit := repository(t, tree)
	mustBuild(t, l, moult(t, project(t, unlocked(l, `"from-git @ git+`+url+`@`+commit+`#subdirectory=packages/one"`))))
}

// scmTree is a package whose version its backend asks git for.
func scmTree() map[string]string {
	return map[string]string{
		"pyproject.toml": "[build-system]\nrequires = [\"setuptools\", \"setuptools-scm\"]\nbuild-backend = \"setuptools.build_meta\"\n\n" +
			"[project]\nname = \"from-git\"\ndynamic = [\"version\"]\n\n[tool.setuptools]\npy-modules = [\"from_git\"]\n\n[tool.setuptools_scm]\n",
		"from_git.py": "",
	}
}

func TestSetuptoolsFindsTheVersionInTheHistoryOfARequirement(t *testing.T) {
	l := lab.Need(t)
	url, commit := repository(t, scmTree())
	files := unlocked(l, `"from-git @ git+`+url+`@`+commit+`"`)
	files["pyproject.toml"] = strings.ReplaceAll(files["pyproject.toml"], ", default = true", "")
	files["main.py"] = "import importlib.metadata\nprint(importlib.metadata.version('from-git'))\n"
	b, ref := push(l, moult(t, project(t, files)), "scm:test")
	mustBuild(t, l, b)
	if out := output(t, l, ref); !strings.Contains(out, "+g"+commit[:7]) {
		t.Errorf("it prints %q, the commit is %s", out, commit)
	}
}
