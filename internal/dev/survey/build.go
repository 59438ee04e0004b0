package survey

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Outcome is what became of an image.
type Outcome string

// The outcomes.
const (
	Answers  Outcome = "answers at its port"
	Runs     Outcome = "runs"
	Ended    Outcome = "ends with exit code 0"
	Usage    Outcome = "prints its usage"
	Wants    Outcome = "starts its own code, which lacks a setting or a service"
	Fails    Outcome = "fails"
	NotBuilt Outcome = "is not built"
	NotTried Outcome = "is for a Python without an image here"
)

// Image is what became of building and starting.
type Image struct {
	Outcome Outcome `json:"outcome"`
	// Detail is the end of what was said.
	Detail string `json:"detail,omitempty"`
}

// Builder builds images with a program, for a registry from which an engine
// starts them.
type Builder struct {
	// Moult is the command line's path, and Registry where images are pushed.
	Moult, Registry string
	// Pythons are the releases that there are images of.
	Pythons []string
	// Wait is how long an image may take to answer, Limit how long a build.
	Wait, Limit time.Duration
}

// try builds the image of a folder, starts it, and looks what it does.
func (b *Builder) try(ctx context.Context, name, dir string, a Attempt) Image {
	if !slices.Contains(b.Pythons, a.Python) {
		return Image{NotTried, "Python " + a.Python}
	}
	ref := b.Registry + "/survey/" + strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(name), "-"), "-")
	limited, cancel := context.WithTimeout(ctx, b.Limit)
	defer cancel()
	if out, err := run(limited, b.Moult, "build", "--progress", "plain", "-t", ref, "--push", dir); err != nil {
		return Image{NotBuilt, lastLine(out, "ERROR")}
	}
	if out, err := run(ctx, "docker", "pull", "--quiet", ref); err != nil {
		return Image{NotBuilt, lastLine(out, "")}
	}
	id, err := run(ctx, "docker", "run", "--detach", "--memory", "2g", ref)
	if err != nil {
		return Image{Fails, lastLine(id, "")}
	}
	id = strings.TrimSpace(id)
	defer func() {
		_, _ = run(context.WithoutCancel(ctx), "docker", "rm", "--force", id)
		_, _ = run(context.WithoutCancel(ctx), "docker", "rmi", "--force", ref)
	}()
	return b.watch(ctx, id, a.Command)
}

// watch looks at a container until it answers, ends or is waited for long
// enough.
func (b *Builder) watch(ctx context.Context, id string, command []string) Image {
	ports := portsOf(command)
	for deadline := time.Now().Add(b.Wait); time.Now().Before(deadline) && ctx.Err() == nil; time.Sleep(time.Second) {
		state, err := run(ctx, "docker", "inspect", "--format", "{{.State.Status}} {{.State.ExitCode}} {{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", id)
		fields := strings.Fields(state)
		if err != nil || len(fields) < 2 {
			return Image{Fails, lastLine(state, "")}
		}
		if fields[0] == "exited" {
			logs, _ := run(ctx, "docker", "logs", id)
			return ended(fields[1], logs)
		}
		for _, port := range ports {
			if len(fields) < 3 {
				break
			}
			if c, err := net.DialTimeout("tcp", net.JoinHostPort(fields[2], port), time.Second); err == nil {
				c.Close()
				return Image{Answers, port}
			}
		}
	}
	return Image{Outcome: Runs}
}

var (
	portForm = regexp.MustCompile(`(?:^|[:=])(\d{4,5})$`)
	wantForm = regexp.MustCompile(`(?i)environ|ValidationError|ImproperlyConfigured|api.?key|token|credential|refused|could not translate host|OperationalError|Name or service not known|required|must be set|missing.*(setting|variable|config)|EOFError|EOF when reading`)
)

// portsOf are the ports that a command names, and those that programs have by
// default.
func portsOf(command []string) []string {
	ports := []string{"8000", "8501", "7860", "5000", "8080", "8050"}
	for _, arg := range command {
		if m := portForm.FindStringSubmatch(arg); m != nil {
			ports = append([]string{m[1]}, ports...)
		}
	}
	return ports
}

// ended says what a container that ended has been.
func ended(code, logs string) Image {
	last := lastLine(logs, "")
	switch {
	case code == "0":
		return Image{Ended, last}
	case strings.Contains(strings.ToLower(logs), "usage:"):
		return Image{Usage, last}
	case strings.Contains(logs, "ModuleNotFoundError"), strings.Contains(logs, "can't open file"), strings.Contains(logs, "executable file not found"):
		return Image{Fails, last}
	case wantForm.MatchString(logs):
		return Image{Wants, last}
	}
	return Image{Fails, last}
}

// lastLine is the last line of an output, or the last that holds a word.
func lastLine(out, word string) string {
	lines := strings.Split(strings.TrimSpace(out), "\n")
	for _, line := range slices.Backward(lines) {
		if strings.Contains(line, word) {
			return strings.TrimSpace(line)
		}
	}
	return strings.TrimSpace(lines[len(lines)-1])
}

func run(ctx context.Context, program string, args ...string) (string, error) {
	var out bytes.Buffer
	c := exec.CommandContext(ctx, program, args...)
	c.Stdout, c.Stderr = &out, &out
	if err := c.Run(); err != nil {
		return out.String(), fmt.Errorf("%s: %w", filepath.Base(program), err)
	}
	return out.String(), nil
}

// Lab is a Builder with the lab's registry.
func Lab(moult string) (*Builder, error) {
	registry := os.Getenv("LAB_REGISTRY")
	if registry == "" {
		return nil, fmt.Errorf("LAB_REGISTRY is not set; run \". .lab/env\" in a shell after \"make lab-up\"")
	}
	return &Builder{Moult: moult, Registry: registry, Pythons: []string{"3.11", "3.13"}, Wait: 20 * time.Second, Limit: 10 * time.Minute}, nil
}
