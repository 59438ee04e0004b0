package daemons

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	labapi "github.com/moult-build/moult/internal/dev/lab"
)

// buildkit is an older BuildKit by its version.
type buildkit string

// start compiles the daemon and runs it with the lab's registry, as startBuildkit does with the newest.
func (b buildkit) start(ctx context.Context, l *lab) error {
	version := string(b)
	program, err := l.compileBuildkit(ctx, version)
	if err != nil {
		return err
	}
	dir := filepath.Dir(program)
	config := filepath.Join(dir, "buildkitd.toml")
	text := labapi.BuildkitConfig(l.state.Registry)
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		return err
	}
	name := b.service()
	address := "unix://" + l.socket(name)
	argv := labapi.BuildkitCommand(program, config, filepath.Join(dir, "root"), address)
	if n := slices.Index(argv, "--otel-socket-path"); n >= 0 && (strings.HasPrefix(version, "v0.11.") || strings.HasPrefix(version, "v0.12.")) {
		argv = slices.Delete(argv, n, n+2) // these have no such option
	}
	err = l.start(ctx, service{
		name:    name,
		argv:    argv,
		env:     []string{"PATH=" + os.Getenv("PATH") + ":/usr/sbin:/sbin"},
		version: digest(program) + text,
		ready:   buildkitAnswers(address),
	})
	if err != nil {
		return err
	}
	l.state.Engines[version] = labapi.Engine{Address: address}
	return nil
}

func (b buildkit) service() string { return "bk-" + string(b) }

func (b buildkit) stop(_ context.Context, l *lab) error { return l.stop(b.service()) }

// compileBuildkit makes the buildkitd of a version and gives the program's path.
func (l *lab) compileBuildkit(ctx context.Context, version string) (string, error) {
	program := filepath.Join(l.dir, "engines", version, "buildkitd")
	return program, l.compileModule(ctx, program, "github.com/moby/buildkit", version, "./cmd/buildkitd", "github.com/moby/buildkit/version.Version="+version)
}

// compileModule makes a program of a version of a module, with the requirements that the module itself names, unless it
// is there. The files go.mod and go.sum are copies beside the program, because the module's own cannot be written to.
// The variable is one of the program's, and tells its version.
func (l *lab) compileModule(ctx context.Context, program, path, version, pkg, variable string) error {
	if _, err := os.Stat(program); err == nil {
		return nil
	}
	dir := filepath.Dir(program)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	l.say("compiling %s %s", path, version)
	module, err := l.downloadModule(ctx, path, version)
	if err != nil {
		return err
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		content, err := os.ReadFile(filepath.Join(module, name))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			return err
		}
	}
	// Old libraries reach into the runtime by names that newer linkers refuse.
	flags := "-s -w -checklinkname=0 -X " + variable
	err = l.compileEngine(ctx, module, "-mod=mod", "-modfile="+filepath.Join(dir, "go.mod"), "-ldflags", flags, "-o", program, pkg)
	if err != nil {
		return err
	}
	l.say("compiled %s %s", path, version)
	return nil
}
