package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Container says how the lab's Docker Engine runs an image.
type Container struct {
	// Image is a reference that the engine can pull, e.g. l.Image("hello:1"), or that it has.
	Image string
	// Args replace the image's command.
	Args []string
	// Entrypoint replaces the image's entrypoint; empty keeps it.
	Entrypoint string
	Env        map[string]string
	// ReadOnly mounts the root file system read-only, with a tmpfs at each of Tmpfs.
	ReadOnly bool
	Tmpfs    []string
	// User replaces the image's user.
	User string
	// Network is "", for the engine's bridge, or "host" or "none".
	Network string
	// Port is where the container's server listens; Get and Running.URL use it.
	Port int
}

// Running is a started container.
type Running struct {
	lab *Lab
	ID  string
	// URL is the address of the container's server for the test: http://ADDRESS:PORT.
	URL string
}

// Arguments returns the arguments of docker run or docker create.
func (c Container) Arguments() []string {
	var args []string
	if c.ReadOnly {
		args = append(args, "--read-only")
	}
	for _, dir := range c.Tmpfs {
		args = append(args, "--tmpfs", dir)
	}
	for name, value := range c.Env {
		args = append(args, "--env", name+"="+value)
	}
	if c.User != "" {
		args = append(args, "--user", c.User)
	}
	if c.Network != "" {
		args = append(args, "--network", c.Network)
	}
	if c.Entrypoint != "" {
		args = append(args, "--entrypoint", c.Entrypoint)
	}
	return append(append(args, c.Image), c.Args...)
}

// Docker runs the docker client against the lab's engine and returns what it prints on stdout.
func (l *Lab) Docker(ctx context.Context, args ...string) (string, error) {
	if l.State.Docker == "" {
		return "", errors.New("the lab has no Docker Engine; `make lab-up` says why")
	}
	cmd := exec.CommandContext(ctx, "docker", args...)
	cmd.Env = append(os.Environ(), "DOCKER_HOST="+l.State.Docker, "DOCKER_CONFIG="+filepath.Join(l.Dir, "docker"))
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return stdout.String(), fmt.Errorf("docker %s: %w\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return stdout.String(), nil
}

// Output runs the container to its end and returns what it prints on stdout. It pulls an image of the lab's registry. A
// command that fails gives an error with what it printed on stderr.
func (l *Lab) Output(ctx context.Context, c Container) (string, error) {
	if err := l.pull(ctx, c.Image); err != nil {
		return "", err
	}
	return l.Docker(ctx, append([]string{"run", "--rm"}, c.Arguments()...)...)
}

// pull pulls an image of the lab's registry, because its tag may have changed since the engine pulled it.
func (l *Lab) pull(ctx context.Context, image string) error {
	if !strings.HasPrefix(image, l.Registry+"/") {
		return nil
	}
	_, err := l.Docker(ctx, "pull", "--quiet", image)
	return err
}

// Start runs a container in the background until the test ends.
func (l *Lab) Start(t testing.TB, c Container) *Running {
	t.Helper()
	ctx := t.Context()
	if err := l.pull(ctx, c.Image); err != nil {
		t.Fatal(err)
	}
	out, err := l.Docker(ctx, append([]string{"run", "--detach"}, c.Arguments()...)...)
	if err != nil {
		t.Fatal(err)
	}
	r := &Running{lab: l, ID: strings.TrimSpace(out)}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the container's log:\n%s", r.Log(context.Background()))
		}
		if _, err := l.Docker(context.Background(), "rm", "--force", "--volumes", r.ID); err != nil {
			t.Error(err)
		}
	})
	address := "127.0.0.1"
	if c.Network == "" {
		if address, err = l.Docker(ctx, "inspect", "--format", "{{.NetworkSettings.IPAddress}}", r.ID); err != nil {
			t.Fatal(err)
		}
	}
	r.URL = fmt.Sprintf("http://%s:%d", strings.TrimSpace(address), c.Port)
	return r
}

// Log returns the output of the container so far, stdout and stderr.
func (r *Running) Log(ctx context.Context) string {
	cmd := exec.CommandContext(ctx, "docker", "logs", r.ID)
	cmd.Env = append(os.Environ(), "DOCKER_HOST="+r.lab.State.Docker)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Sprintf("%s\n%v", out, err)
	}
	return string(out)
}

// Exec runs a command in the running container and returns what it prints on stdout.
func (r *Running) Exec(ctx context.Context, args ...string) (string, error) {
	return r.lab.Docker(ctx, append([]string{"exec", r.ID}, args...)...)
}

// Get requests a path from the container's server until there is an answer, for up to 30 seconds. It returns the status
// and the body. It fails at once if the container has ended.
func (r *Running) Get(ctx context.Context, path string) (int, string, error) {
	client := &http.Client{Timeout: 10 * time.Second}
	var last error
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.URL+path, nil)
		if err != nil {
			return 0, "", err
		}
		response, err := client.Do(request)
		if err == nil {
			body, err := io.ReadAll(response.Body)
			response.Body.Close()
			return response.StatusCode, string(body), err
		}
		last = err
		if state, err := r.state(ctx); err == nil && !state.Running {
			return 0, "", fmt.Errorf("the container ended with code %d:\n%s", state.ExitCode, r.Log(ctx))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return 0, "", errors.Join(fmt.Errorf("%s%s does not answer", r.URL, path), last)
}

// containerState is the part of docker inspect's answer that this package reads.
type containerState struct {
	Running  bool
	ExitCode int
}

func (r *Running) state(ctx context.Context) (containerState, error) {
	var s containerState
	out, err := r.lab.Docker(ctx, "inspect", "--format", "{{json .State}}", r.ID)
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal([]byte(out), &s)
}
