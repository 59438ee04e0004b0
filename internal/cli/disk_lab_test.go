//go:build linux

package cli

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/moult-build/moult/internal/dev/lab"
)

// disk is a small disk with the state of a builder. The temporary files of a
// daemon are in tmp, which is no part of it: what is full is where the state is.
type disk struct{ dir, tmp string }

// newDisk mounts a disk of a size such as "110m".
func newDisk(t *testing.T, size string) disk {
	t.Helper()
	// The path of a socket is short.
	root, err := os.MkdirTemp("", "moult-disk-")
	if err != nil {
		t.Fatal(err)
	}
	d := disk{filepath.Join(root, "disk"), filepath.Join(root, "tmp")}
	if err := errors.Join(os.Mkdir(d.dir, 0o755), os.Mkdir(d.tmp, 0o755)); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", d.dir, "tmpfs", 0, "size="+size); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		d.tidy(t)
		// A mount elsewhere of one of its folders would hold its memory.
		if left := d.mounts(t); len(left) > 0 {
			t.Errorf("these mounts cannot be removed: %q", left)
			return
		}
		if err := syscall.Unmount(d.dir, 0); err != nil {
			t.Error(err)
			return
		}
		if err := os.RemoveAll(root); err != nil {
			t.Error(err)
		}
	})
	return d
}

func (d disk) resize(t *testing.T, size string) {
	t.Helper()
	if err := syscall.Mount("", d.dir, "", syscall.MS_REMOUNT, "size="+size); err != nil {
		t.Fatal(err)
	}
}

// tidy removes what a daemon that was killed has left.
func (d disk) tidy(t *testing.T) {
	t.Helper()
	bundles, err := filepath.Glob(filepath.Join(d.dir, "root/runc-*/executor/*/config.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range bundles {
		_ = exec.Command("runc", "delete", "--force", filepath.Base(filepath.Dir(b))).Run()
	}
	for _, at := range d.mounts(t) {
		_ = syscall.Unmount(at, syscall.MNT_DETACH)
	}
}

// mounts lists the mount points of the disk's folders, wherever they are, and
// those below the disk and the temporary files. The deepest is first.
func (d disk) mounts(t *testing.T) []string {
	t.Helper()
	var info syscall.Stat_t
	if err := syscall.Stat(d.dir, &info); err != nil {
		t.Fatal(err)
	}
	device := fmt.Sprintf("%d:%d", unix.Major(info.Dev), unix.Minor(info.Dev))
	table, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	var points []string
	for line := range strings.Lines(string(table)) {
		// A bind mount names the folder within the disk and the device, and not where the disk is mounted.
		fields := strings.Fields(line)
		if at := fields[4]; at != d.dir && (fields[2] == device || strings.Contains(line, d.dir+"/") || strings.HasPrefix(at, d.tmp+"/")) {
			points = append(points, at)
		}
	}
	slices.Reverse(points)
	return points
}

// daemon starts a buildkitd with its state on the disk.
func (d disk) daemon(t *testing.T, l *lab.Lab) (cmd *exec.Cmd, address string) {
	t.Helper()
	address = "unix://" + filepath.Join(d.dir, "sock")
	argv := lab.BuildkitCommand(filepath.Join(l.Dir, "bin", "buildkitd"), os.Getenv("MOULT_BUILDKIT_CONFIG"), filepath.Join(d.dir, "root"), address)
	cmd = exec.Command(argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), "PATH="+os.Getenv("PATH")+":/usr/sbin:/sbin", "TMPDIR="+d.tmp)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	})
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if _, err := os.Stat(filepath.Join(d.dir, "sock")); err == nil {
			return cmd, address
		}
	}
	t.Fatal("the daemon does not begin")
	return nil, ""
}

// oneError is the message of a build that fails, which has only one.
func oneError(t *testing.T, cmd *exec.Cmd, code int) string {
	t.Helper()
	told, err := cmd.CombinedOutput()
	if err == nil || cmd.ProcessState.ExitCode() != code {
		t.Fatalf("exit code %d, want %d\n%s", cmd.ProcessState.ExitCode(), code, told)
	}
	// BuildKit's progress marks the step that failed, too: "#7 ERROR: ...".
	_, message, found := strings.Cut(string(told), "\nERROR: ")
	if !found || strings.Contains(message, "\nERROR: ") || strings.Contains(string(told), "panic") {
		t.Errorf("it says\n%s", told)
	}
	return strings.TrimSpace(message)
}

func succeeds(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if told, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("the next build fails: %v\n%s", err, told)
	}
}

// prune frees the disk of a daemon. On a full one this fails, too, until the daemon
// has removed what the failed step has written, which it does after a minute.
func prune(t *testing.T, buildctl, address string) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(time.Second) {
		told, err := exec.Command(buildctl, "--addr", address, "prune").CombinedOutput()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%v\n%s", err, told)
		}
	}
}

func TestAFullDiskIsOneErrorAndTheNextBuildWorks(t *testing.T) {
	b := newEmbeddedBuilds(t)
	l := lab.Need(t)
	for _, builder := range []string{"embedded", "daemon"} {
		t.Run(builder, func(t *testing.T) {
			d := newDisk(t, "110m") // not enough for the base
			c := *b
			c.root, c.builder = filepath.Join(d.dir, "root"), builder
			if builder == "daemon" {
				_, c.builder = d.daemon(t, l)
			}
			message := oneError(t, c.command(c.project(t, "true")), 1)
			for _, want := range []string{"the builder's disk is full", "python:3.13-slim", "no space left on device"} {
				if !strings.Contains(message, want) || strings.Contains(message, "\n") {
					t.Errorf("%q does not contain %q", message, want)
				}
			}
			d.resize(t, "300m")
			succeeds(t, c.command(c.project(t, "true")))

			// A step fills the disk.
			cmd := c.command(c.project(t, "head -c 400m /dev/zero >/srv/large"))
			told, err := cmd.CombinedOutput()
			if err == nil || !strings.Contains(string(told), "No space left on device") {
				t.Errorf("%v\n%s", err, told)
			}
			if builder == "daemon" {
				prune(t, filepath.Join(l.Dir, "bin", "buildctl"), c.builder)
			}
			succeeds(t, c.command(c.project(t, "true || false")))
		})
	}
}

func TestADaemonThatGoesAwayIsOneErrorAndTheNextBuildWorks(t *testing.T) {
	b := newEmbeddedBuilds(t)
	l := lab.Need(t)
	d := newDisk(t, "300m")
	c := *b
	daemon, address := d.daemon(t, l)
	c.builder = address
	cmd := c.command(c.project(t, "sleep "+c.seconds))
	go func() {
		for range 600 {
			if c.sleeps() {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		_ = daemon.Process.Kill()
	}()
	message := oneError(t, cmd, ExitTemporary)
	if want := "BuildKit at " + address + " has ended during the build"; !strings.HasPrefix(message, want) || strings.Contains(message, "\n") {
		t.Errorf("it says %q, want %q", message, want)
	}
	_ = daemon.Wait()
	d.tidy(t)
	if err := os.Remove(filepath.Join(d.dir, "sock")); err != nil {
		t.Fatal(err)
	}
	d.daemon(t, l)
	succeeds(t, c.command(c.project(t, "true")))
}
