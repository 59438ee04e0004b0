package integration

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
)

// base makes a base image out of a Dockerfile in testdata/bases and gives its
// reference. It is made once: the daemon remembers it.
func base(t *testing.T, l *lab.Lab, name string) string {
	t.Helper()
	return baseOf(t, l, name, "")
}

// baseOf is base for one of several stages of the Dockerfile.
func baseOf(t *testing.T, l *lab.Lab, name, stage string) string {
	t.Helper()
	dir, err := filepath.Abs("testdata/bases")
	if err != nil {
		t.Fatal(err)
	}
	opts, image := map[string]string{"filename": name + ".Dockerfile"}, name
	if stage != "" {
		opts["target"], image = stage, name+"-"+stage
	}
	ref := l.Image("bases/" + image + ":test")
	mustBuild(t, l, lab.Build{
		Frontend: "dockerfile.v0", Context: dir, Opts: opts,
		Exports: append(lab.Build{}.Exports, lab.ToRegistry(ref)),
	})
	return ref
}

// inPlaceOf lets a build take an image of the lab's for one that cannot be had
// there.
func inPlaceOf(b lab.Build, named, image string) lab.Build {
	b.Opts["context:"+named] = "docker-image://" + image
	return b
}

func TestABaseWithoutAShellRunsTheProject(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	files := unlocked(l, `"lab-pure", "lab-c"`)
	files["pyproject.toml"] = strings.Replace(files["pyproject.toml"], "[tool.moult]\n", `[tool.moult]
base = "`+base(t, l, "shell-less")+`"
writable = ["/data", {path = "/app/cache/x", mode = "0700"}]
workdir = "/srv/work"
init = true
`, 1)
	files["pyproject.toml"] = strings.Replace(files["pyproject.toml"], `cmd = ["python", "main.py"]`, `cmd = ["python", "/app/main.py"]`, 1)
	files["main.py"] = `import getpass, os, ssl, sys
import lab_c, lab_pure
print("started by", open("/proc/1/cmdline").read().split("\0")[0])
print("runs", sys.executable, sys.base_prefix, getpass.getuser(), os.path.expanduser("~"), os.getcwd())
open("/data/x", "w"); open("/app/cache/x/y", "w"); open("/app/x", "w")
try:
    open("/app/main.py", "a")
except PermissionError:
    print("and writes no more than it may")
`
	b, ref := push(l, moult(t, project(t, files)), "shell-less-test:test")
	r := mustBuild(t, l, b)
	t.Log(steps(r))
	out, err := l.Output(t.Context(), lab.Container{Image: ref})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"runs /opt/venv/bin/python /opt/python nonroot /home/nonroot /srv/work", "no more than it may", "started by /usr/bin/tini"} {
		if !strings.Contains(out, want) {
			t.Errorf("it prints %q, not %q", out, want)
		}
	}
}

func TestABaseGetsThePythonOfAnotherImage(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	files := unlocked(l, `"lab-pure", "lab-cpp"`)
	files["pyproject.toml"] = strings.Replace(files["pyproject.toml"], "[tool.moult]\n", `[tool.moult]
base = "`+base(t, l, "cuda")+`"
python = {from = "python:3.13-slim"}
`, 1)
	files["main.py"] = `import ctypes, lzma, bz2, sqlite3, ssl, zlib, uuid, readline, xml.etree.ElementTree, decimal, os
import lab_cpp, lab_pure
print("runs with", sqlite3.sqlite_version, ssl.OPENSSL_VERSION, os.environ["NVIDIA_VISIBLE_DEVICES"])
`
	b, ref := push(l, moult(t, project(t, files)), "python-from:test")
	r := mustBuild(t, l, b)
	t.Log(steps(r))
	if out := output(t, l, ref); !strings.Contains(out, "runs with 3.") {
		t.Errorf("it prints %q", out)
	}
}

func TestTheExampleWithoutAShellKeepsNotes(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	ref := l.Image("example-shell-less:test")
	b := inPlaceOf(moult(t, example(t, "shell-less")), "gcr.io/distroless/python3-debian13", base(t, l, "shell-less"))
	b.Exports = append(b.Exports, lab.ToRegistry(ref))
	mustBuild(t, l, b)
	isFitToShip(t, l, ref)
	r := serve(t, l, ref, nil)
	if body := get(t, r, "/"); !strings.Contains(body, "no notes yet") {
		t.Errorf("it answers %q", body)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, r.URL+"/first", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if body := get(t, r, "/"); !strings.Contains(body, "first") {
		t.Errorf("it answers %q", body)
	}
}

func TestTheExampleOnACUDABaseAnswers(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	b := inPlaceOf(moult(t, example(t, "cuda")), "nvidia/cuda:12.6.3-base-ubuntu24.04", base(t, l, "cuda"))
	b, ref := push(l, inPlaceOf(b, "python:3.13-slim-bookworm", "python:3.13-slim"), "example-cuda:test")
	mustBuild(t, l, b)
	var answer struct {
		Python, User, Visible string
		Models                bool
	}
	// A read-only container may write no folder that is not a volume.
	r := l.Start(t, lab.Container{Image: ref, Port: 8000})
	body := get(t, r, "/")
	if err := json.Unmarshal([]byte(body), &answer); err != nil || answer.User != "app" || answer.Visible != "all" ||
		!answer.Models || !strings.HasPrefix(answer.Python, "3.13.") {
		t.Errorf("it answers %s", body)
	}
	img, err := l.ReadImage(t.Context(), ref, "")
	if err != nil {
		t.Fatal(err)
	}
	if env := strings.Join(img.Config.Config.Env, "\n"); !strings.Contains(env, "PATH=/usr/local/cuda/bin:/opt/venv/bin:/usr/local/nvidia/bin:") {
		t.Errorf("the environment is\n%s", env)
	}
}

// plain is a project without packages.
func plain(t *testing.T, keys, main string) string {
	t.Helper()
	return project(t, map[string]string{
		"pyproject.toml": "# syntax=registry.example.com/moult:1\n[project]\nname = \"plain\"\nrequires-python = \">=3.11,<3.14\"\n[tool.moult]\n" + keys,
		"main.py":        main,
		"bin/start":      "#!/opt/venv/bin/python\n" + main,
	})
}

func TestAUserOfTheBaseOwnsItsFoldersAndAnInitProcessStartsTheScript(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	main := `import getpass, os, sys
print("is", getpass.getuser(), open("/proc/1/cmdline").read().split("\0")[0], sys.argv[0], os.environ["DATA"])
for name in ("/data", "/srv/app/media", "/opt/venv/cache", "/var/run/own"):
    open(name + "/x", "w")
    print(name, oct(os.stat(name).st_mode), os.stat(name).st_uid)
print("above", os.stat("/srv/app").st_uid, oct(os.stat("/var/run").st_mode))
`
	dir := plain(t, `user = "www-data"
init = true
entrypoint = ["bin/start"]
writable = ["/data", {path = "/srv/app/media", mode = "0700"}, "/opt/venv/cache", "/var/run/own"]
env = {ROOT = "/data", DATA = "${ROOT}/${LANG}"}
[tool.moult.app]
to = "/srv/app"
exclude = ["pyproject.toml"]
`, main)
	b, ref := push(l, moult(t, dir), "user-of-base:test")
	mustBuild(t, l, b)
	out, err := l.Output(t.Context(), lab.Container{Image: ref})
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{
		"is www-data /usr/bin/tini bin/start /data/C.UTF-8", "/data 0o40775 33", "/srv/app/media 0o40700 33", "/opt/venv/cache 0o40775 33",
		"/var/run/own 0o40775 33", "above 0 0o40755",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	// What the image is told changes no step that makes the environment.
	for old, new := range map[string]string{
		`user = "www-data"`: "user = {name = \"app\", uid = 1234}\nlabels = {a = \"b\"}\nstopsignal = \"SIGINT\"",
		`ROOT = "/data"`:    `ROOT = "/other"`,
		`writable = [`:      `writable = ["/more", `,
	} {
		edit(t, filepath.Join(dir, "pyproject.toml"), old, new)
		ran := steps(mustBuild(t, l, moult(t, dir)))
		for _, name := range ran {
			if name != addTheUser && name != merge {
				t.Errorf("after %s: %q ran again", new, name)
			}
		}
	}
}

func TestABaseWithoutPythonMayGetItByItsPackages(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := plain(t, `base = "`+base(t, l, "bare")+`"
apt = {run = ["python3-minimal"]}
`, "import sys; print('runs', sys.base_prefix)\n")
	prints(t, l, moult(t, dir), "python-by-apt:test", "runs /usr\n")
}

func TestWhatABaseCannotDoIsToldAtItsLine(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	shellless, cuda := base(t, l, "shell-less"), base(t, l, "cuda")
	head := "# syntax=registry.example.com/moult:1\n[project]\nname = \"x\"\nrequires-python = \">=3.11,<3.14\"\n[tool.moult]\n"
	for _, test := range []struct {
		says, keys string
		line       int
		want       string
	}{
		{"no package manager", "base = \"" + shellless + "\"\n[tool.moult.apt]\nrun = [\"curl\"]\n", 8, "has no package manager"},
		{"packages of another distribution", "base = \"" + cuda + "\"\npython = {version = \"3.13\", from = \"python:3.13-slim\"}\n[tool.moult.apk]\nrun = [\"curl\"]\n", 9, "apk.run is for Alpine"},
		{"no Python", "base = \"" + cuda + "\"\n", 6, "add the Python of an image: python = {version"},
		{"another Python", "base = \"" + shellless + "\"\npython = \"3.12\"\n", 6, "only Python 3.13; write python = \"3.13\""},
		{"a Python that is there", "base = \"python:3.13-slim\"\npython = {version = \"3.13\", from = \"python:3.13-slim\"}\n", 7, "leave python.from out"},
		{"a uid that is taken", "user = {name = \"app\", uid = 33}\n", 6, "the uid 33 belongs to the image's user www-data"},
		{"a user that nobody knows", "user = \"appuser\"\n", 6, "the image has no user \"appuser\"; write user = {name = \"appuser\"}"},
		{"an unknown variable", "env = {A = \"${NOBODY}\"}\n", 6, "NOBODY"},
	} {
		t.Run(test.says, func(t *testing.T) {
			failing(t, l, map[string]string{"pyproject.toml": head + test.keys, "main.py": "print()\n"}, test.line, test.want)
		})
	}
}

func TestAPythonThatNeedsANewerCLibraryIsRefused(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	failing(t, l, map[string]string{
		"pyproject.toml": `# syntax=registry.example.com/moult:1
[project]
name = "x"
requires-python = ">=3.11"
[tool.moult]
base = "` + base(t, l, "older") + `"
python = {version = "3.13", from = "python:3.13-slim"}
`,
		"main.py": "print(1)\n",
	}, 7, "and the base has glibc 2.36: take the Python of an image that is based on the same distribution or an older")
}
