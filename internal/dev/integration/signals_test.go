package integration

import (
	"errors"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/moult-build/moult/internal/dev/lab"
	"github.com/moult-build/moult/internal/step/protocol"
)

// Each program of the steps runs as the first process of a namespace, as in a
// container, and waits for something that never comes.
func TestTheProgramsOfStepsEndWhenTheyAreTold(t *testing.T) {
	t.Parallel()
	lab.Need(t) // it is where tests are root
	dir := t.TempDir()
	archive := filepath.Join(dir, "archive.tar")
	wheel := filepath.Join(dir, "demo-1.0-py3-none-any.whl")
	for _, name := range []string{archive, wheel} {
		if err := syscall.Mkfifo(name, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	out := filepath.Join(dir, "out")
	for name, command := range map[string]protocol.Command{
		"a command of the project": protocol.Run{Command: []string{"sleep", "1000"}},
		"an archive":               protocol.Unpack{Archive: archive, Output: out},
		"the wheels":               protocol.InstallWheels{Prefix: "/opt/venv", Python: "3.13", Output: out, Wheels: []string{wheel}},
	} {
		for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
			t.Run(name+", "+signal.String(), func(t *testing.T) {
				args := command.Args()
				cmd := exec.CommandContext(t.Context(), filepath.Join(tools(t), filepath.Base(args[0])), args[1:]...)
				cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID}
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				ended := make(chan error, 1)
				go func() { ended <- cmd.Wait() }()
				time.Sleep(300 * time.Millisecond)
				select {
				case err := <-ended:
					t.Fatalf("it did not wait: %v", err)
				default:
				}
				if err := cmd.Process.Signal(signal); err != nil {
					t.Fatal(err)
				}
				select {
				case err := <-ended:
					var exit *exec.ExitError
					if !errors.As(err, &exit) || exit.ExitCode() != 128+int(signal) {
						t.Errorf("it ended with %v", err)
					}
				case <-time.After(10 * time.Second):
					_ = cmd.Process.Kill()
					t.Error("it has not ended")
				}
			})
		}
	}
}
