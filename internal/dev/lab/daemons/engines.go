package daemons

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	labapi "github.com/moult-build/moult/internal/dev/lab"
)

// engine is a daemon that the lab can run beside its own.
type engine interface {
	// start makes what is missing, starts the daemon and enters it into the lab's state.
	start(context.Context, *lab) error
	// stop ends the daemon, if it runs.
	stop(context.Context, *lab) error
}

// engines are all of them, by the name that the state gives them. One that runs on another comes after it.
var engines = []struct {
	name   string
	engine engine
}{
	{"v0.11.6", buildkit("v0.11.6")},
	{"v0.12.5", buildkit("v0.12.5")},
	{"v0.13.2", buildkit("v0.13.2")},
	{"v0.18.2", buildkit("v0.18.2")},
	{"v0.23.2", buildkit("v0.23.2")},
	{"v0.29.0", buildkit("v0.29.0")},
	{"docker-25", docker{name: "docker-25", suite: "trixie", version: "25.0.6"}},
	{"docker-27", docker{name: "docker-27", suite: "trixie", version: "27.5.0"}},
	// Debian 13 has Docker 26.1.
	{"docker-trixie", docker{name: "docker-trixie", suite: "trixie"}},
	{"docker-trixie-containerd", docker{name: "docker-trixie-containerd", suite: "trixie", containerd: true}},
	// Debian's unstable release had Docker 28.5 in November 2026.
	{"docker-sid", docker{name: "docker-sid", suite: "sid"}},
	{"docker-sid-containerd", docker{name: "docker-sid-containerd", suite: "sid", containerd: true}},
	// Docker 29 is no module of Go yet that has its version; this is the newest one.
	{"docker-29", docker{name: "docker-29", suite: "sid", version: "29-v2.0.0-beta.24"}},
	{"docker-29-containerd", docker{name: "docker-29-containerd", suite: "sid", version: "29-v2.0.0-beta.24", containerd: true}},
	// The newest BuildKit, run as people do who have no root, or have it elsewhere.
	{"rootless", rootless{}},
	{"containerd-worker", containerdWorker{}},
	{"docker-container", containerDriver{}},
	{clusterName, cluster{}},
	{"tls", overTLS{}},
	{proxiedName, proxied{}},
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
	if _, err := l.makeClientRoot(ctx); err != nil {
		return err
	}
	for _, name := range names {
		e, err := engineNamed(name)
		if err != nil {
			return err
		}
		if err := e.start(ctx, l); err != nil {
			return err
		}
		if err := l.state.Write(); err != nil {
			return err
		}
	}
	return nil
}

func engineNamed(name string) (engine, error) {
	n := slices.Index(Engines(), name)
	if n < 0 {
		return nil, fmt.Errorf("the lab has no engine %s; it has %q", name, Engines())
	}
	return engines[n].engine, nil
}

// EnginesRemove ends engines and removes what they have stored, which is some gigabytes for each. What was compiled
// stays.
func EnginesRemove(ctx context.Context, checkout string, out io.Writer, names ...string) error {
	l, unlock, err := open(checkout, out)
	if err != nil {
		return err
	}
	defer unlock()
	for _, name := range names {
		e, err := engineNamed(name)
		if err != nil {
			return err
		}
		if err := l.stopEngine(ctx, name, e); err != nil {
			return err
		}
		dir := filepath.Join(l.dir, "engines", name)
		if err := unmountBelow(dir); err != nil {
			return err
		}
		for _, stored := range []string{"root", "data"} {
			if err := os.RemoveAll(filepath.Join(dir, stored)); err != nil {
				return err
			}
		}
		delete(l.state.Engines, name)
	}
	return l.state.Write()
}

// stopEngines ends what EnginesUp started, the last one first, because an engine may run on an earlier one.
func (l *lab) stopEngines(ctx context.Context) error {
	var failed []error
	for _, e := range slices.Backward(engines) {
		failed = append(failed, l.stopEngine(ctx, e.name, e.engine))
	}
	return errors.Join(failed...)
}

// engineWithNetwork gives what the state has of an engine, whose containers have a bridge. The state is written before the
// bridge is made: a start that fails must not choose another address for the bridge that is there.
func (l *lab) engineWithNetwork(ctx context.Context, name string) (labapi.Engine, error) {
	engine := l.state.Engines[name]
	if engine.Bridge == "" {
		sum := sha256.Sum256([]byte(l.checkout + " " + name))
		engine.Bridge = "moult" + hex.EncodeToString(sum[:4])
	}
	if engine.Subnet == "" {
		var err error
		if engine.Subnet, err = freeSubnet(); err != nil {
			return engine, err
		}
	}
	l.state.Engines[name] = engine
	if err := l.state.Write(); err != nil {
		return engine, err
	}
	return engine, l.makeNetwork(ctx, network{engine.Bridge, engine.Subnet})
}

func (l *lab) stopEngine(ctx context.Context, name string, e engine) error {
	err := e.stop(ctx, l)
	if n := l.state.Engines[name]; n.Bridge != "" {
		err = errors.Join(err, l.removeNetwork(ctx, network{n.Bridge, n.Subnet}))
	}
	return err
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
	return engineAnswers(labapi.Engine{Address: address})
}

// engineAnswers is the check for a daemon that the tests reach with more than its address.
func engineAnswers(e labapi.Engine) func(context.Context) error {
	return func(ctx context.Context) error {
		client, err := e.NewClient(ctx)
		if err != nil {
			return err
		}
		defer client.Close()
		_, err = client.ListWorkers(ctx)
		return err
	}
}
