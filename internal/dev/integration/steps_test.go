package integration

import (
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
)

// stepping is a project whose steps run a Python program each.
func stepping(keys string) map[string]string {
	return map[string]string{
		"pyproject.toml": `# syntax=registry.example.com/moult:1
[project]
name = "stepping"
requires-python = ">=3.13,<3.14"
[tool.moult]
cmd = ["python"]
` + keys,
		"look.py": `import os, socket, resource, sys, urllib.request
def what(name):
    if name == "hosts": return open("/etc/hosts").read()
    if name == "hostname": return socket.gethostname()
    if name == "nofile": return resource.getrlimit(resource.RLIMIT_NOFILE)
    if name == "shm": return os.statvfs("/dev/shm").f_blocks * os.statvfs("/dev/shm").f_frsize
    if name == "network": return sorted(n for _, n in socket.if_nameindex() if n != "lo")
    if name.startswith("env:"): return os.environ.get(name[4:], "none")
    if name.startswith("file:"): return open(name[5:]).read()
for name in sys.argv[1:]:
    print(name, "=", what(name))
`,
	}
}

// said builds and gives what the step printed. The steps are run each time.
func said(t *testing.T, l *lab.Lab, b lab.Build) string {
	t.Helper()
	b.Opts["no-cache"] = "runtime"
	r := mustBuild(t, l, b)
	var log strings.Builder
	for _, v := range r.Vertexes {
		if strings.HasPrefix(does(v), "run python look.py ") {
			log.WriteString(v.Log)
		}
	}
	return log.String()
}

func TestStepsRunUnderTheClientsOptions(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := project(t, stepping(`[[tool.moult.steps]]
name = "look"
run = ["python", "look.py", "hosts", "hostname", "nofile", "shm", "network"]
`))
	log := said(t, l, moult(t, dir, "add-hosts=far.example.com=192.0.2.7", "build-arg:BUILDKIT_SANDBOX_HOSTNAME=box",
		"ulimit=nofile=111:222", "shm-size=33554432"))
	for _, want := range []string{"192.0.2.7", "hostname = box", "(111, 222)", "shm = 33554432", "network = []"} {
		if !strings.Contains(log, want) {
			t.Errorf("%q is missing:\n%s", want, log)
		}
	}
}

func TestAStepHasItsEnvironmentSecretsAndCaches(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := project(t, stepping(`env = { KEPT = "yes" }

[[tool.moult.steps]]
name = "look"
run = ["python", "look.py", "env:ONLY_HERE", "env:KEPT", "env:TOKEN", "file:/run/secrets/file-secret", "env:VIRTUAL_ENV"]
env = { ONLY_HERE = "step" }
secrets = [{ id = "token", env = "TOKEN" }, "file-secret"]
caches = ["/root/.cache/look"]
`))
	b, ref := push(l, moult(t, dir), "steps:test")
	b.Secrets = map[string][]byte{"token": []byte("t0ken"), "file-secret": []byte("in-a-file")}
	log := said(t, l, b)
	for _, want := range []string{"env:ONLY_HERE = step", "env:KEPT = yes", "env:TOKEN = t0ken", "= in-a-file", "env:VIRTUAL_ENV = /opt/venv"} {
		if !strings.Contains(log, want) {
			t.Errorf("%q is missing:\n%s", want, log)
		}
	}
	img, err := l.ReadImage(t.Context(), ref, "")
	if err != nil {
		t.Fatal(err)
	}
	config := string(img.RawConfig)
	if strings.Contains(config, "ONLY_HERE") || strings.Contains(config, "t0ken") || !strings.Contains(config, "KEPT=yes") {
		t.Errorf("the configuration is %s", config)
	}
	for _, p := range []string{"/run/secrets/file-secret", "/root/.cache/look"} {
		if _, err := img.Lookup(p); err == nil {
			t.Errorf("%s is left in the image", p)
		}
	}
}

func TestAStepReachesTheNetworkOnlyIfItSaysSo(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := project(t, stepping(`[[tool.moult.steps]]
name = "look"
run = ["python", "look.py", "network"]
network = true
`))
	if log := said(t, l, moult(t, dir)); strings.Contains(log, "network = []") {
		t.Errorf("the step has no network:\n%s", log)
	}
}

func TestAFailingStepShowsItsLine(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	files := stepping(`[[tool.moult.steps]]
run = ["python", "-c", "raise SystemExit('out of luck')"]
`)
	r, err := l.Build(t.Context(), moult(t, project(t, files)))
	if err == nil || !strings.Contains(r.Log(), "out of luck") {
		t.Fatalf("the build says %v\n%s", err, r.Log())
	}
	failing(t, l, files, 7, "did not complete successfully")
}

func TestDebianPackagesComeIntoTheImage(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := project(t, unlocked(l, `"lab-ev"`))
	edit(t, dir+"/pyproject.toml", "[tool.moult]", "[tool.moult.apt]\nbuild = [\"libev-dev\"]\nrun = [\"libev4\"]\n[tool.moult]")
	write(t, dir+"/main.py", "import lab_ev\nprint('loaded', lab_ev.__name__)\n")
	b, ref := push(l, moult(t, dir), "apt:test")
	mustBuild(t, l, b)
	isFitToShip(t, l, ref)
	out, err := l.Output(t.Context(), lab.Container{Image: ref, ReadOnly: true})
	if err != nil || !strings.Contains(out, "loaded lab_ev") {
		t.Errorf("it prints %q, %v", out, err)
	}
}
