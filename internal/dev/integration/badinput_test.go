package integration

import (
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/moby/buildkit/solver/errdefs"

	"github.com/moult-build/moult/internal/dev/lab"
	"github.com/moult-build/moult/internal/dev/lab/index"
)

// What is wrong in the files themselves is tested in internal/project; here
// is what shows only in a build.

// failing builds and expects an error with a text at a line of the build
// file, whose snippet the client shows.
func failing(t *testing.T, l *lab.Lab, files map[string]string, line int, want string) {
	t.Helper()
	r, err := l.Build(t.Context(), moult(t, project(t, files)))
	if err == nil {
		t.Fatalf("the build succeeds; it should say %q", want)
	}
	if !strings.Contains(err.Error(), want) {
		t.Errorf("the error is %v\nit should say %q\n%s", err, want, r.Log())
	}
	sources := errdefs.Sources(err)
	if len(sources) == 0 {
		t.Fatalf("the error shows no line: %v", err)
	}
	at := sources[len(sources)-1]
	if got := at.Ranges[0].Start.Line; int(got) != line || at.Info.Filename != "pyproject.toml" {
		t.Errorf("the error shows %s:%d, not line %d: %v", at.Info.Filename, got, line, err)
	}
}

// asking is a project with one dependency on line 6, on an index on line 10.
func asking(url, dependency string) map[string]string {
	return map[string]string{
		"pyproject.toml": fmt.Sprintf(`# syntax=registry.example.com/moult:1
[project]
name = "asking"
requires-python = ">=3.13,<3.14"
dependencies = [
  %q,
]
[tool.moult]
cmd = ["python"]
index = [{ name = "lab", url = %q, default = true }]
`, dependency, url),
	}
}

func TestADependencyThatDoesNotExist(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	failing(t, l, asking(l.Packages.Scope(t.Name()).URL(), "lab-nowhere"), 6, "no package lab-nowhere")
}

func TestAVersionThatDoesNotExist(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	failing(t, l, asking(l.Packages.Scope(t.Name()).URL(), "lab-pure>=99"), 6, "no version of lab-pure satisfies lab-pure>=99")
}

func TestAnIndexThatIsDown(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close() // nobody listens there now
	failing(t, l, asking(fmt.Sprintf("http://%s/simple/", listener.Addr()), "lab-pure"), 10, "cannot be reached")
}

func TestAnIndexThatAnswers500(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	scope := l.Packages.Scope(t.Name())
	if err := scope.Fail("*", index.Fault{Status: 500}); err != nil {
		t.Fatal(err)
	}
	failing(t, l, asking(scope.URL(), "lab-pure"), 10, "500")
}

func TestAnIndexThatWantsAPassword(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	scope := l.Packages.Scope(t.Name())
	if err := scope.Fail("*", index.Fault{User: "me", Password: "secret"}); err != nil {
		t.Fatal(err)
	}
	failing(t, l, asking(scope.URL(), "lab-pure"), 10, "wants a password")
}

func TestAWheelWithOtherBytesThanItsHash(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	scope := l.Packages.Scope(t.Name())
	if err := scope.Fail("lab-pure", index.Fault{Corrupt: true}); err != nil {
		t.Fatal(err)
	}
	failing(t, l, asking(scope.URL(), "lab-pure"), 6, "does not match its hash")
}

func TestACompileErrorIsShown(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	files := asking(l.Packages.Scope(t.Name()).URL(), "lab-broken")
	r, err := l.Build(t.Context(), moult(t, project(t, files)))
	if err == nil {
		t.Fatal("a package that cannot be compiled is built")
	}
	if !strings.Contains(r.Log(), "error:") {
		t.Errorf("the compiler's message is not shown:\n%s", r.Log())
	}
	failing(t, l, files, 6, "could not be compiled")
}

func TestAnImageThatDoesNotExist(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	failing(t, l, map[string]string{
		"pyproject.toml": "[project]\nname = \"x\"\n[tool.moult]\npython = \"3.13\"\nbase = \"nowhere.example.com/none:1\"\ncmd = [\"python\"]\n",
	}, 5, "nowhere.example.com/none:1")
}

func TestABaseWithAnotherPython(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	failing(t, l, map[string]string{
		"pyproject.toml": "[project]\nname = \"x\"\n[tool.moult]\npython = \"3.13\"\nbase = \"python:3.11-slim\"\ncmd = [\"python\"]\n",
	}, 5, "has no Python 3.13, only Python 3.11")
}

func TestNoCommandToRun(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	failing(t, l, map[string]string{
		"pyproject.toml": "[project]\nname = \"x\"\nrequires-python = \">=3.13,<3.14\"\n[tool.moult]\n",
	}, 4, "nothing to start")
}

func TestAMissingSecretIsSaidAtItsLine(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	files := asking(l.Packages.Scope(t.Name()).URL(), "lab-pure")
	files["pyproject.toml"] = strings.Replace(files["pyproject.toml"], "default = true", `secret = "my-index", default = true`, 1)
	failing(t, l, files, 10, `not given the secret "my-index"`)
}

func TestNoFileOfTheImageNamesAPrivateIndex(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	scope := l.Packages.Scope(t.Name())
	if err := scope.Fail("*", index.Fault{User: "me", Password: "very-secret"}); err != nil {
		t.Fatal(err)
	}
	files := asking(scope.URL(), "lab-pure")
	files["pyproject.toml"] = strings.Replace(files["pyproject.toml"], "default = true", `secret = "my-index", default = true`, 1)
	b, ref := push(l, moult(t, project(t, files), "attest:provenance=mode=max"), "private:test")
	b.Secrets = map[string][]byte{"my-index": []byte("me:very-secret\n")}
	r := mustBuild(t, l, b)
	img, inImage := readImage(t, l, ref)
	told := r.Log() + string(img.RawConfig)
	for _, a := range img.Attestations {
		told += string(a)
	}
	if len(img.Attestations) == 0 {
		t.Error("the image has no provenance to look into")
	}
	if strings.Contains(told, "very-secret") {
		t.Error("the password stands in the log, the configuration or the provenance")
	}
	for p, f := range inImage {
		if strings.HasPrefix(p, "/opt/venv") && f.Mode.IsRegular() && f.Size < 1<<20 {
			if content, err := img.Read(p); err == nil && strings.Contains(string(content), "very-secret") {
				t.Errorf("the password stands in %s", p)
			}
		}
	}
}

func TestAPackageThatTheDistributionDoesNotHave(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	files := map[string]string{
		"pyproject.toml": `# syntax=registry.example.com/moult:1
[project]
name = "asking"
requires-python = ">=3.13,<3.14"
[tool.moult]
cmd = ["python"]
apt.run = [
  "libgomp1",
  "moult-nowhere",
]
`,
	}
	failing(t, l, files, 9, "apt: Unable to locate package moult-nowhere")
}
