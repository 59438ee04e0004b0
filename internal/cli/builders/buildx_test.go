package builders

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// fakeBuildx is a docker whose buildx says its process and its process group in
// a file, and then does what the script says.
func fakeBuildx(t *testing.T, script string) (command []string, said string) {
	t.Helper()
	dir := t.TempDir()
	said = filepath.Join(dir, "said")
	program := filepath.Join(dir, "docker")
	content := "#!/bin/sh\ncut -d' ' -f1,5 /proc/$$/stat > " + said + "\n" + script + "\n"
	if err := os.WriteFile(program, []byte(content), 0o755); err != nil {
		t.Fatal(err)
	}
	return []string{program, "buildx"}, said
}

func TestCtrlCDoesNotReachTheProgramOfAConnection(t *testing.T) {
	command, said := fakeBuildx(t, "exit 1")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := dialStdio(ctx, command, "mine"); err == nil || !strings.Contains(err.Error(), "mine") {
		t.Errorf("it answers: %v", err)
	}
	content, err := os.ReadFile(said)
	if err != nil {
		t.Fatal(err)
	}
	pid, group, _ := strings.Cut(strings.TrimSpace(string(content)), " ")
	if pid == "" || pid != group {
		t.Errorf("process %s is in group %s", pid, group)
	}
}

func TestWhatAProgramHasStartedEndsWithIt(t *testing.T) {
	cmd := exec.Command("sh", "-c", "sleep 60 & wait")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c, err := startConn(cmd)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { _, err := io.ReadAll(c); ended <- err }()
	c.(*conn).kill()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("somebody still holds the connection")
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}
