//go:build linux

package cli

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// asNobody starts a program as an ordinary user, in a mount namespace in which
// that user has subordinate ids.
const asNobody = `set -e
mount --bind "$0/subid" /etc/subuid
mount --bind "$0/subid" /etc/subgid
exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
`

// newOrdinaryBuilds are builds of the user nobody, who needs all files in folders
// that are open to everybody.
func newOrdinaryBuilds(t *testing.T) *embeddedBuilds {
	t.Helper()
	for _, name := range []string{"unshare", "setpriv", "newuidmap"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Fatalf("this machine has no %s, which `make lab-up` installs", name)
		}
	}
	b := newEmbeddedBuilds(t)
	home, err := os.MkdirTemp("", "moult-nobody-")
	if err != nil {
		t.Fatal(err)
	}
	b.root, b.tmp = filepath.Join(home, "root"), filepath.Join(home, "tmp")
	t.Cleanup(func() {
		if left := b.left(t); len(left) == 0 {
			os.RemoveAll(home)
		}
	})
	for _, dir := range []string{b.root, b.tmp, filepath.Join(home, "cache"), filepath.Join(home, "runtime")} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	copyFile := func(from, to string, mode fs.FileMode) {
		t.Helper()
		data, err := os.ReadFile(from)
		if err == nil {
			err = os.WriteFile(to, data, mode)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	program, config := filepath.Join(home, "moult"), filepath.Join(home, "buildkitd.toml")
	copyFile(os.Args[0], program, 0o755)
	copyFile(os.Getenv("MOULT_BUILDKIT_CONFIG"), config, 0o644)
	write(t, filepath.Join(home, "subid"), "nobody:100000:65536\n")
	programs := filepath.Join(home, "programs")
	if err := os.CopyFS(programs, os.DirFS(os.Getenv("MOULT_PROGRAMS"))); err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(home, func(name string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(name, 65534, 65534)
	})
	if err != nil {
		t.Fatal(err)
	}
	projects := 0
	b.files = func() string {
		projects++
		dir := filepath.Join(home, fmt.Sprintf("project%d", projects))
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	b.program = []string{"unshare", "--mount", "sh", "-c", asNobody, home, program}
	b.env = append(b.env, "TMPDIR="+b.tmp, "HOME="+home, "MOULT_BUILDKIT_CONFIG="+config, "MOULT_PROGRAMS="+programs,
		"XDG_CACHE_HOME="+filepath.Join(home, "cache"), "XDG_RUNTIME_DIR="+filepath.Join(home, "runtime"), "DOCKER_CONFIG="+home)
	return b
}

// The mounts of such a build are in a namespace that ends with its processes.
func TestAnEmbeddedBuildOfAnOrdinaryUserThatIsEndedLeavesNoProcess(t *testing.T) {
	b := newOrdinaryBuilds(t)
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		cmd, output := b.asleep(t, silent)
		if err := cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
		code := end(t, cmd, output)
		if s == syscall.SIGTERM && code != 1 {
			t.Errorf("%s: exit code %d", s, code)
		}
		// The processes in the namespace end after the one outside, and start others that
		// remove what is left: none is there for half a second.
		for none, tries := 0, 0; none < 5 && tries < 100; tries++ {
			none++
			if len(b.processes()) > 0 {
				none = 0
			}
			time.Sleep(100 * time.Millisecond)
		}
		if left := b.processes(); len(left) > 0 {
			t.Errorf("%s leaves %q", s, left)
		}
		told, err := b.command(b.project(t, "true")).CombinedOutput()
		if err != nil || strings.Contains(string(told), "panic") {
			t.Errorf("after %s the next build fails: %v\n%s", s, err, told)
		}
		if left := b.left(t); len(left) > 0 {
			t.Errorf("after %s and the next build there are %q", s, left)
		}
	}
}
