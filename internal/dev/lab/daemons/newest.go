package daemons

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	labapi "github.com/moult-build/moult/internal/dev/lab"
)

// newestFolder makes the folder of an engine that runs the lab's own BuildKit, with its configuration in it.
func (l *lab) newestFolder(name, config string) (dir, file string, err error) {
	dir = filepath.Join(l.dir, "engines", name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", "", err
	}
	file = filepath.Join(dir, "buildkitd.toml")
	return dir, file, os.WriteFile(file, []byte(config), 0o644)
}

// startNewest runs the lab's own BuildKit by a command line of its own.
func (l *lab) startNewest(ctx context.Context, name, config string, argv []string, ready func(context.Context) error) error {
	return l.start(ctx, service{
		name: "bk-" + name, argv: argv, env: []string{"PATH=" + os.Getenv("PATH") + ":/usr/sbin:/sbin"},
		version: digest(filepath.Join(l.bin, "buildkitd")) + config, ready: ready,
	})
}

// containerdWorker is a BuildKit that runs its steps by containerd and keeps its layers there.
type containerdWorker struct{}

const containerdWorkerName = "containerd-worker"

func (containerdWorker) start(ctx context.Context, l *lab) error {
	socket := l.socket("bk-containerd")
	config := containerdConfig(l.state.Registry, socket)
	dir, file, err := l.newestFolder(containerdWorkerName, config)
	if err != nil {
		return err
	}
	below := filepath.Join(dir, "containerd.toml")
	text := fmt.Sprintf("version = 2\nroot = %q\nstate = %q\ndisabled_plugins = [\"io.containerd.grpc.v1.cri\"]\n[grpc]\n  address = %q\n[ttrpc]\n  address = %q\n",
		filepath.Join(dir, "data"), filepath.Join(l.run, "bk-containerd"), socket, socket+".ttrpc")
	if err := os.WriteFile(below, []byte(text), 0o644); err != nil {
		return err
	}
	if err := l.start(ctx, service{name: "bk-containerd", argv: []string{findProgram("containerd"), "--config", below}, version: text, ready: dials(socket)}); err != nil {
		return err
	}
	address := "unix://" + l.socket("bk-"+containerdWorkerName)
	argv := labapi.BuildkitCommand(filepath.Join(l.bin, "buildkitd"), file, filepath.Join(dir, "root"), address)
	n := slices.Index(argv, "--oci-worker-net")
	if err := l.startNewest(ctx, containerdWorkerName, config, slices.Delete(argv, n, n+2), buildkitAnswers(address)); err != nil {
		return err
	}
	l.state.Engines[containerdWorkerName] = labapi.Engine{Address: address}
	return nil
}

// containerdConfig is the lab's configuration with containerd's worker in place of BuildKit's own.
func containerdConfig(registry, socket string) string {
	return strings.Replace(labapi.BuildkitConfig(registry), "[worker.oci]\n  enabled = true\n[worker.containerd]\n  enabled = false",
		fmt.Sprintf("[worker.oci]\n  enabled = false\n[worker.containerd]\n  enabled = true\n  address = %q\n  networkMode = \"host\"", socket), 1)
}

func (containerdWorker) stop(_ context.Context, l *lab) error {
	if err := l.stop("bk-" + containerdWorkerName); err != nil {
		return err
	}
	return l.stop("bk-containerd")
}

// rootless is a BuildKit that an ordinary user runs, in a user namespace of rootlesskit's.
type rootless struct{}

// rootlessUser is made by the lab, with ids of its own for the namespace.
const rootlessUser = "moult-lab"

func (rootless) start(ctx context.Context, l *lab) error {
	missing := missingOf([]need{{program: "rootlesskit", pkg: "rootlesskit"}})
	if err := l.install(ctx, missing); err != nil {
		return err
	}
	if err := l.command(ctx, "engines", nil, "id", rootlessUser); err != nil {
		if err := l.command(ctx, "engines", nil, "useradd", "--create-home", "--shell", "/usr/sbin/nologin", rootlessUser); err != nil {
			return err
		}
	}
	config := labapi.BuildkitConfig(l.state.Registry)
	dir, file, err := l.newestFolder("rootless", config)
	if err != nil {
		return err
	}
	root := filepath.Join(dir, "root")
	if err := os.MkdirAll(root, 0o755); err != nil {
		return err
	}
	if err := l.command(ctx, "engines", nil, "chown", rootlessUser+":", root); err != nil {
		return err
	}
	address := "unix://" + filepath.Join(root, "sock")
	argv := append([]string{
		"setpriv", "--reuid=" + rootlessUser, "--regid=" + rootlessUser, "--init-groups", "--reset-env", "env", "XDG_RUNTIME_DIR=" + root,
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "rootlesskit", "--net=host", "--copy-up=/etc", "--copy-up=/run",
		"--state-dir=" + filepath.Join(root, "rootlesskit"),
	}, labapi.BuildkitCommand(filepath.Join(l.bin, "buildkitd"), file, filepath.Join(root, "state"), address)...)
	argv = append(argv, "--rootless", "--oci-worker-no-process-sandbox")
	if err := l.startNewest(ctx, "rootless", config, argv, buildkitAnswers(address)); err != nil {
		return err
	}
	l.state.Engines["rootless"] = labapi.Engine{Address: address}
	return nil
}

func (rootless) stop(_ context.Context, l *lab) error { return l.stop("bk-rootless") }

// proxied is a BuildKit that lets steps reach the network only through a proxy of its own.
type proxied struct{}

const proxiedName = "proxy-network"

func (proxied) start(ctx context.Context, l *lab) error {
	config := "proxyNetwork = true\n" + labapi.BuildkitConfig(l.state.Registry)
	dir, file, err := l.newestFolder(proxiedName, config)
	if err != nil {
		return err
	}
	address := "unix://" + l.socket("bk-"+proxiedName)
	argv := labapi.BuildkitCommand(filepath.Join(l.bin, "buildkitd"), file, filepath.Join(dir, "root"), address)
	if err := l.startNewest(ctx, proxiedName, config, argv, buildkitAnswers(address)); err != nil {
		return err
	}
	l.state.Engines[proxiedName] = labapi.Engine{Address: address}
	return nil
}

func (proxied) stop(_ context.Context, l *lab) error { return l.stop("bk-" + proxiedName) }
