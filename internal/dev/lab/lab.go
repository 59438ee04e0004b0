// Package lab has the real services for Moult's tests: a buildkitd, an image registry with the base images, a Docker
// Engine and a package index. `make lab-up` starts them on this machine (package daemons). A test connects and runs a
// build in its own process or through a frontend image. Then it checks the result: the build's vertices, the image's
// configuration, its files, the running container. The package does not depend on the rest of Moult: a build is any
// gateway BuildFunc or any frontend.
//
// The build containers of the lab share the machine's network, so 127.0.0.1 is the same host for a test, for the lab's
// services and for a step of a build. Containers of the engine have a network of their own.
package lab

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bkclient "github.com/moby/buildkit/client"

	"github.com/moult-build/moult/internal/dev/lab/index"
)

// Lab is a connection to a running lab, or to another daemon of it (see Fresh and OnEngine).
type Lab struct {
	State
	// Client talks to the buildkitd that Build uses.
	Client *bkclient.Client
	// Engine is the daemon beside the lab's own that Client talks to, nil for the lab's own; see OnEngine.
	Engine *Engine
	// Packages controls the package index: its files and its faults.
	Packages *index.Client
}

// Open connects to the lab of the checkout with the working directory. The error is ErrNoLab if there is none.
func Open(ctx context.Context) (*Lab, error) {
	dir, err := find()
	if err != nil {
		return nil, err
	}
	state, err := ReadState(dir)
	if err != nil {
		return nil, err
	}
	client, err := bkclient.New(ctx, state.Buildkit)
	if err != nil {
		return nil, err
	}
	wait, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if _, err := client.Info(wait); err != nil {
		client.Close()
		return nil, fmt.Errorf("the lab's buildkitd does not answer (run `make lab-up`): %w", err)
	}
	return &Lab{State: state, Client: client, Packages: index.NewClient(state.Index)}, nil
}

// find walks up from the working directory to the module's root and names its folder .lab.
func find() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, ".lab", StateFile)); err == nil {
			return filepath.Join(dir, ".lab"), nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", ErrNoLab
		}
		dir = parent
	}
}

// EngineVariable names an engine beside the lab's own that all tests are to build on, as in
// MOULT_ENGINE=docker-trixie go test ./internal/dev/integration -run TestAVersion.
const EngineVariable = "MOULT_ENGINE"

// Need connects for a test and disconnects at its end. Under -short the test is skipped, and without a lab it fails.
func Need(t testing.TB) *Lab {
	t.Helper()
	if testing.Short() {
		t.Skip("needs the lab")
	}
	l, err := Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Client.Close() })
	if name := os.Getenv(EngineVariable); name != "" {
		return l.OnEngine(t, name)
	}
	return l
}

// Fresh starts a buildkitd with an empty cache for one test, with the same registries, and ends it with the test. The
// Lab it returns is the given one with the other daemon.
func (l *Lab) Fresh(t testing.TB) *Lab {
	t.Helper()
	// The folder's path is kept short: a socket's may have 107 bytes.
	dir, err := os.MkdirTemp("", "moult-")
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "buildkitd.toml")
	if err := os.WriteFile(config, []byte(BuildkitConfig(l.Registry)), 0o644); err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	fresh := *l
	fresh.Engine = nil
	fresh.Buildkit = "unix://" + filepath.Join(dir, "sock")
	root := filepath.Join(dir, "root")
	argv := BuildkitCommand(filepath.Join(l.Dir, "bin", "buildkitd"), config, root, fresh.Buildkit)
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stdout, cmd.Stderr = log, log
	// Its mounts of single layers are temporary files. One that is killed leaves them, and here they are found.
	temporary := filepath.Join(dir, "tmp")
	if err := os.Mkdir(temporary, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd.Env = append(os.Environ(), "PATH="+os.Getenv("PATH")+":/usr/sbin:/sbin", "TMPDIR="+temporary)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	t.Cleanup(func() {
		if fresh.Client != nil {
			fresh.Client.Close()
		}
		_ = cmd.Process.Signal(os.Interrupt)
		select {
		case <-ended:
		case <-time.After(20 * time.Second):
			_ = cmd.Process.Kill()
			<-ended
		}
		log.Close()
		if !unmountBelow(dir) {
			t.Errorf("%s has mounts that cannot be removed", dir)
			return
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("remove the fresh daemon's folder: %v", err)
		}
	})
	fresh.Client, err = bkclient.New(t.Context(), fresh.Buildkit)
	if err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if _, err = fresh.Client.Info(t.Context()); err == nil {
			return &fresh
		}
		select {
		case <-ended:
			text, _ := os.ReadFile(log.Name())
			t.Fatalf("a fresh buildkitd ended at once:\n%s", text)
		default:
		}
		if time.Now().After(end) {
			t.Fatalf("a fresh buildkitd does not answer: %v", err)
		}
	}
}

// unmountBelow removes the mounts that a daemon may have left below a folder. It reports whether no mount is left.
func unmountBelow(dir string) bool {
	mounted := func() []string {
		data, err := os.ReadFile("/proc/self/mounts")
		if err != nil {
			return []string{err.Error()}
		}
		var points []string
		for line := range strings.Lines(string(data)) {
			if fields := strings.Fields(line); len(fields) > 1 && strings.HasPrefix(fields[1], dir+"/") {
				points = append(points, fields[1])
			}
		}
		return points
	}
	points := mounted()
	for i := len(points) - 1; i >= 0; i-- {
		_ = exec.Command("umount", "-l", points[i]).Run()
	}
	return len(mounted()) == 0
}

// Image is the reference of an image in the lab's registry: Image("moult:dev") is 127.0.0.1:5000/moult:dev.
func (l *Lab) Image(name string) string { return l.Registry + "/" + name }
