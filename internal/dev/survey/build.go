package survey

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Outcome is the result of building and starting an image.
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
	TooLarge Outcome = "is not tried, because its packages are too large"
	NotTried Outcome = "is for a Python without an image here"
)

// outcomes are all of them, from the best to the worst.
var outcomes = []Outcome{Answers, Runs, Wants, Usage, Ended, Fails, NotBuilt, TooLarge, NotTried}

// Started reports whether a container ran its own program.
func (o Outcome) Started() bool {
	return o == Answers || o == Runs || o == Ended || o == Usage || o == Wants
}

// Tried reports whether somebody tried to build the image.
func (o Outcome) Tried() bool { return o != TooLarge && o != NotTried }

// Image is an outcome with its details.
type Image struct {
	Outcome Outcome `json:"outcome"`
	// Detail is the end of what was said, Log more of it.
	Detail string `json:"detail,omitempty"`
	Log    string `json:"log,omitempty"`
	// Told are the build's warnings of what the image lacks.
	Told []string `json:"told,omitempty"`
	// Seconds is how long the build took.
	Seconds int `json:"seconds,omitempty"`
}

// Builder builds images with a program, and gives them to an engine that starts
// them.
type Builder struct {
	// Moult is the command line's path.
	Moult string
	// CA is a file with certificate authorities that the builds trust; may be
	// empty.
	CA string
	// Pythons are the releases for which there are images.
	Pythons []string
	// Contexts are named contexts, as "python:3.12-slim" and
	// "docker-image://127.0.0.1:5000/python:3.12-slim".
	Contexts map[string]string
	// Large are packages that are not downloaded; a project that asks for one is
	// not tried.
	Large []string
	// Wait is the maximum time until an image answers, Limit that of a build.
	Wait, Limit time.Duration
}

// try builds the image of a folder, starts it, and watches it.
func (b *Builder) try(ctx context.Context, name, dir string, a Attempt) Image {
	if !slices.Contains(b.Pythons, a.Python) {
		return Image{Outcome: NotTried, Detail: "Python " + a.Python}
	}
	for _, large := range b.Large {
		if slices.Contains(a.packages, large) {
			return Image{Outcome: TooLarge, Detail: large}
		}
	}
	ref := "survey/" + strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(name), "-"), "-")
	args := []string{"build", "--progress", "plain", "--tag", ref, "--load"}
	if b.CA != "" {
		args = append(args, "--secret", "id=ca-certificates,src="+b.CA)
	}
	for _, from := range slices.Sorted(maps.Keys(b.Contexts)) {
		args = append(args, "--build-context", from+"="+b.Contexts[from])
	}
	limited, cancel := context.WithTimeout(ctx, b.Limit)
	defer cancel()
	begun := time.Now()
	out, err := run(limited, b.Moult, append(args, dir)...)
	took := int(time.Since(begun).Seconds())
	if err != nil {
		if limited.Err() != nil {
			return Image{Outcome: NotBuilt, Detail: fmt.Sprintf("takes longer than %v", b.Limit), Log: tail(out), Seconds: took}
		}
		return notBuilt(out, took)
	}
	image := b.start(ctx, ref, a)
	image.Told, image.Seconds = told(out), took
	return image
}

// noImage matches the error for a release of Python that the build has chosen
// and whose image is not here. The plan without a daemon cannot ask an index, so
// that it may have chosen another one.
var noImage = regexp.MustCompile(`the image python:[^ ]+: .*not found; Moult chose (Python [0-9.]+)`)

// notBuilt is the outcome of a build that failed, by its output.
func notBuilt(out string, seconds int) Image {
	if m := noImage.FindStringSubmatch(out); m != nil {
		return Image{Outcome: NotTried, Detail: m[1], Seconds: seconds}
	}
	return Image{Outcome: NotBuilt, Detail: lastLine(out, "ERROR"), Log: tail(out), Seconds: seconds}
}

// lacks matches the build's warnings of what an image lacks.
var lacks = regexp.MustCompile(`Missing(?:Module|Library|Program|Display|Browser|Locale|EventLoop): .*`)

// told are the warnings in a build's output of what the image lacks.
func told(out string) []string {
	all := lacks.FindAllString(out, -1)
	slices.Sort(all)
	return slices.Compact(all)
}

// start starts an image and watches it.
func (b *Builder) start(ctx context.Context, ref string, a Attempt) Image {
	defer func() { _, _ = run(context.WithoutCancel(ctx), "docker", "rmi", "--force", ref) }()
	id, err := run(ctx, "docker", "run", "--detach", "--memory", "2g", ref)
	if err != nil {
		return Image{Outcome: Fails, Detail: lastLine(id, ""), Log: tail(id)}
	}
	id = strings.TrimSpace(id)
	defer func() { _, _ = run(context.WithoutCancel(ctx), "docker", "rm", "--force", id) }()
	return b.watch(ctx, id, a.Command)
}

// tail is the end of an output.
func tail(out string) string {
	lines := strings.Split(strings.TrimSpace(out), "\n")
	return strings.Join(lines[max(0, len(lines)-25):], "\n")
}

// watch watches a container until it answers, ends, or the time is over.
func (b *Builder) watch(ctx context.Context, id string, command []string) Image {
	ports := portsOf(command)
	for deadline := time.Now().Add(b.Wait); time.Now().Before(deadline) && ctx.Err() == nil; time.Sleep(time.Second) {
		state, err := run(ctx, "docker", "inspect", "--format", "{{.State.Status}} {{.State.ExitCode}} {{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", id)
		fields := strings.Fields(state)
		if err != nil || len(fields) < 2 {
			return Image{Outcome: Fails, Detail: lastLine(state, "")}
		}
		if fields[0] == "exited" {
			logs, _ := run(ctx, "docker", "logs", id)
			image := ended(fields[1], logs)
			image.Log = tail(logs)
			return image
		}
		for _, port := range ports {
			if len(fields) < 3 {
				break
			}
			if c, err := net.DialTimeout("tcp", net.JoinHostPort(fields[2], port), time.Second); err == nil {
				c.Close()
				return Image{Outcome: Answers, Detail: port}
			}
		}
	}
	logs, _ := run(ctx, "docker", "logs", "--tail", "25", id)
	return Image{Outcome: Runs, Log: tail(logs)}
}

var (
	portForm = regexp.MustCompile(`(?:^|[:=])(\d{4,5})$`)
	wantForm = regexp.MustCompile(`(?i)environ|ValidationError|UndefinedValueError|ImproperlyConfigured|api.?key|token|credential|refused|could not translate host|OperationalError|Name or service not known|required|must be set|missing.*(setting|variable|config)|EOFError|EOF when reading`)
)

// portsOf returns the ports that a command names, and the default ports of
// programs.
func portsOf(command []string) []string {
	ports := []string{"8000", "8501", "7860", "5000", "8080", "8050"}
	for _, arg := range command {
		if m := portForm.FindStringSubmatch(arg); m != nil {
			ports = append([]string{m[1]}, ports...)
		}
	}
	return ports
}

// ended returns the outcome of a container that has ended.
func ended(code, logs string) Image {
	last := lastLine(logs, "")
	switch {
	case code == "0":
		return Image{Outcome: Ended, Detail: last}
	case strings.Contains(logs, "ModuleNotFoundError"), strings.Contains(logs, "ImportError"), strings.Contains(logs, "PermissionError"), strings.Contains(logs, "can't open file"), strings.Contains(logs, "executable file not found"):
		return Image{Outcome: Fails, Detail: last}
	case strings.Contains(strings.ToLower(logs), "usage:"):
		return Image{Outcome: Usage, Detail: last}
	case wantForm.MatchString(logs):
		return Image{Outcome: Wants, Detail: last}
	}
	return Image{Outcome: Fails, Detail: last}
}

// lastLine returns the last line of an output, or the last line with a word.
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

// Lab is a Builder for the lab's BuildKit and engine.
func Lab(moult string) (*Builder, error) {
	if os.Getenv("LAB_REGISTRY") == "" {
		return nil, fmt.Errorf("LAB_REGISTRY is not set; run \". .lab/env\" in a shell after \"make lab-up\"")
	}
	return &Builder{
		Moult: moult, CA: os.Getenv("LAB_CA"), Pythons: []string{"3.11", "3.13"}, Contexts: map[string]string{},
		Wait: 15 * time.Second, Limit: 6 * time.Minute,
	}, nil
}
