//go:build linux

package cli

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// embeddedBuilds runs builds with the embedded BuildKit as processes of their
// own, which share one folder for the cache.
type embeddedBuilds struct {
	root, tmp, builder string
	// seconds is the argument by which the processes of a step are found.
	seconds string
	env     []string
	// program is what runs, with the arguments that come first; files is where
	// projects are written.
	program []string
	files   func() string
}

func newEmbeddedBuilds(t *testing.T) *embeddedBuilds {
	t.Helper()
	inLab(t)
	if os.Geteuid() != 0 {
		t.Skip("rootless needs a program of its own, which is not the test's")
	}
	root, err := os.MkdirTemp("", "moult-ended-")
	if err != nil {
		t.Fatal(err)
	}
	b := &embeddedBuilds{program: os.Args[:1], files: t.TempDir, root: root, builder: "embedded", tmp: t.TempDir(), seconds: fmt.Sprint(4000 + os.Getpid())}
	b.env = append(os.Environ(), asProgram+"=1", "PATH="+os.Getenv("PATH")+":/usr/sbin:/sbin", "TMPDIR="+b.tmp, "TOKEN=hidden")
	t.Cleanup(func() {
		if left := b.left(t); len(left) == 0 {
			os.RemoveAll(root) // never through a mount
		}
	})
	return b
}

// project has a step that sees a secret and sleeps.
func (b *embeddedBuilds) project(t *testing.T, command string) string {
	t.Helper()
	dir := b.files()
	write(t, filepath.Join(dir, "moult.toml"), `python = "3.13"
cmd = ["python3", "main.py"]
[[steps]]
run = ["sh", "-c", "`+command+`"]
secrets = ["token"]
inputs = []
outputs = []
`)
	write(t, filepath.Join(dir, "main.py"), "print('here')\n")
	return dir
}

func (b *embeddedBuilds) command(dir string) *exec.Cmd {
	args := append(slices.Clone(b.program), "build", "--builder", b.builder, "--progress", "plain", "--root", b.root, "--secret", "id=token,env=TOKEN", dir)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = b.env
	// A group of its own, because a signal must reach this process alone.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

// sleeps reports whether a step of a build runs.
func (b *embeddedBuilds) sleeps() bool { return len(b.processes()) > 0 }

// processes are the command lines of a build's steps.
func (b *embeddedBuilds) processes() []string {
	var all []string
	commands, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		return []string{err.Error()}
	}
	for _, name := range commands {
		content, err := os.ReadFile(name)
		if err == nil && slices.ContainsFunc(bytes.Split(content, []byte{0}), func(arg []byte) bool {
			return string(arg) == b.seconds || bytes.HasPrefix(arg, []byte(b.root+"/"))
		}) {
			all = append(all, "process "+strings.ReplaceAll(string(content), "\x00", " "))
		}
	}
	return all
}

// left lists the processes and the mounts that a build has left, and its
// temporary files.
func (b *embeddedBuilds) left(t *testing.T) []string {
	t.Helper()
	all := b.processes()
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(mounts)) {
		// Also one elsewhere of a layer that is there.
		if strings.Contains(line, b.root+"/") || strings.Contains(line, b.tmp+"/") {
			all = append(all, "mount "+strings.Fields(line)[4])
		}
	}
	files, err := filepath.Glob(filepath.Join(b.tmp, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		all = append(all, "file "+name)
	}
	bundles, err := filepath.Glob(filepath.Join(b.root, "runc-*/executor/*/config.json"))
	if err != nil {
		t.Fatal(err)
	}
	return append(all, bundles...)
}

// What a step does after it has said that it sleeps. One that writes ends by
// itself when nobody reads any more.
const (
	writes = "while sleep 1; do echo more; done"
	silent = "wait"
)

// asleep starts a build and waits until its step sleeps; output is where it
// writes.
func (b *embeddedBuilds) asleep(t *testing.T, then string) (cmd *exec.Cmd, output *os.File) {
	t.Helper()
	cmd = b.command(b.project(t, "cat /run/secrets/token >/dev/null && echo it sleeps; sleep "+b.seconds+" & "+then))
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	cmd.Stdout, cmd.Stderr = w, w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	if err := r.SetReadDeadline(time.Now().Add(3 * time.Minute)); err != nil {
		t.Fatal(err)
	}
	var told strings.Builder
	for s := bufio.NewReader(r); ; {
		line, err := s.ReadString('\n')
		told.WriteString(line)
		if err != nil {
			_ = cmd.Process.Kill()
			t.Fatalf("the step did not begin: %v\n%s", err, told.String())
		}
		// Not the step's name, but its output.
		if strings.HasSuffix(strings.TrimSpace(line), " it sleeps") {
			break
		}
	}
	// It says so before it does: on a busy machine a killed build would be looked at in between.
	asleep := func(process string) bool { return strings.HasPrefix(process, "process sleep "+b.seconds) }
	for range 500 {
		if slices.ContainsFunc(b.processes(), asleep) {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if len(b.left(t)) < 3 {
		t.Fatalf("the running build has only %q, so nothing is tested", b.left(t))
	}
	return cmd, r
}

// end waits until a process ends, and returns its exit code; -1 for a signal.
func end(t *testing.T, cmd *exec.Cmd, output *os.File) int {
	t.Helper()
	_ = output.SetReadDeadline(time.Now().Add(time.Minute))
	go func() { _, _ = io.Copy(io.Discard, output) }()
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case err := <-done:
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return cmd.ProcessState.ExitCode()
	case <-time.After(30 * time.Second):
		_ = cmd.Process.Kill()
		t.Fatal("it runs on")
	}
	return 0
}

func TestAnEmbeddedBuildThatIsEndedLeavesNothing(t *testing.T) {
	b := newEmbeddedBuilds(t)
	send := func(signals ...syscall.Signal) func(*exec.Cmd, *os.File) {
		return func(cmd *exec.Cmd, _ *os.File) {
			for n, s := range signals {
				if n > 0 {
					time.Sleep(2 * sameSignal)
				}
				_ = cmd.Process.Signal(s)
			}
		}
	}
	for _, test := range []struct {
		name string
		end  func(*exec.Cmd, *os.File)
		code int
	}{
		{"SIGINT", send(syscall.SIGINT), 1},
		{"SIGTERM", send(syscall.SIGTERM), 1},
		{"SIGHUP", send(syscall.SIGHUP), 1},
		{"an output that is closed", func(_ *exec.Cmd, output *os.File) { output.Close() }, exitPipe},
	} {
		cmd, output := b.asleep(t, writes)
		start := time.Now()
		test.end(cmd, output)
		if code := end(t, cmd, output); code != test.code {
			t.Errorf("%s: exit code %d, want %d", test.name, code, test.code)
		}
		t.Logf("%s: ended after %s", test.name, time.Since(start).Round(time.Millisecond))
		if left := b.left(t); len(left) > 0 {
			t.Errorf("%s leaves %q", test.name, left)
		}
	}
}

func TestTheNextEmbeddedBuildRemovesWhatAKilledOneLeaves(t *testing.T) {
	b := newEmbeddedBuilds(t)
	next := func() {
		t.Helper()
		cmd := b.command(b.project(t, "true"))
		if told, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("the next build fails: %v\n%s", err, told)
		}
		if left := b.left(t); len(left) > 0 {
			t.Errorf("after the next build there are %q", left)
		}
	}
	// While the base is unpacked.
	cmd := b.command(b.project(t, "true"))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for range 600 {
		if slices.ContainsFunc(b.left(t), func(one string) bool { return strings.Contains(one, "containerd-mount") }) {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if left := b.left(t); len(left) == 0 {
		t.Error("SIGKILL leaves nothing while the base is unpacked, so nothing is tested")
	}
	next()

	// In a step.
	cmd, output := b.asleep(t, silent)
	_ = cmd.Process.Kill()
	end(t, cmd, output)
	if len(b.processes()) == 0 {
		t.Error("SIGKILL ends the step, so nothing is tested")
	}
	next()
}
