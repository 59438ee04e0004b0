package cli

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/sirupsen/logrus"

	"github.com/moult-build/moult/internal/dev/lab"
)

// programsDir holds the programs that run in builds, once a test has asked for
// them.
var programsDir string

var buildPrograms = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "moult-programs-")
	if err != nil {
		return "", err
	}
	programsDir = dir
	arch, err := exec.Command("go", "env", "GOARCH").Output()
	if err != nil {
		return "", err
	}
	out := filepath.Join(dir, "linux-"+strings.TrimSpace(string(arch))) + "/"
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w -buildid=", "-o", out, "../../cmd/moult-install", "../../cmd/moult-build")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, text)
	}
	// Programs of another platform are there as well, and do not travel.
	other := filepath.Join(dir, "linux-another")
	if err := os.Mkdir(other, 0o755); err != nil {
		return "", err
	}
	for _, name := range []string{"moult-install", "moult-build"} {
		if err := os.WriteFile(filepath.Join(other, name), nil, 0o755); err != nil {
			return "", err
		}
	}
	return dir, nil
})

// asProgram has the test's program be the command line, for tests that need a
// process of its own.
const asProgram = "MOULT_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(Main("test", os.Args[1:]))
	}
	logrus.SetLevel(logrus.ErrorLevel)
	code := m.Run()
	if programsDir != "" {
		os.RemoveAll(programsDir)
	}
	os.Exit(code)
}

// inLab gives the command line the lab's registry and programs, and no BuildKit
// but the one that is asked for.
func inLab(t *testing.T) *lab.Lab {
	t.Helper()
	l := lab.Need(t)
	dir, err := buildPrograms()
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(t.TempDir(), "buildkitd.toml")
	write(t, config, lab.BuildkitConfig(l.Registry))
	for name, value := range map[string]string{
		"MOULT_PROGRAMS": dir, "MOULT_BUILDKIT_CONFIG": config, "XDG_CACHE_HOME": filepath.Join(l.Dir, "cache"), "DOCKER_CONFIG": t.TempDir(),
		"BUILDKIT_HOST": "", "BUILDX_BUILDER": "", "DOCKER_HOST": "unix://" + filepath.Join(t.TempDir(), "none"),
	} {
		t.Setenv(name, value)
	}
	return l
}

// must is call that has to succeed.
func must(t *testing.T, args ...string) string {
	t.Helper()
	out, told, err := call(t, args...)
	if err != nil {
		t.Fatalf("moult %s: %v\n%s\n%s", strings.Join(args, " "), err, told, out)
	}
	return out
}

func example(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("..", "..", "examples", name))); err != nil {
		t.Fatal(err)
	}
	return dir
}

// secret hands the machine's certificate authorities to a build.
func secret(l *lab.Lab) []string {
	if l.CA == "" {
		return nil
	}
	return []string{"--secret", "id=ca-certificates,src=" + l.CA}
}

func TestAMachineWithoutADaemonBuilds(t *testing.T) {
	l := inLab(t)
	if os.Geteuid() != 0 {
		t.Skip("rootless needs a program of its own, which is not the test's")
	}
	root, err := os.MkdirTemp("", "moult-embedded-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(root) })
	ref := l.Image("cli-embedded:test")
	args := append([]string{"build", "--progress", "plain", "--root", root, "-t", ref, "--push", example(t, "hello")}, secret(l)...)
	build := func() string {
		cmd := exec.Command(os.Args[0], args...)
		cmd.Env = append(os.Environ(), asProgram+"=1", "PATH="+os.Getenv("PATH")+":/usr/sbin:/sbin")
		told, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, told)
		}
		return string(told)
	}
	told := build()
	if !strings.Contains(told, "Building with embedded BuildKit") || strings.Contains(told, "level=") {
		t.Errorf("told:\n%s", told)
	}
	if l.State.Docker != "" {
		r := l.Start(t, lab.Container{Image: ref, ReadOnly: true, Port: 8000})
		if status, body, err := r.Get(t.Context(), "/"); err != nil || status != 200 {
			t.Errorf("%d %s %v", status, body, err)
		}
	}
	// A second build finds what the first has left.
	if told := build(); !cached(told, "compile the application") {
		t.Errorf("it ran again:\n%s", told)
	}
}

func TestTheCacheIsThatOfTheFrontendImage(t *testing.T) {
	l := inLab(t)
	dir := example(t, "hello")
	b := lab.Build{Frontend: "gateway.v0", Context: dir, Opts: map[string]string{"source": l.Image("moult:dev"), "filename": "pyproject.toml"}}
	if r, err := l.Build(t.Context(), b); err != nil {
		t.Fatalf("%v\n%s", err, r.Log())
	}
	_, told, err := call(t, append([]string{"build", "--progress", "plain", "--builder", l.Buildkit, dir}, secret(l)...)...)
	if err != nil {
		t.Fatalf("%v\n%s", err, told)
	}
	for _, step := range []string{"create the virtual environment", "compile the application", "compile the standard library"} {
		if !cached(told, step) {
			t.Errorf("%q ran again:\n%s", step, told)
		}
	}
}

func TestABuildxBuilderBuildsForDocker(t *testing.T) {
	l := inLab(t)
	if l.State.Docker == "" {
		t.Fatal("the lab has no Docker Engine")
	}
	for name, value := range map[string]string{"DOCKER_HOST": l.State.Docker, "DOCKER_CONFIG": filepath.Join(l.Dir, "docker"), "BUILDX_BUILDER": lab.BuilderName,
		"PATH": filepath.Join(l.Dir, "bin") + ":" + os.Getenv("PATH")} {
		t.Setenv(name, value)
	}
	_, told, err := call(t, append([]string{"build", "--progress", "plain", "-t", "moult-cli-load:test", "--load", example(t, "hello")}, secret(l)...)...)
	if err != nil || !strings.Contains(told, "Building with buildx builder "+lab.BuilderName) || !strings.Contains(told, "Loaded image: moult-cli-load:test") {
		t.Fatalf("%v\n%s", err, told)
	}
	out, err := l.Output(t.Context(), lab.Container{Image: "moult-cli-load:test", Args: []string{"python", "-c", "print('there')"}})
	if err != nil || strings.TrimSpace(out) != "there" {
		t.Errorf("%q %v", out, err)
	}
	if _, err := l.Docker(t.Context(), "rmi", "moult-cli-load:test"); err != nil {
		t.Error(err)
	}
}

// cached reports whether a step of a plain progress was cached.
func cached(told, step string) bool {
	var id string
	for line := range strings.Lines(told) {
		number, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if strings.Contains(rest, step) {
			id = number
		}
		if id != "" && number == id && rest == "CACHED" {
			return true
		}
	}
	return false
}

func TestAnswersAreTheSameWithADaemonAndWithout(t *testing.T) {
	l := inLab(t)
	dir := example(t, "digits-api")
	for _, question := range []string{"plan", "size", "outline", "targets"} {
		here := must(t, question, "--json", dir)
		there := must(t, question, "--json", "--builder", l.Buildkit, dir)
		if here != there {
			t.Errorf("%s: without a daemon\n%s\nwith one\n%s", question, here, there)
		}
	}
}

func TestABadFileIsToldWithItsLine(t *testing.T) {
	inLab(t)
	dir := example(t, "hello")
	name := filepath.Join(dir, "pyproject.toml")
	write(t, name, read(t, name)+"\n[tool.moult]\nexpos = [1]\n")
	_, _, err := call(t, "plan", dir)
	if err == nil {
		t.Fatal("it is taken")
	}
	var b strings.Builder
	printError(&b, err)
	if !strings.Contains(b.String(), ">>> expos = [1]") || !strings.Contains(b.String(), `ERROR: pyproject.toml:`) {
		t.Errorf("got\n%s", b.String())
	}
	out, _, err := call(t, "check", dir)
	if err != exitCode(1) || !strings.Contains(out, ">>> expos = [1]") || !strings.Contains(out, "1 warning.") {
		t.Errorf("check: %v\n%s", err, out)
	}
}

func TestTheGraphIsTheOneBuildctlBuilds(t *testing.T) {
	l := inLab(t)
	dir := example(t, "hello")
	tools := t.TempDir()
	graph := filepath.Join(t.TempDir(), "graph.pb")
	must(t, "llb", "--programs", tools, "-o", graph, dir)
	again := filepath.Join(t.TempDir(), "again.pb")
	must(t, "llb", "-o", again, dir)
	if read(t, graph) != read(t, again) {
		t.Error("the same project gives two graphs")
	}
	buildctl := filepath.Join(l.Dir, "bin", "buildctl")
	run := func(args ...string) string {
		f, err := os.Open(graph)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		cmd := exec.Command(buildctl, append([]string{"--addr", l.Buildkit}, args...)...)
		cmd.Stdin = f
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("buildctl %v: %v", args, err)
		}
		return string(out)
	}
	if dump := run("debug", "dump-llb"); dump != must(t, "llb", "--format", "json", dir) {
		t.Error("the JSON is not that of buildctl debug dump-llb")
	}
	out := filepath.Join(t.TempDir(), "image.tar")
	run("build", "--progress", "plain", "--local", "context="+dir, "--local", "moult-tools="+tools, "--output", "type=tar,dest="+out)
	if files := tree(t, out); files["app/main.py"] == "" || files["opt/venv/bin/python"] == "" {
		t.Error("the graph builds something else")
	}
	if dot := must(t, "llb", "--format", "dot", dir); !strings.HasPrefix(dot, "digraph") {
		t.Errorf("got %s", dot)
	}
}

func TestTheDockerfileBuildsToTheSameTree(t *testing.T) {
	l := inLab(t)
	dir := example(t, "hello")
	name := filepath.Join(dir, "Dockerfile")
	must(t, "dockerfile", "-o", name, dir)
	ours := filepath.Join(t.TempDir(), "ours.tar")
	theirs := filepath.Join(t.TempDir(), "theirs.tar")
	must(t, append([]string{"build", "--progress", "plain", "--builder", l.Buildkit, "-o", "type=tar,dest=" + ours, dir}, secret(l)...)...)
	// The lab has no image of the Dockerfile frontend; the daemon's own does.
	text := read(t, name)
	_, text, _ = strings.Cut(text, "\n")
	write(t, name, text)
	out, err := exec.Command(filepath.Join(l.Dir, "bin", "buildctl"), "--addr", l.Buildkit, "build", "--progress", "plain", "--frontend", "dockerfile.v0",
		"--local", "context="+dir, "--local", "dockerfile="+dir, "--output", "type=tar,dest="+theirs).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, out, text)
	}
	a, b := tree(t, ours), tree(t, theirs)
	var differ []string
	for name := range a {
		if a[name] != b[name] && !allowed(name) {
			differ = append(differ, fmt.Sprintf("%s: %s in Moult's image, %s in the Dockerfile's", name, a[name], b[name]))
		}
	}
	for name := range b {
		if a[name] == "" && !allowed(name) {
			differ = append(differ, name+" is in the Dockerfile's image alone")
		}
	}
	slices.Sort(differ)
	if len(differ) > 0 {
		t.Errorf("%s", strings.Join(differ, "\n"))
	}
}

// allowed are the differences that docs/cli.md tells of.
func allowed(name string) bool {
	base := filepath.Base(name)
	return name == "dev" || strings.Contains(name, "__pycache__") || strings.HasPrefix(name, "opt/venv/bin/") && base != "python" ||
		strings.Contains(name, ".dist-info/") && slices.Contains([]string{"INSTALLER", "RECORD", "REQUESTED", "direct_url.json"}, base)
}

// tree gives what an archive holds: kind, mode, owner and content by name.
func tree(t *testing.T, name string) map[string]string {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all := map[string]string{}
	for r := tar.NewReader(f); ; {
		h, err := r.Next()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.New()
		if _, err := io.Copy(sum, r); err != nil {
			t.Fatal(err)
		}
		all[strings.TrimPrefix(path.Clean("/"+h.Name), "/")] = fmt.Sprintf("%c %o %d:%d %s %x", h.Typeflag, h.Mode, h.Uid, h.Gid, h.Linkname, sum.Sum(nil)[:6])
	}
}

func TestThePageOfSizesHoldsTheImage(t *testing.T) {
	l := inLab(t)
	page := filepath.Join(t.TempDir(), "size.html")
	must(t, append([]string{"size", "--html", page, "--progress", "plain", "--builder", l.Buildkit, example(t, "hello")}, secret(l)...)...)
	text := read(t, page)
	for _, want := range []string{"copy the application to /app", "main.py", "linux/"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
	if strings.Contains(text, "<script src") || strings.Contains(text, "<link") {
		t.Error("the page needs other files")
	}
	var plan struct{ Platforms []json.RawMessage }
	if err := json.Unmarshal([]byte(must(t, "plan", "--json", example(t, "hello"))), &plan); err != nil || len(plan.Platforms) != 1 {
		t.Errorf("the plan as JSON: %v", err)
	}
}
