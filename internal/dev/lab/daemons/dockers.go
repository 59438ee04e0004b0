package daemons

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/moult-build/moult/internal/dev/lab/images"
)

// docker is a Docker Engine that the lab can run beside its own. It runs in the root file system of a Debian release,
// with that release's containerd and runc.
type docker struct {
	name  string
	suite string
	// version is that of a dockerd which is compiled; the release's own runs where it is empty.
	version string
	// containerd lets the engine keep images in containerd's store.
	containerd bool
}

func (d docker) stop(_ context.Context, l *lab) error { return l.stop(d.name) }

// start makes what the engine needs, starts it and tells where it answers.
func (d docker) start(ctx context.Context, l *lab) error {
	root, err := l.makeRoot(ctx, d.suite, d.suite, rootPackages)
	if err != nil {
		return err
	}
	dir := filepath.Join(l.dir, "engines", d.name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	program := "/usr/sbin/dockerd"
	if d.version != "" {
		if program, err = l.compileDocker(ctx, d.version); err != nil {
			return err
		}
	}
	engine, err := l.engineWithNetwork(ctx, d.name)
	if err != nil {
		return err
	}
	engine.Address, engine.Docker, engine.Graph, engine.Root = "unix://"+l.socket(d.name), true, !d.containerd, root
	config := filepath.Join(dir, "dockerd.json")
	settings, err := json.MarshalIndent(map[string]any{
		"data-root": filepath.Join(dir, "data"),
		"hosts":     []string{engine.Address},
		"bridge":    engine.Bridge,
		"iptables":  false, "ip6tables": false, "ip-masq": false, "userland-proxy": false,
		"registry-mirrors":    []string{"http://" + l.state.Registry},
		"insecure-registries": []string{l.state.Registry},
		"features":            map[string]bool{"buildkit": true, "containerd-snapshotter": d.containerd},
	}, "", "\t")
	if err != nil {
		return err
	}
	if err := os.WriteFile(config, settings, 0o644); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	err = l.start(ctx, service{
		name:    d.name,
		argv:    []string{self, "enter", root, l.dir, program, "--config-file", config},
		version: string(settings),
		ready:   dials(l.socket(d.name)),
	})
	if err != nil {
		return err
	}
	l.state.Engines[d.name] = engine
	return nil
}

// rootPackages are what an engine's root file system holds beside a minimal system.
var rootPackages = []string{
	"ca-certificates", "containerd", "docker-buildx", "docker-compose", "docker.io", "git", "iptables", "pigz", "runc", "xz-utils",
}

// makeRoot makes a root file system of a Debian release with some packages, once.
func (l *lab) makeRoot(ctx context.Context, name, suite string, packages []string) (string, error) {
	root := filepath.Join(l.dir, "engines", "roots", name)
	if _, err := os.Stat(root); err == nil {
		return root, nil
	}
	if err := os.MkdirAll(filepath.Dir(root), 0o755); err != nil {
		return "", err
	}
	mirror, err := images.Mirror()
	if err != nil {
		return "", err
	}
	l.say("making the root file system %s of Debian %s", name, suite)
	temp, err := os.MkdirTemp(filepath.Dir(root), ".new-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(temp)
	exclude := func(glob string) string { return "--dpkgopt=path-exclude=" + glob }
	made := filepath.Join(temp, name)
	err = l.command(ctx, "engines", nil, "mmdebstrap", "--mode=root", "--variant=apt", "--format=directory",
		"--include="+strings.Join(packages, ","), "--skip=output/dev", "--dpkgopt=force-unsafe-io",
		exclude("/usr/share/man/*"), exclude("/usr/share/doc/*"), exclude("/usr/share/locale/*"),
		// The lists of sid are valid for a week, and a mirror may be behind.
		`--aptopt=Acquire::Check-Valid-Until "false"`, `--aptopt=Acquire::Retries "3"`, suite, made, mirror)
	if err != nil {
		return "", err
	}
	return root, os.Rename(made, root)
}

// compileDocker makes the dockerd of a version with the requirements that its own file vendor.mod names: before version
// 29 it has no go.mod, so the program is compiled from a module of the lab's own.
func (l *lab) compileDocker(ctx context.Context, version string) (string, error) {
	const path = "github.com/docker/docker"
	dir := filepath.Join(l.dir, "engines", "dockerd-"+version)
	program := filepath.Join(dir, "dockerd")
	if module, ok := strings.CutPrefix(version, "29-"); ok {
		const path = "github.com/moby/moby/v2"
		return program, l.compileModule(ctx, program, path, module, "./cmd/dockerd", path+"/dockerversion.Version="+version)
	}
	if _, err := os.Stat(program); err == nil {
		return program, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	l.say("compiling Docker Engine %s", version)
	module, err := l.downloadModule(ctx, path, "v"+version+"+incompatible")
	if err != nil {
		return "", err
	}
	for from, to := range map[string]string{"vendor.mod": "go.mod", "vendor.sum": "go.sum"} {
		content, err := os.ReadFile(filepath.Join(module, from))
		if err != nil {
			return "", err
		}
		if to == "go.mod" {
			text := strings.Replace(string(content), "module "+path, "module lab", 1)
			content = []byte(text + "\nrequire " + path + " v" + version + "+incompatible\n")
		}
		if err := os.WriteFile(filepath.Join(dir, to), content, 0o644); err != nil {
			return "", err
		}
	}
	err = l.compileEngine(ctx, dir, "-mod=mod",
		"-tags", "exclude_graphdriver_btrfs exclude_graphdriver_devicemapper exclude_graphdriver_zfs no_btrfs",
		"-ldflags", "-s -w -checklinkname=0 -X "+path+"/dockerversion.Version="+version,
		"-o", program, path+"/cmd/dockerd")
	if err != nil {
		return "", fmt.Errorf("compile Docker Engine %s: %w", version, err)
	}
	l.say("compiled Docker Engine %s", version)
	return program, nil
}
