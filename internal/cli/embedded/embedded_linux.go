// Package embedded is a BuildKit in this process: its solver, a worker that
// runs steps with runc, and a connection inside the process. With it a
// machine without a daemon can build.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/containerd/containerd/v2/core/mount"
	"github.com/containerd/containerd/v2/core/snapshots"
	"github.com/containerd/containerd/v2/plugins/snapshots/native"
	"github.com/containerd/containerd/v2/plugins/snapshots/overlay"
	"github.com/containerd/containerd/v2/plugins/snapshots/overlay/overlayutils"
	"github.com/gofrs/flock"
	"github.com/moby/buildkit/cache/remotecache"
	"github.com/moby/buildkit/cache/remotecache/gha"
	inlinecache "github.com/moby/buildkit/cache/remotecache/inline"
	localcache "github.com/moby/buildkit/cache/remotecache/local"
	registrycache "github.com/moby/buildkit/cache/remotecache/registry"
	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/cmd/buildkitd/config"
	"github.com/moby/buildkit/control"
	"github.com/moby/buildkit/executor/oci"
	"github.com/moby/buildkit/frontend"
	dockerfile "github.com/moby/buildkit/frontend/dockerfile/builder"
	"github.com/moby/buildkit/frontend/gateway"
	"github.com/moby/buildkit/frontend/gateway/forwarder"
	"github.com/moby/buildkit/session"
	"github.com/moby/buildkit/solver"
	"github.com/moby/buildkit/solver/bboltcachestorage"
	"github.com/moby/buildkit/util/db/boltutil"
	"github.com/moby/buildkit/util/disk"
	"github.com/moby/buildkit/util/grpcerrors"
	"github.com/moby/buildkit/util/network/netproviders"
	"github.com/moby/buildkit/util/resolver"
	"github.com/moby/buildkit/version"
	"github.com/moby/buildkit/worker"
	"github.com/moby/buildkit/worker/base"
	"github.com/moby/buildkit/worker/runc"
	"github.com/sirupsen/logrus"
	bolt "go.etcd.io/bbolt"
	"golang.org/x/sync/semaphore"
	"google.golang.org/grpc"
	"google.golang.org/grpc/test/bufconn"
)

// maxMessage is the maximum size of a message, in bytes, as in buildkitd.
const maxMessage = 16 << 20

// Start starts a BuildKit and connects to it. The returned function ends it. A
// process can start only one, because BuildKit has global state.
func Start(ctx context.Context, o Options) (*client.Client, func() error, error) {
	if err := possible(); err != nil {
		return nil, nil, err
	}
	cfg, err := LoadConfig(o.Config)
	if err != nil {
		return nil, nil, err
	}
	root := o.Root
	if root == "" {
		if root, err = DefaultRoot(); err != nil {
			return nil, nil, err
		}
	}
	if root, err = filepath.Abs(root); err != nil {
		return nil, nil, err
	}
	if err := os.MkdirAll(root, 0o700); err != nil {
		return nil, nil, fmt.Errorf("the folder for its cache: %w", err)
	}
	if os.Geteuid() != 0 {
		return nil, nil, inNamespace(root, cfg)
	}
	d := &daemon{}
	c, err := d.start(ctx, root, cfg, o.Wait)
	if err != nil {
		return nil, nil, errors.Join(err, d.end())
	}
	return c, d.end, nil
}

// daemon has the functions that end a running BuildKit; they run in reverse
// order.
type daemon struct{ ends []func() error }

func (d *daemon) onEnd(f func() error) { d.ends = append(d.ends, f) }

func (d *daemon) end() error {
	var all error
	for n := len(d.ends) - 1; n >= 0; n-- {
		all = errors.Join(all, d.ends[n]())
	}
	d.ends = nil
	return all
}

func (d *daemon) start(ctx context.Context, root string, cfg config.Config, wait func(string)) (*client.Client, error) {
	if err := d.lock(ctx, root, wait); err != nil {
		return nil, err
	}
	if err := d.clean(root, cfg); err != nil {
		return nil, err
	}
	if err := d.quiet(root); err != nil {
		return nil, err
	}

	sessions, err := session.NewManager()
	if err != nil {
		return nil, err
	}
	hosts := resolver.NewRegistryConfig(cfg.Registries)
	w, err := d.worker(ctx, root, cfg)
	if err != nil {
		return nil, err
	}
	workers := &worker.Controller{}
	if err := workers.Add(w); err != nil {
		return nil, err
	}
	images, err := gateway.NewGatewayFrontend(workers.Infos(), nil)
	if err != nil {
		return nil, err
	}
	cache, err := bboltcachestorage.NewStore(filepath.Join(root, "cache.db"))
	if err != nil {
		return nil, err
	}
	d.onEnd(cache.Close)
	history, err := boltutil.SafeOpen(filepath.Join(root, "history.db"), 0o600, &bolt.Options{FreelistType: bolt.FreelistMapType, NoFreelistSync: true})
	if err != nil {
		return nil, err
	}
	d.onEnd(history.Close)

	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	c, err := control.NewController(control.Opt{
		SessionManager:   sessions,
		WorkerController: workers,
		Frontends: map[string]frontend.Frontend{
			"dockerfile.v0": forwarder.NewGatewayForwarder(workers.Infos(), dockerfile.Build),
			"gateway.v0":    images,
		},
		ResolveCacheExporterFuncs: map[string]remotecache.ResolveCacheExporterFunc{
			"registry": registrycache.ResolveCacheExporterFunc(sessions, hosts),
			"local":    localcache.ResolveCacheExporterFunc(sessions),
			"inline":   inlinecache.ResolveCacheExporterFunc(),
			"gha":      gha.ResolveCacheExporterFunc(nil, nil),
		},
		ResolveCacheImporterFuncs: map[string]remotecache.ResolveCacheImporterFunc{
			"registry": registrycache.ResolveCacheImporterFunc(sessions, w.ContentStore(), hosts),
			"local":    localcache.ResolveCacheImporterFunc(sessions),
			"gha":      gha.ResolveCacheImporterFunc(nil, nil),
		},
		CacheManager:   solver.NewCacheManager(serving, "local", cache, worker.NewCacheResultStorage(workers)),
		Entitlements:   []string{"network.host"},
		HistoryDB:      history,
		CacheStore:     cache,
		LeaseManager:   w.LeaseManager(),
		ContentStore:   w.ContentStore(),
		HistoryConfig:  cfg.History,
		GarbageCollect: w.GarbageCollect,
		GracefulStop:   serving.Done(),
	})
	if err != nil {
		stop()
		return nil, errors.Join(err, workers.Close())
	}
	// The controller closes the worker too.
	d.onEnd(func() error { stop(); return c.Close() })
	// What a failed step has written takes space until then. A daemon does the
	// same, a minute after its last build.
	d.onEnd(func() error { return w.GarbageCollect(context.WithoutCancel(ctx)) })
	return d.serve(ctx, c)
}

// lock waits until no other moult uses the folder.
func (d *daemon) lock(ctx context.Context, root string, wait func(string)) error {
	lock := flock.New(filepath.Join(root, "lock"))
	if ok, err := lock.TryLock(); err != nil {
		return fmt.Errorf("the folder for its cache: %w", err)
	} else if !ok {
		if wait != nil {
			wait(root)
		}
		if _, err := lock.TryLockContext(ctx, 200*time.Millisecond); err != nil {
			return fmt.Errorf("another moult uses the cache in %s: %w", root, err)
		}
	}
	d.onEnd(lock.Unlock)
	return nil
}

// stepsEnd is the time in which the steps of a build that was cancelled end.
const stepsEnd = 10 * time.Second

// clean removes what a BuildKit that was killed has left, and has this one leave
// nothing.
func (d *daemon) clean(root string, cfg config.Config) error {
	l := newLeftovers(root, cfg)
	if err := l.remove(); err != nil {
		return err
	}
	before, set := os.LookupEnv(temporaryVariable)
	temporary, err := l.makeTemporary()
	if err != nil {
		return fmt.Errorf("the folder for its temporary files: %w", err)
	}
	if err := os.Setenv(temporaryVariable, temporary); err != nil {
		return err
	}
	// containerd has read the variable when the program started.
	if err := mount.SetTempMountLocation(temporary); err != nil {
		return err
	}
	running.Store(&l)
	d.onEnd(func() error {
		l.wait(stepsEnd)
		running.Store(nil)
		err := os.Unsetenv(temporaryVariable)
		if set {
			err = os.Setenv(temporaryVariable, before)
		}
		return errors.Join(err, l.remove())
	})
	return nil
}

// temporaryVariable is the environment variable of the folder for temporary
// files.
const temporaryVariable = "TMPDIR"

// serve serves the controller on a connection in memory.
func (d *daemon) serve(ctx context.Context, c *control.Controller) (*client.Client, error) {
	server := grpc.NewServer(
		grpc.UnaryInterceptor(grpcerrors.UnaryServerInterceptor), grpc.StreamInterceptor(grpcerrors.StreamServerInterceptor),
		grpc.MaxRecvMsgSize(maxMessage), grpc.MaxSendMsgSize(maxMessage))
	c.Register(server)
	listener := bufconn.Listen(1 << 20)
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	d.onEnd(func() error { server.Stop(); return <-done })
	return client.New(ctx, "", client.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
		return listener.DialContext(ctx)
	}))
}

// quiet writes BuildKit's own log to a file next to its cache.
func (d *daemon) quiet(root string) error {
	log, err := os.OpenFile(filepath.Join(root, "buildkit.log"), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	logrus.SetOutput(log)
	// Its messages at the end are useless: the garbage collection reports that
	// databases are closed.
	d.onEnd(func() error { logrus.SetOutput(io.Discard); return log.Close() })
	return nil
}

// worker creates the worker. It runs containers with runc, and uses overlayfs
// for file systems, or copies if the kernel does not permit overlayfs.
func (d *daemon) worker(ctx context.Context, root string, cfg config.Config) (*base.Worker, error) {
	oc := cfg.Workers.OCI
	factory := runc.SnapshotterFactory{Name: "overlayfs", New: func(root string) (snapshots.Snapshotter, error) {
		return overlay.NewSnapshotter(root, overlay.AsynchronousRemove)
	}}
	if err := overlayutils.Supported(root); err != nil || oc.Snapshotter == "native" {
		factory = runc.SnapshotterFactory{Name: "native", New: native.NewSnapshotter}
	}
	// The worker does not close its snapshotter.
	open := factory.New
	factory.New = func(root string) (snapshots.Snapshotter, error) {
		s, err := open(root)
		if err == nil {
			d.onEnd(s.Close)
		}
		return s, err
	}
	var parallel *semaphore.Weighted
	if oc.MaxParallelism > 0 {
		parallel = semaphore.NewWeighted(int64(oc.MaxParallelism))
	}
	mode := oc.Mode
	if mode == "" || rootless() {
		mode = "host"
	}
	opt, err := runc.NewWorkerOpt(root, factory, rootless(), oci.ProcessSandbox, oc.Labels, nil,
		netproviders.Opt{Mode: mode}, nil, oc.Binary, oc.ApparmorProfile, oc.SELinux, parallel, "", oc.DefaultCgroupParent, nil)
	if err != nil {
		return nil, err
	}
	opt.RegistryHosts = resolver.NewRegistryConfig(cfg.Registries)
	opt.BuildkitVersion = client.BuildkitVersion{Package: version.Package, Version: version.Version, Revision: version.Revision}
	opt.GCPolicy = gcPolicy(oc.GCConfig, root)
	return base.NewWorker(ctx, opt)
}

// gcPolicy returns the rules for garbage collection of the cache; the default
// is that of buildkitd.
func gcPolicy(cfg config.GCConfig, root string) []client.PruneInfo {
	if cfg.GC != nil && !*cfg.GC {
		return nil
	}
	space, _ := disk.GetDiskStat(root)
	rules := cfg.GCPolicy
	if len(rules) == 0 {
		rules = config.DefaultGCPolicy(cfg, space)
	}
	var all []client.PruneInfo
	for _, r := range rules {
		all = append(all, client.PruneInfo{
			Filter: r.Filters, All: r.All, KeepDuration: r.KeepDuration.Duration,
			ReservedSpace: r.ReservedSpace.AsBytes(space), MaxUsedSpace: r.MaxUsedSpace.AsBytes(space), MinFreeSpace: r.MinFreeSpace.AsBytes(space),
		})
	}
	return all
}

// possible returns an error that says what is missing for a build in this
// process; nil if nothing is.
func possible() error {
	for _, name := range []string{"buildkit-runc", "runc"} {
		if _, err := exec.LookPath(name); err == nil {
			return nil
		}
	}
	return errors.New("it needs the program runc, which is not in PATH; on Debian and Ubuntu: apt install runc")
}
