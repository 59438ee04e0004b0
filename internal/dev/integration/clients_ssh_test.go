//go:build clients

package integration

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/moult-build/moult/internal/dev/lab"
)

// sshd starts an SSH server, behind which buildctl finds the lab's BuildKit, and puts an ssh with the key for it first in
// PATH. It gives the server's address.
func sshd(t *testing.T, l *lab.Lab) string {
	t.Helper()
	dir, err := os.MkdirTemp(l.Dir, "sshd-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	port := freePort(t)
	for _, name := range []string{"host", "user"} {
		if out, err := exec.CommandContext(t.Context(), "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(dir, name)).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	read := func(name string) string {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	write(t, filepath.Join(dir, "authorized"), read("user.pub"))
	write(t, filepath.Join(dir, "known"), fmt.Sprintf("[127.0.0.1]:%d %s", port, read("host.pub")))
	write(t, filepath.Join(dir, "sshd_config"), fmt.Sprintf(`Port %d
ListenAddress 127.0.0.1
HostKey %s/host
AuthorizedKeysFile %s/authorized
PasswordAuthentication no
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
PidFile none
SetEnv BUILDKIT_HOST=%s PATH=%s/bin:/usr/bin:/bin
`, port, dir, dir, l.Buildkit, l.Dir))
	write(t, filepath.Join(dir, "ssh_config"), fmt.Sprintf("Host *\n  IdentityFile %s/user\n  UserKnownHostsFile %s/known\n  BatchMode yes\n", dir, dir))
	ssh, err := exec.LookPath("ssh")
	if err != nil {
		t.Fatal(err)
	}
	// ssh looks for its configuration in the home that passwd names.
	write(t, filepath.Join(dir, "programs", "ssh"), fmt.Sprintf("#!/bin/sh\nexec %s -F %s/ssh_config \"$@\"\n", ssh, dir))
	if err := os.Chmod(filepath.Join(dir, "programs", "ssh"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", filepath.Join(dir, "programs")+":"+os.Getenv("PATH"))

	// The server wants a folder that the root file system's start makes.
	cmd := exec.Command(filepath.Join(l.Dir, "bin", "lab"), "enter", filepath.Join(l.Dir, "engines", "roots", "clients"), l.Dir,
		"/bin/sh", "-c", "mkdir -p /run/sshd && exec /usr/sbin/sshd -D -e -f "+dir+"/sshd_config")
	var log strings.Builder
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // its end is seen below, or asked for
		close(ended)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
		if t.Failed() {
			t.Logf("the SSH server printed:\n%s", log.String())
		}
	})
	address := fmt.Sprintf("127.0.0.1:%d", port)
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if c, err := net.Dial("tcp", address); err == nil {
			c.Close()
			return address
		}
	}
	t.Fatal("the SSH server does not answer")
	return ""
}

func TestABuilderBehindSSHBuilds(t *testing.T) {
	l := lab.Need(t)
	address := "ssh://root@" + sshd(t, l)
	e := newEngine(t, l, "newest", true)
	ref := l.Image("client-hello:local")
	e.build(t, e.syntax(t, example(t, "hello")), "-t", ref, "--push")
	expected := e.pushed(t, ref, "")

	e.must(t, "", "docker", "buildx", "create", "--name", "behind-ssh", "--driver", "remote", address)
	ref = l.Image("client-hello:ssh")
	e.build(t, e.syntax(t, example(t, "hello")), "--builder", "behind-ssh", "-t", ref, "--push")
	sameLines(t, expected, e.pushed(t, ref, ""))

	moult, err := filepath.Abs("../../../bin/moult")
	if err != nil {
		t.Fatal(err)
	}
	for name, builder := range map[string]string{"by-builder": "behind-ssh", "by-address": address} {
		ref := l.Image("client-hello:" + name)
		e.must(t, e.syntax(t, example(t, "hello")), append([]string{moult, "build", "--builder", builder, "-t", ref, "--push"}, authorities(l)...)...)
		sameLines(t, expected, e.pushed(t, ref, ""))
	}
}
