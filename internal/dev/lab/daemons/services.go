package daemons

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	labapi "github.com/moult-build/moult/internal/dev/lab"
	"github.com/moult-build/moult/internal/dev/lab/images"
)

// startRegistry runs the image registry on its port of the loopback, over a folder of its own.
func (l *lab) startRegistry(ctx context.Context) error {
	config := filepath.Join(l.dir, "registry.yml")
	text := fmt.Sprintf(`version: 0.1
log: {level: warn, accesslog: {disabled: true}}
storage:
  filesystem: {rootdirectory: %q}
  delete: {enabled: true}
http: {addr: %q}
`, filepath.Join(l.dir, "registry"), l.state.Registry)
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		return err
	}
	return l.start(ctx, service{
		name: "registry", argv: []string{filepath.Join(l.bin, "registry"), "serve", config},
		env:     []string{"OTEL_TRACES_EXPORTER=none"},
		version: digest(filepath.Join(l.bin, "registry")) + text,
		ready:   answers("http://" + l.state.Registry + "/v2/"),
	})
}

// startBuildkit runs buildkitd with runc. Its containers share the host's network, so that a build reaches the lab's
// own services at 127.0.0.1 as the tests do.
func (l *lab) startBuildkit(ctx context.Context) error {
	config := filepath.Join(l.dir, "buildkitd.toml")
	text := labapi.BuildkitConfig(l.state.Registry)
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		return err
	}
	return l.start(ctx, service{
		name: "buildkitd",
		argv: labapi.BuildkitCommand(filepath.Join(l.bin, "buildkitd"), config, filepath.Join(l.dir, "buildkit"), l.state.Buildkit),
		env:  []string{"PATH=" + os.Getenv("PATH") + ":/usr/sbin:/sbin"}, version: digest(filepath.Join(l.bin, "buildkitd")) + text,
		ready: buildkitAnswers(l.state.Buildkit),
	})
}

// startIndex runs the package index, which is a command of this program.
func (l *lab) startIndex(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return l.start(ctx, service{
		name: "index",
		argv: []string{self, "index", "--address", strings.TrimPrefix(l.state.Index, "http://"), "--packages", filepath.Join(l.dir, "packages")},
		// Without it, an old version of this program would continue to run.
		version: digest(self),
		ready:   answers(l.state.Index + "/simple/"),
	})
}

// bringImages creates or copies the base images that the registry lacks, two at a time.
func (l *lab) bringImages(ctx context.Context) error {
	wanted, err := l.wantedImages(ctx)
	if err != nil {
		return err
	}
	var missing []images.Recipe
	for _, r := range wanted {
		if !r.Pushed(ctx, l.state.Registry) {
			missing = append(missing, r)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	short, cancel := context.WithTimeout(ctx, 4*time.Second)
	fromHub := images.HubReachable(short)
	cancel()
	log, err := os.OpenFile(filepath.Join(l.logs, "images.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(2)
	for _, r := range missing {
		work.Go(func() error {
			if fromHub {
				l.say("copying %s", r)
				err := r.Copy(ctx, l.state.Registry)
				if err == nil {
					return nil
				}
				l.say("copying %s failed, making it instead: %v", r, err)
			}
			l.say("making %s", r)
			if err := r.Make(ctx, l.state.Registry, filepath.Join(l.dir, "images"), log); err != nil {
				return fmt.Errorf("%w\n%s", err, tail(log.Name(), 15))
			}
			l.say("made %s", r)
			return nil
		})
	}
	return work.Wait()
}

// wantedImages lists the recipes of the base images that the lab is to have.
func (l *lab) wantedImages(ctx context.Context) ([]images.Recipe, error) {
	if len(l.pythons) > 0 {
		return images.OfPythons(l.pythons...)
	}
	version, err := l.goVersion(ctx)
	if err != nil {
		return nil, err
	}
	return images.All(version), nil
}

// goVersion is the version of Go that the checkout's module is built with, as X.Y.Z.
func (l *lab) goVersion(ctx context.Context) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "env", "GOVERSION")
	cmd.Dir = l.checkout
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go env GOVERSION: %w", err)
	}
	return strings.TrimPrefix(strings.TrimSpace(string(out)), "go"), nil
}

// makeBuilder creates a builder of `docker buildx` for the lab's buildkitd.
func (l *lab) makeBuilder(ctx context.Context) error {
	plugins := filepath.Join(l.dir, "docker", "cli-plugins")
	if err := os.MkdirAll(plugins, 0o755); err != nil {
		return err
	}
	link := filepath.Join(plugins, "docker-buildx")
	if target, err := os.Readlink(link); err != nil || target != filepath.Join(l.bin, "buildx") {
		_ = os.Remove(link)
		if err := os.Symlink(filepath.Join(l.bin, "buildx"), link); err != nil {
			return err
		}
	}
	stamp := filepath.Join(l.dir, "docker", "builder")
	if old, err := os.ReadFile(stamp); err == nil && string(old) == l.state.Buildkit {
		return nil
	}
	env := []string{"DOCKER_CONFIG=" + filepath.Join(l.dir, "docker"), "DOCKER_HOST=" + l.state.Docker}
	buildx := filepath.Join(l.bin, "buildx")
	// An earlier builder need not exist.
	_ = l.command(ctx, "buildx", env, buildx, "rm", "--keep-daemon", "lab")
	if err := l.command(ctx, "buildx", env, buildx, "create", "--name", "lab", "--driver", "remote", "--use", l.state.Buildkit); err != nil {
		return err
	}
	return os.WriteFile(stamp, []byte(l.state.Buildkit), 0o644)
}

// mountsBelow lists the mount points below a folder, the deepest last.
func mountsBelow(dir string) ([]string, error) {
	data, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return nil, err
	}
	var points []string
	for line := range strings.Lines(string(data)) {
		fields := strings.Fields(line)
		if len(fields) > 1 && strings.HasPrefix(fields[1], dir+"/") {
			points = append(points, fields[1])
		}
	}
	return points, nil
}

// unmountBelow removes the mounts below a folder that killed daemons have left.
func unmountBelow(dir string) error {
	points, err := mountsBelow(dir)
	if err != nil {
		return err
	}
	for i := len(points) - 1; i >= 0; i-- {
		if out, err := exec.Command("umount", "-l", points[i]).CombinedOutput(); err != nil {
			return fmt.Errorf("umount %s: %w: %s", points[i], err, out)
		}
	}
	return nil
}

// answers is a check that a web server answers at all.
func answers(url string) func(context.Context) error {
	return func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("%s answers %s", url, response.Status)
		}
		return nil
	}
}

// dials is a check that something listens on a UNIX socket.
func dials(socket string) func(context.Context) error {
	return func(ctx context.Context) error {
		var d net.Dialer
		conn, err := d.DialContext(ctx, "unix", socket)
		if err != nil {
			return err
		}
		return conn.Close()
	}
}

// digest returns a hash of the content of a file; empty if it cannot be read.
func digest(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, f); err != nil && !errors.Is(err, io.EOF) {
		return ""
	}
	return fmt.Sprintf("%x ", hash.Sum(nil))
}
