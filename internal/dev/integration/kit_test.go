// Package integration tests Moult as its users meet it: examples and small
// projects are built on the lab's buildkitd, and the images are looked into,
// run and called. Nothing is faked; `make lab-up` raises what is needed.
//
// Tests run beside each other. They share the lab's buildkitd, whose cache only
// grows: a step that a test has built once is in the cache for its next build,
// whatever the others do. A test that needs a step that nobody has built makes
// it unique or starts a buildkitd of its own, and its index is its own scope.
package integration

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/moult-build/moult/frontend"
	"github.com/moult-build/moult/internal/dev/lab"
)

// toolsLocal is the name under which an in-process build offers Moult's
// programs.
const toolsLocal = "moult-tools"

// toolsDir is where builtTools puts moult-install and moult-build.
var toolsDir string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "moult-tools-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	toolsDir = dir
	return m.Run()
}

// builtTools builds Moult's programs, once for all tests.
var builtTools = sync.OnceValue(func() error {
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", toolsDir+"/", "../../../cmd/moult-install", "../../../cmd/moult-build")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if msg, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building Moult's programs: %w\n%s", err, msg)
	}
	return nil
})

// tools is the folder with Moult's programs.
func tools(t *testing.T) string {
	t.Helper()
	if err := builtTools(); err != nil {
		t.Fatal(err)
	}
	return toolsDir
}

// moult is a build by the frontend in the test's own process.
func moult(t *testing.T, dir string, opts ...string) lab.Build {
	t.Helper()
	b := lab.Build{
		Func:    frontend.New(frontend.FromLocal(toolsLocal)).Build,
		Context: dir,
		Locals:  map[string]string{toolsLocal: tools(t)},
		Opts:    map[string]string{"filename": "pyproject.toml"},
	}
	for _, o := range opts {
		name, value, _ := strings.Cut(o, "=")
		b.Opts[name] = value
	}
	return b
}

// mustBuild builds or fails the test with the build's log.
func mustBuild(t *testing.T, l *lab.Lab, b lab.Build) *lab.Result {
	t.Helper()
	r, err := l.Build(t.Context(), b)
	if err != nil {
		t.Fatalf("%v\n%s", err, r.Log())
	}
	return r
}

// project writes a project's files into a folder of the test's.
func project(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		write(t, filepath.Join(dir, name), files[name])
	}
	return dir
}

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// example copies an example, so that a test may change it.
func example(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("..", "..", "..", "examples", name))); err != nil {
		t.Fatal(err)
	}
	return dir
}

// edit replaces text in a file; the text must be there.
func edit(t *testing.T, name, old, new string) {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(content), old) {
		t.Fatalf("%s does not contain %q", name, old)
	}
	write(t, name, strings.Replace(string(content), old, new, 1))
}
