package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	bkclient "github.com/moby/buildkit/client"
	"golang.org/x/sys/unix"

	"github.com/moult-build/moult/internal/dev/bench/proxy"
	"github.com/moult-build/moult/internal/dev/bench/service"
	"github.com/moult-build/moult/internal/dev/lab"
)

// world is the environment for the measures of one contestant: a folder, an empty registry, and buildkitds without any
// cache. It uses the lab's programs and configuration. It is deleted afterwards, so that no contestant can use files of
// another one.
type world struct {
	lab     *lab.Lab
	options Options
	proxy   *proxy.Proxy
	dir     string
	// registry is host:port.
	registry string
	ended    service.Ends
}

// newWorld creates a world; close ends it.
func newWorld(ctx context.Context, l *lab.Lab, o Options, p *proxy.Proxy) (_ *world, err error) {
	// The folder's path must be short, because the path of a socket may have at most 107 bytes.
	dir, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return nil, err
	}
	w := &world{lab: l, options: o, proxy: p, dir: dir}
	w.ended.Add(func() error { return os.RemoveAll(dir) })
	defer func() {
		if err != nil {
			err = errors.Join(err, w.close())
		}
	}()
	if o.Memory {
		if err := unix.Mount("bench", dir, "tmpfs", 0, "size=75%"); err != nil {
			return nil, fmt.Errorf("mount a tmpfs (try --disk): %w", err)
		}
		w.ended.Add(func() error { return unix.Unmount(dir, unix.MNT_DETACH) })
	}
	return w, w.startRegistry(ctx)
}

// close ends all started programs, the last one first.
func (w *world) close() error { return w.ended.End() }

// startRegistry runs an empty registry.
func (w *world) startRegistry(ctx context.Context) error {
	address, err := service.FreeAddress()
	if err != nil {
		return err
	}
	w.registry = address
	config := filepath.Join(w.dir, "registry.yml")
	text := fmt.Sprintf("version: 0.1\nlog: {level: warn, accesslog: {disabled: true}}\nstorage:\n  filesystem: {rootdirectory: %q}\nhttp: {addr: %q}\n",
		filepath.Join(w.dir, "registry"), address)
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		return err
	}
	_, end, err := service.Run(w.dir, "registry", []string{filepath.Join(w.lab.Dir, "bin", "registry"), "serve", config}, []string{"OTEL_TRACES_EXPORTER=none"})
	if err != nil {
		return err
	}
	w.ended.Add(end)
	return service.Eventually(ctx, 30*time.Second, "the registry", func() error {
		response, err := http.Get("http://" + address + "/v2/")
		if err == nil {
			response.Body.Close()
		}
		return err
	})
}

// daemon is a buildkitd of a world.
type daemon struct {
	*lab.Lab
	pid int
	end func() error
}

// startDaemon runs a buildkitd with an empty cache. The caller ends it, which also deletes its cache.
func (w *world) startDaemon(ctx context.Context) (_ *daemon, err error) {
	dir, err := os.MkdirTemp(w.dir, "d")
	if err != nil {
		return nil, err
	}
	config := filepath.Join(dir, "buildkitd.toml")
	// The garbage collection must not run between two measurements.
	text := strings.Replace(lab.BuildkitConfig(w.lab.Registry), "[worker.oci]\n", "[worker.oci]\n  gc = false\n", 1) +
		fmt.Sprintf("[registry.%q]\n  http = true\n  insecure = true\n", w.registry)
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		return nil, err
	}
	ca := filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(ca, w.proxy.CA, 0o644); err != nil {
		return nil, err
	}
	temporary := filepath.Join(dir, "tmp")
	if err := os.Mkdir(temporary, 0o755); err != nil {
		return nil, err
	}
	address := "unix://" + filepath.Join(dir, "sock")
	argv := lab.BuildkitCommand(filepath.Join(w.lab.Dir, "bin", "buildkitd"), config, filepath.Join(dir, "root"), address)
	cmd, end, err := service.Run(w.dir, filepath.Base(dir), argv, []string{
		"HTTP_PROXY=" + w.proxy.URL(), "HTTPS_PROXY=" + w.proxy.URL(), "NO_PROXY=127.0.0.1,localhost",
		"SSL_CERT_FILE=" + ca, "SSL_CERT_DIR=/nonexistent",
		// A daemon that is killed leaves its mounts of layers there, and they are found.
		"TMPDIR=" + temporary,
	})
	if err != nil {
		return nil, err
	}
	d := &daemon{pid: cmd.Process.Pid}
	client, err := bkclient.New(ctx, address)
	if err != nil {
		return nil, errors.Join(err, end())
	}
	d.end = func() error {
		err := errors.Join(client.Close(), end())
		unmountBelow(dir)
		return errors.Join(err, os.RemoveAll(dir))
	}
	other := *w.lab
	other.Buildkit, other.Client = address, client
	d.Lab = &other
	if err := service.Eventually(ctx, 30*time.Second, "buildkitd", func() error { _, err := client.ListWorkers(ctx); return err }); err != nil {
		text, _ := os.ReadFile(filepath.Join(w.dir, filepath.Base(dir)+".log"))
		return nil, errors.Join(fmt.Errorf("%w\n%s", err, text), d.end())
	}
	return d, nil
}

// pull makes a daemon pull and unpack base images.
func (d *daemon) pull(ctx context.Context, w *world, images []string) error {
	dir, err := os.MkdirTemp(w.dir, "pull")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte(pullAll(images)), 0o644); err != nil {
		return err
	}
	r, err := d.Build(ctx, lab.Build{Frontend: "dockerfile.v0", Context: dir})
	if err != nil {
		return fmt.Errorf("pull the base images: %w\n%s", err, r.Log())
	}
	return nil
}

// unmountBelow removes the mounts that a daemon may have left below a folder.
func unmountBelow(dir string) {
	data, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return
	}
	var points []string
	for line := range strings.Lines(string(data)) {
		if fields := strings.Fields(line); len(fields) > 1 && strings.HasPrefix(fields[1], dir+"/") {
			points = append(points, fields[1])
		}
	}
	for n := len(points) - 1; n >= 0; n-- {
		_ = unix.Unmount(points[n], unix.MNT_DETACH)
	}
}
