package daemons

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	bkclient "github.com/moby/buildkit/client"

	labapi "github.com/moult-build/moult/internal/dev/lab"
)

// Engines are the older BuildKits that the lab can run beside its own, by version, the oldest first.
var Engines = []string{"v0.11.6", "v0.13.2"}

// EnginesUp compiles and starts older BuildKits beside those of a lab that is up: all of them, or the named ones. Each
// has a state folder and a socket of its own. They are no part of Up, because one takes minutes to compile.
func EnginesUp(ctx context.Context, checkout string, out io.Writer, versions ...string) error {
	l, err := open(checkout, out)
	if err != nil {
		return err
	}
	unlock, err := l.lock()
	if err != nil {
		return err
	}
	defer unlock()
	if l.state.Registry == "" {
		return labapi.ErrNoLab
	}
	if len(versions) == 0 {
		versions = Engines
	}
	for _, version := range versions {
		if !slices.Contains(Engines, version) {
			return fmt.Errorf("the lab has no BuildKit %s; it has %q", version, Engines)
		}
		program, err := l.compileBuildkit(ctx, version)
		if err != nil {
			return err
		}
		if err := l.startOldBuildkit(ctx, version, program); err != nil {
			return err
		}
	}
	return l.state.Write()
}

// compileBuildkit makes the buildkitd of a version from its module, with the requirements that the module itself names,
// and gives the program's path. The files go.mod and go.sum are copies, because the module's own cannot be written to.
func (l *lab) compileBuildkit(ctx context.Context, version string) (string, error) {
	dir := filepath.Join(l.dir, "engines", version)
	program := filepath.Join(dir, "buildkitd")
	if _, err := os.Stat(program); err == nil {
		return program, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	l.say("compiling BuildKit %s", version)
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", "github.com/moby/buildkit@"+version)
	cmd.Dir = l.checkout
	answer, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("download BuildKit %s: %w\n%s", version, err, answer)
	}
	var module struct{ Dir string }
	if err := json.Unmarshal(answer, &module); err != nil {
		return "", err
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		content, err := os.ReadFile(filepath.Join(module.Dir, name))
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			return "", err
		}
	}
	// Old libraries reach into the runtime by names that newer linkers refuse.
	flags := "-s -w -checklinkname=0 -X github.com/moby/buildkit/version.Version=" + version
	err = l.command(ctx, "engines", []string{"CGO_ENABLED=0", "GOFLAGS=-trimpath", "GOTOOLCHAIN=local"},
		"go", "-C", module.Dir, "build", "-p", "1", "-mod=mod", "-modfile="+filepath.Join(dir, "go.mod"),
		"-ldflags", flags, "-o", program, "./cmd/buildkitd")
	if err != nil {
		return "", err
	}
	l.say("compiled BuildKit %s", version)
	return program, nil
}

// startOldBuildkit runs it with the lab's registry, as startBuildkit does with the newest.
func (l *lab) startOldBuildkit(ctx context.Context, version, program string) error {
	dir := filepath.Dir(program)
	config := filepath.Join(dir, "buildkitd.toml")
	text := labapi.BuildkitConfig(l.state.Registry)
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		return err
	}
	name := engineService(version)
	address := "unix://" + l.socket(name)
	argv := labapi.BuildkitCommand(program, config, filepath.Join(dir, "root"), address)
	if n := slices.Index(argv, "--otel-socket-path"); n >= 0 && strings.HasPrefix(version, "v0.11.") {
		argv = slices.Delete(argv, n, n+2) // v0.11 has no such option
	}
	err := l.start(ctx, service{
		name:    name,
		argv:    argv,
		env:     []string{"PATH=" + os.Getenv("PATH") + ":/usr/sbin:/sbin"},
		version: digest(program) + text,
		ready: func(ctx context.Context) error {
			client, err := bkclient.New(ctx, address)
			if err != nil {
				return err
			}
			defer client.Close()
			_, err = client.ListWorkers(ctx)
			return err
		},
	})
	if err != nil {
		return err
	}
	if l.state.Engines == nil {
		l.state.Engines = map[string]string{}
	}
	l.state.Engines[version] = address
	return nil
}

func engineService(version string) string { return "bk-" + version }

// stopEngines ends the older BuildKits.
func (l *lab) stopEngines() error {
	var failed []error
	for version := range l.state.Engines {
		failed = append(failed, l.stop(engineService(version)))
	}
	return errors.Join(failed...)
}
