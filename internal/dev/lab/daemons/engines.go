package daemons

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"

	bkclient "github.com/moby/buildkit/client"

	labapi "github.com/moult-build/moult/internal/dev/lab"
)

// engine is a daemon that the lab can run beside its own.
type engine interface {
	// start makes what is missing, starts the daemon and enters it into the lab's state.
	start(context.Context, *lab) error
	// service is the name under which the daemon's process is recorded.
	service() string
}

// engines are all of them, by the name that the state gives them.
var engines = []struct {
	name   string
	engine engine
}{
	{"v0.11.6", buildkit("v0.11.6")},
	{"v0.13.2", buildkit("v0.13.2")},
	{"docker-25", docker{name: "docker-25", suite: "trixie", version: "25.0.6"}},
	// Debian 13 has Docker 26.1.
	{"docker-trixie", docker{name: "docker-trixie", suite: "trixie"}},
	{"docker-trixie-containerd", docker{name: "docker-trixie-containerd", suite: "trixie", containerd: true}},
	// Debian's unstable release had Docker 28.5 in November 2026.
	{"docker-sid", docker{name: "docker-sid", suite: "sid"}},
	{"docker-sid-containerd", docker{name: "docker-sid-containerd", suite: "sid", containerd: true}},
}

// Engines are the names of the engines, BuildKits first, each kind from the oldest to the newest.
func Engines() []string {
	var names []string
	for _, e := range engines {
		names = append(names, e.name)
	}
	return names
}

// EnginesUp makes and starts engines beside those of a lab that is up: all of them, or the named ones. Each has a
// state folder and a socket of its own. They are no part of Up, because to compile one takes minutes.
func EnginesUp(ctx context.Context, checkout string, out io.Writer, names ...string) error {
	l, unlock, err := open(checkout, out)
	if err != nil {
		return err
	}
	defer unlock()
	if l.state.Registry == "" {
		return labapi.ErrNoLab
	}
	if l.state.Engines == nil {
		l.state.Engines = map[string]labapi.Engine{}
	}
	if len(names) == 0 {
		names = Engines()
	}
	for _, name := range names {
		n := slices.Index(Engines(), name)
		if n < 0 {
			return fmt.Errorf("the lab has no engine %s; it has %q", name, Engines())
		}
		if err := engines[n].engine.start(ctx, l); err != nil {
			return err
		}
		if err := l.state.Write(); err != nil {
			return err
		}
	}
	return nil
}

// stopEngines ends what EnginesUp started.
func (l *lab) stopEngines(ctx context.Context) error {
	var failed []error
	for _, e := range engines {
		failed = append(failed, l.stop(e.engine.service()))
		if n := l.state.Engines[e.name]; n.Bridge != "" {
			failed = append(failed, l.removeNetwork(ctx, network{n.Bridge, n.Subnet}))
		}
	}
	return errors.Join(failed...)
}

// downloadModule brings a module's source code and gives its folder.
func (l *lab) downloadModule(ctx context.Context, path, version string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", path+"@"+version)
	cmd.Dir = l.checkout
	answer, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("download %s %s: %w\n%s", path, version, err, answer)
	}
	var module struct{ Dir string }
	err = json.Unmarshal(answer, &module)
	return module.Dir, err
}

// compileEngine runs go build in a folder with a module. One package at a time: a test may be running.
func (l *lab) compileEngine(ctx context.Context, dir string, args ...string) error {
	return l.command(ctx, "engines", []string{"CGO_ENABLED=0", "GOFLAGS=-trimpath", "GOTOOLCHAIN=local"},
		append([]string{"go", "-C", dir, "build", "-p", "1"}, args...)...)
}

// buildkitAnswers is a check that a BuildKit daemon answers.
func buildkitAnswers(address string) func(context.Context) error {
	return func(ctx context.Context) error {
		client, err := bkclient.New(ctx, address)
		if err != nil {
			return err
		}
		defer client.Close()
		_, err = client.ListWorkers(ctx)
		return err
	}
}
