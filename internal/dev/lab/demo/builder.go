package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	bkclient "github.com/moby/buildkit/client"
	"github.com/moby/buildkit/client/llb"
	gwclient "github.com/moby/buildkit/frontend/gateway/client"

	"github.com/moult-build/moult/internal/dev/lab"
)

// builder is the demo's own buildkitd. Its cache has only base images when the demo starts.
type builder struct {
	demo *demo
	// name is that of buildx's builder over it.
	name   string
	root   string
	daemon *exec.Cmd
	ended  chan struct{} // closed when the daemon has ended
	client *bkclient.Client
}

// startBuilder starts a buildkitd and makes it known to buildx.
func (d *demo) startBuilder(ctx context.Context) (*builder, error) {
	b := &builder{demo: d, name: "moult-demo", root: filepath.Join(d.work, "buildkit"), ended: make(chan struct{})}
	config := filepath.Join(d.work, "buildkitd.toml")
	if err := os.WriteFile(config, []byte(lab.BuildkitConfig(d.Registry)), 0o644); err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(d.Dir, "log", "demo.log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	address := "unix://" + filepath.Join(d.work, "sock")
	argv := lab.BuildkitCommand(filepath.Join(d.Dir, "bin", "buildkitd"), config, b.root, address)
	// The daemon does not end with the context. stop sends it a signal, so that it removes its mounts.
	b.daemon = exec.Command(argv[0], argv[1:]...)
	b.daemon.Stdout, b.daemon.Stderr = log, log
	b.daemon.Env = append(os.Environ(), "PATH="+os.Getenv("PATH")+":/usr/sbin:/sbin")
	if err := b.daemon.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = b.daemon.Wait()
		close(b.ended)
	}()
	if err := b.dial(ctx, address); err != nil {
		text, _ := os.ReadFile(log.Name())
		return nil, errors.Join(fmt.Errorf("the demo's buildkitd: %w\n%s", err, text), b.stop())
	}
	return b, nil
}

// dial waits until the daemon answers.
func (b *builder) dial(ctx context.Context, address string) error {
	var err error
	if b.client, err = bkclient.New(ctx, address); err != nil {
		return err
	}
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if _, err = b.client.Info(ctx); err == nil {
			break
		}
		if time.Now().After(end) || ctx.Err() != nil {
			return err
		}
	}
	// A builder of an interrupted demo may exist.
	_ = b.buildx(ctx, "rm", "--keep-daemon", b.name)
	return b.buildx(ctx, "create", "--name", b.name, "--driver", "remote", address)
}

func (b *builder) buildx(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, "docker", append([]string{"buildx"}, args...)...)
	cmd.Env = b.demo.environment()
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("docker buildx %s: %w\n%s", strings.Join(args, " "), err, text)
	}
	return nil
}

// prepare pulls the base images and removes everything else from the cache.
func (b *builder) prepare(ctx context.Context, refs ...string) error {
	if err := b.clean(ctx); err != nil {
		return fmt.Errorf("empty the demo's builder: %w", err)
	}
	if err := b.pull(ctx, refs...); err != nil {
		return err
	}
	return b.recordBaseImages(ctx)
}

// pull brings images into the builder's cache and unpacks them.
func (b *builder) pull(ctx context.Context, refs ...string) error {
	_, err := b.client.Build(ctx, bkclient.SolveOpt{}, "moult-demo", func(ctx context.Context, c gwclient.Client) (*gwclient.Result, error) {
		for _, ref := range refs {
			// BuildKit unpacks an image only for an operation on it.
			def, err := llb.Image("docker.io/library/" + ref).File(llb.Mkdir("/demo", 0o755)).Marshal(ctx)
			if err != nil {
				return nil, err
			}
			if _, err := c.Solve(ctx, gwclient.SolveRequest{Definition: def.ToPB(), Evaluate: true}); err != nil {
				return nil, fmt.Errorf("the image %s: %w", ref, err)
			}
		}
		return gwclient.NewResult(), nil
	}, nil)
	return err
}

// baseImagesFile lists the records of the cache that hold base images.
func (b *builder) baseImagesFile() string { return filepath.Join(b.demo.work, "base-images.json") }

// clean removes everything from the cache that an earlier demo has left in it, except for the base images.
func (b *builder) clean(ctx context.Context) error {
	var baseImages []string
	text, err := os.ReadFile(b.baseImagesFile())
	if err == nil {
		err = json.Unmarshal(text, &baseImages)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	options := []bkclient.PruneOption{bkclient.PruneAll}
	if len(baseImages) > 0 {
		for n, id := range baseImages {
			baseImages[n] = "id!=" + id
		}
		options = append(options, bkclient.WithFilter([]string{strings.Join(baseImages, ",")}))
	}
	return b.client.Prune(ctx, nil, options...)
}

// recordBaseImages records the current content of the cache as base images.
func (b *builder) recordBaseImages(ctx context.Context) error {
	usage, err := b.client.DiskUsage(ctx)
	if err != nil {
		return err
	}
	var ids []string
	for _, record := range usage {
		ids = append(ids, record.ID)
	}
	text, err := json.Marshal(ids)
	if err != nil {
		return err
	}
	return os.WriteFile(b.baseImagesFile(), text, 0o644)
}

// stop ends the daemon. Its cache stays, so that the next demo need not pull the base images.
func (b *builder) stop() error {
	if b.client != nil {
		b.client.Close()
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	_ = b.buildx(ctx, "rm", "--keep-daemon", b.name)
	_ = b.daemon.Process.Signal(os.Interrupt)
	select {
	case <-b.ended:
	case <-ctx.Done():
		_ = b.daemon.Process.Kill()
		<-b.ended
	}
	return nil
}
