package builders

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/moby/buildkit/client"
)

// errNoBuildx is the error if buildx is not installed.
var errNoBuildx = errors.New("there is no docker buildx")

// buildxCommand returns the command of buildx: Docker's plugin, or the program
// itself.
func buildxCommand(ctx context.Context) ([]string, error) {
	if _, err := exec.LookPath("docker"); err == nil && exec.CommandContext(ctx, "docker", "buildx", "version").Run() == nil {
		return []string{"docker", "buildx"}, nil
	}
	if _, err := exec.LookPath("buildx"); err == nil {
		return []string{"buildx"}, nil
	}
	return nil, errNoBuildx
}

// currentBuildx connects to the current builder of buildx. It is an error if
// that is Docker's own BuildKit, to which docker connects without buildx.
func currentBuildx(ctx context.Context) (*Builder, error) {
	command, err := buildxCommand(ctx)
	if err != nil {
		return nil, err
	}
	name, driver, err := inspect(ctx, command, "")
	if err != nil {
		return nil, err
	}
	if driver == "docker" {
		return nil, errors.New("docker buildx has no builder of its own")
	}
	return dialStdio(ctx, command, name)
}

// buildx connects to a builder by its name.
func buildx(ctx context.Context, name string) (*Builder, error) {
	command, err := buildxCommand(ctx)
	if err != nil {
		return nil, fmt.Errorf("the builder %s is one of docker buildx: %w", name, err)
	}
	_, driver, err := inspect(ctx, command, name)
	if err != nil {
		return nil, err
	}
	if driver == "docker" {
		return docker(ctx)
	}
	return dialStdio(ctx, command, name)
}

// inspect returns the name and the driver of a builder; an empty name means the
// current builder.
func inspect(ctx context.Context, command []string, name string) (found, driver string, err error) {
	args := append(command[1:], "inspect")
	if name != "" {
		args = append(args, name)
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", "", fmt.Errorf("docker buildx inspect %s: %s", name, strings.TrimSpace(stderr.String()))
	}
	for line := range strings.Lines(string(out)) {
		key, value, _ := strings.Cut(line, ":")
		switch {
		case key == "Name" && found == "":
			found = strings.TrimSpace(value)
		case key == "Driver" && driver == "":
			driver = strings.TrimSpace(value)
		}
	}
	return found, driver, nil
}

// dialStdio connects through buildx, which can reach each of its builders and
// starts those that are not running.
func dialStdio(ctx context.Context, command []string, name string) (*Builder, error) {
	args := append(command[1:], "dial-stdio", "--builder", name, "--progress", "quiet")
	c, err := client.New(ctx, "", client.WithContextDialer(func(context.Context, string) (net.Conn, error) {
		cmd := exec.Command(command[0], args...)
		// A terminal sends ctrl-c to the whole process group. buildx has to run
		// longer, to tell BuildKit that the build is cancelled.
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		return startConn(cmd)
	}))
	if err == nil {
		err = answers(c, func() error { _, err := c.Info(ctx); return err })
	}
	if err != nil {
		return nil, fmt.Errorf("the buildx builder %s does not answer: %w", name, err)
	}
	return &Builder{Client: c, Name: "buildx builder " + name}, nil
}

// conn is a connection over the standard streams of a program.
type conn struct {
	io.Reader
	io.WriteCloser
	cmd  *exec.Cmd
	once sync.Once
}

func startConn(cmd *exec.Cmd) (net.Conn, error) {
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &conn{Reader: out, WriteCloser: in, cmd: cmd}, nil
}

// Close ends the program. The program ends itself at the end of its input.
func (c *conn) Close() error {
	c.once.Do(func() {
		c.WriteCloser.Close()
		done := make(chan struct{})
		go func() { _ = c.cmd.Wait(); close(done) }()
		select {
		case <-done:
		case <-time.After(2 * time.Second):
			c.kill()
		}
	})
	return nil
}

// kill ends the program. If the program has a process group of its own, it also
// ends the programs that it has started.
func (c *conn) kill() {
	if c.cmd.SysProcAttr != nil && c.cmd.SysProcAttr.Setpgid {
		_ = syscall.Kill(-c.cmd.Process.Pid, syscall.SIGKILL)
		return
	}
	_ = c.cmd.Process.Kill()
}

func (c *conn) LocalAddr() net.Addr              { return pipeAddr{} }
func (c *conn) RemoteAddr() net.Addr             { return pipeAddr{} }
func (c *conn) SetDeadline(time.Time) error      { return nil }
func (c *conn) SetReadDeadline(time.Time) error  { return nil }
func (c *conn) SetWriteDeadline(time.Time) error { return nil }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "pipe" }
