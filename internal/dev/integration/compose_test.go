package integration

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/moult-build/moult/internal/dev/lab"
)

// TestComposeCopiesChangesIntoTheExamples starts the examples with a
// compose.yaml as their README says, and changes, adds and deletes a file.
func TestComposeCopiesChangesIntoTheExamples(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	for _, c := range []struct{ example, page, file, old, new string }{
		{"digits-api", "/health", "digits/app.py", `"status": "ok"`, `"status": "changed"`},
		{"django", "/health", "welcome/views.py", `HttpResponse("ok\n"`, `HttpResponse("changed\n"`},
	} {
		t.Run(c.example, func(t *testing.T) {
			e := newEngine(t, l.OnEngine(t, "docker-trixie"), "docker-trixie", false)
			w := watch(t, e, c.example)
			w.until(t, "ok", "python", "-c", "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8000"+c.page+"').read())")
			edit(t, filepath.Join(w.dir, c.file), c.old, c.new)
			w.until(t, "changed", "python", "-c", "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8000"+c.page+"').read())")

			extra := filepath.Join(filepath.Dir(c.file), "extra.py")
			write(t, filepath.Join(w.dir, extra), "")
			w.until(t, "extra.py", "ls", "/app/"+filepath.Dir(c.file))
			if err := os.Remove(filepath.Join(w.dir, c.file)); err != nil {
				t.Fatal(err)
			}
			w.until(t, "[gone]", "sh", "-c", "test -e /app/"+c.file+" || echo '[gone]'")
		})
	}
}

// watched is a project that Compose runs and watches.
type watched struct {
	*engine
	dir   string
	files []string // -f and its values
	log   *strings.Builder
}

// watch builds and starts an example with Compose, and copies its changes into
// the container until the end of the test.
func watch(t *testing.T, e *engine, name string) *watched {
	t.Helper()
	w := &watched{engine: e, dir: e.syntax(t, example(t, name)), log: &strings.Builder{}}
	// An image of the engine's own store goes before the registry's, and may be older.
	e.must(t, "", "docker", "pull", "--quiet", e.Image("moult:dev"))
	// A port of the machine may be another test's.
	override := "services:\n  web:\n    image: compose-" + name + "\n    ports: !reset []\n"
	if e.CA != "" {
		override += "    build:\n      secrets: [ca-certificates]\nsecrets:\n  ca-certificates:\n    file: " + e.CA + "\n"
	}
	// Not in the project's folder, which the build sends.
	lab := filepath.Join(t.TempDir(), "lab.yaml")
	write(t, lab, override)
	w.files = []string{"-f", filepath.Join(w.dir, "compose.yaml"), "-f", lab, "-p", fmt.Sprintf("moult-%s-%d", name, os.Getpid())}
	t.Cleanup(func() {
		cmd := w.compose(t, "down", "--timeout", "1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("compose down: %v\n%s", err, out)
		}
	})
	if out, err := w.compose(t, "up", "--detach", "--build").CombinedOutput(); err != nil {
		t.Fatalf("compose up: %v\n%s", err, out)
	}
	cmd := w.compose(t, "watch", "--no-up")
	cmd.Stdout, cmd.Stderr = w.log, w.log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(w.log.String())
		}
	})
	return w
}

// compose is a command of docker compose; it outlives the test's context, for
// the cleanup.
func (w *watched) compose(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("docker", append(append([]string{"compose"}, w.files...), args...)...)
	cmd.Dir = w.dir
	cmd.Env = append(os.Environ(), "DOCKER_HOST="+w.State.Docker, "DOCKER_CONFIG="+w.config, "BUILDX_BUILDER="+w.builder())
	return cmd
}

// until runs a command in the container until its output holds a text.
func (w *watched) until(t *testing.T, text string, argv ...string) {
	t.Helper()
	var out []byte
	for end := time.Now().Add(90 * time.Second); time.Now().Before(end); time.Sleep(300 * time.Millisecond) {
		out, _ = w.compose(t, append([]string{"exec", "-T", "web"}, argv...)...).CombinedOutput()
		if strings.Contains(string(out), text) {
			return
		}
	}
	logs, _ := w.compose(t, "logs").CombinedOutput()
	t.Fatalf("%q is not in the output of %q:\n%s\nthe container says:\n%s", text, argv, out, logs)
}
