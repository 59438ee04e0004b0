package applications

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/moult-build/moult/internal/dev/lab"
)

// Image is what was measured of one image.
type Image struct {
	// First and Second are the seconds that the first build took, with an empty
	// cache of its steps, and the build after a change of the code.
	First  float64 `json:"first"`
	Second float64 `json:"second,omitempty"`
	// Size is the size in the engine, in bytes.
	Size int64 `json:"size"`
}

// Result is the result of one application.
type Result struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Moult   *Image `json:"moult,omitempty"`
	// Own is the image of its own Dockerfile.
	Own *Image `json:"own,omitempty"`
	// Error says what failed, OwnError what failed of its own Dockerfile.
	Error    string `json:"error,omitempty"`
	OwnError string `json:"ownError,omitempty"`
}

// Bench is where applications are tried.
type Bench struct {
	Lab *lab.Lab
	// Moult is the path of the command line, BuildFiles the folder
	// docs/applications/built, Work a folder for sources.
	Moult, BuildFiles, Work string
	// Own also builds the applications' own Dockerfiles.
	Own bool
	// Cached uses the cache of earlier builds, so that no time is measured.
	Cached bool
	// Limit is the longest that one build may take.
	Limit time.Duration
}

// Try builds, starts and calls one application.
func (b *Bench) Try(ctx context.Context, a Application) Result {
	r := Result{Name: a.Name, Version: a.Version}
	dir := filepath.Join(b.Work, "sources", a.Name)
	defer os.RemoveAll(dir)
	image, err := b.moult(ctx, a, dir)
	if err != nil {
		r.Error = err.Error()
		return r
	}
	r.Moult = image
	if b.Own && a.compares() {
		if r.Own, err = b.own(ctx, a, dir); err != nil {
			r.OwnError = err.Error()
		}
	}
	return r
}

// moult builds the image with the build file, and calls it.
func (b *Bench) moult(ctx context.Context, a Application, dir string) (*Image, error) {
	if err := a.Fetch(ctx, filepath.Join(b.Work, "sdists"), dir); err != nil {
		return nil, err
	}
	content, err := os.ReadFile(filepath.Join(b.BuildFiles, a.Name+".toml"))
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "moult.toml"), content, 0o644); err != nil {
		return nil, err
	}
	ref := "applications/" + a.Name + ":moult"
	args := []string{"build", "--progress", "plain", "--tag", ref, "--load", "--file", filepath.Join(dir, "moult.toml")}
	if b.Lab.CA != "" {
		args = append(args, "--secret", "id=ca-certificates,src="+b.Lab.CA)
	}
	image, err := b.measure(ctx, a, dir, ref, func(more ...string) (string, error) {
		return b.run(ctx, b.Moult, append(append(slices.Clone(args), more...), dir)...)
	})
	if err != nil {
		return nil, err
	}
	defer b.forget(ctx, ref)
	return image, b.call(ctx, a, ref)
}

// own builds the image with the project's own Dockerfile, or that of the guides.
func (b *Bench) own(ctx context.Context, a Application, dir string) (*Image, error) {
	if err := a.Fetch(ctx, filepath.Join(b.Work, "sdists"), dir); err != nil {
		return nil, err
	}
	dockerfile := filepath.Join(dir, filepath.FromSlash(a.Dockerfile))
	if a.Guide {
		// Beside the sources, so that it is not among them.
		dockerfile = filepath.Join(b.Work, "guide.Dockerfile")
		if err := os.WriteFile(dockerfile, guide, 0o644); err != nil {
			return nil, err
		}
	}
	ref := "applications/" + a.Name + ":own"
	args := []string{"buildx", "build", "--progress", "plain", "--tag", ref, "--load", "--file", dockerfile}
	if b.Lab.CA != "" {
		args = append(args, "--secret", "id=ca-certificates,src="+b.Lab.CA, "--build-arg", "PIP_CERT=/run/secrets/ca-certificates")
	}
	for _, from := range slices.Sorted(maps.Keys(a.Bases)) {
		args = append(args, "--build-context", from+"=docker-image://"+a.Bases[from])
	}
	image, err := b.measure(ctx, a, dir, ref, func(more ...string) (string, error) {
		return b.run(ctx, "docker", append(append(slices.Clone(args), more...), dir)...)
	})
	if err == nil {
		b.forget(ctx, ref)
	}
	return image, err
}

// measure builds an image. If there is another to compare it with, it builds it
// a second time, after a change of the code.
func (b *Bench) measure(ctx context.Context, a Application, dir, ref string, build func(more ...string) (string, error)) (*Image, error) {
	image := &Image{}
	timed := func(more ...string) (float64, error) {
		start := time.Now()
		out, err := build(more...)
		if err != nil {
			return 0, fmt.Errorf("%w\n%s", err, tail(out))
		}
		return time.Since(start).Round(100 * time.Millisecond).Seconds(), nil
	}
	var err error
	if b.Cached {
		_, err = timed()
	} else {
		image.First, err = timed("--no-cache")
	}
	if err != nil {
		return nil, err
	}
	if a.Edit != "" && a.compares() {
		if err := appendTo(filepath.Join(dir, filepath.FromSlash(a.Edit)), "\n# changed\n"); err != nil {
			return nil, err
		}
		if image.Second, err = timed(); err != nil {
			return nil, err
		}
	}
	size, err := b.Lab.Docker(ctx, "image", "inspect", "--format", "{{.Size}}", ref)
	if err != nil {
		return nil, err
	}
	image.Size, err = strconv.ParseInt(strings.TrimSpace(size), 10, 64)
	return image, err
}

func appendTo(name, text string) error {
	f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// call starts the image and compares its answer.
func (b *Bench) call(ctx context.Context, a Application, ref string) error {
	c := lab.Container{Image: ref, Args: a.Args, ReadOnly: a.ReadOnly}
	if a.ReadOnly {
		c.Tmpfs = append([]string{"/tmp"}, a.Tmpfs...)
	}
	if a.Port == 0 {
		out, err := b.run(ctx, "docker", append([]string{"run", "--rm"}, c.Arguments()...)...)
		if err != nil || !strings.Contains(out, a.Expect) {
			return fmt.Errorf("with the arguments %q it does not print %q: %v\n%s", a.Args, a.Expect, err, tail(out))
		}
		return nil
	}
	id, err := b.Lab.Docker(ctx, append([]string{"run", "--detach"}, c.Arguments()...)...)
	if err != nil {
		return err
	}
	id = strings.TrimSpace(id)
	defer func() { _, _ = b.Lab.Docker(context.WithoutCancel(ctx), "rm", "--force", "--volumes", id) }()
	if err := b.answers(ctx, a, id); err != nil {
		logs, _ := b.run(ctx, "docker", "logs", "--tail", "25", id)
		return fmt.Errorf("%w; its log:\n%s", err, tail(logs))
	}
	return nil
}

// answers waits until the server answers as wanted.
func (b *Bench) answers(ctx context.Context, a Application, id string) error {
	out, err := b.Lab.Docker(ctx, "inspect", "--format", "{{json .NetworkSettings.Networks}}", id)
	if err != nil {
		return err
	}
	var networks map[string]struct{ IPAddress string }
	if err := json.Unmarshal([]byte(out), &networks); err != nil {
		return err
	}
	var last error
	for deadline := time.Now().Add(4 * time.Minute); time.Now().Before(deadline) && ctx.Err() == nil; time.Sleep(500 * time.Millisecond) {
		for _, n := range networks {
			if last = a.ask(ctx, n.IPAddress); last == nil {
				return nil
			}
		}
		running, err := b.Lab.Docker(ctx, "inspect", "--format", "{{.State.Running}}", id)
		if err != nil || strings.TrimSpace(running) != "true" {
			return errors.Join(errors.New("the container has ended"), err)
		}
	}
	return errors.Join(last, ctx.Err())
}

// ask sends one request and compares the answer.
func (a Application) ask(ctx context.Context, address string) error {
	client := &http.Client{Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	url := fmt.Sprintf("http://%s:%d%s", address, a.Port, a.Path)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return err
	}
	if response.StatusCode != a.Status || !strings.Contains(string(body), a.Expect) {
		return fmt.Errorf("%s answers %s without %q: %.300s", a.Path, response.Status, a.Expect, body)
	}
	return nil
}

func (b *Bench) forget(ctx context.Context, ref string) {
	_, _ = b.Lab.Docker(context.WithoutCancel(ctx), "rmi", "--force", ref)
}

// run runs a program and returns all that it prints.
func (b *Bench) run(ctx context.Context, program string, args ...string) (string, error) {
	limited, cancel := context.WithTimeout(ctx, b.Limit)
	defer cancel()
	c := exec.CommandContext(limited, program, args...)
	c.Env = append(os.Environ(), "DOCKER_HOST="+b.Lab.State.Docker, "DOCKER_CONFIG="+filepath.Join(b.Lab.Dir, "docker"), "BUILDX_BUILDER=lab")
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	if err := c.Run(); err != nil {
		return out.String(), fmt.Errorf("%s %s: %w", filepath.Base(program), args[0], err)
	}
	return out.String(), nil
}

// tail is the end of an output.
func tail(out string) string {
	lines := strings.Split(strings.TrimSpace(out), "\n")
	return strings.Join(lines[max(0, len(lines)-25):], "\n")
}
