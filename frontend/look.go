package frontend

import (
	"context"
	"sync"

	"github.com/containerd/platforms"
	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/util/flightcontrol"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/moult-build/moult/internal/environment"
)

// anticipate asks for what every build asks for later, its images and the
// base's Python, while the lock is being read. What fails here is asked again,
// and told, where it is needed.
func (b *build) anticipate(ctx context.Context) (err error) {
	defer recovered(&err)
	target := b.BuildPlatforms[0]
	if len(b.TargetPlatforms) > 0 {
		target = b.TargetPlatforms[0]
	}
	target = platforms.Normalize(target)
	w, base, err := b.world(ctx, target, "")
	if err != nil {
		return err
	}
	files, err := b.look(ctx, w.Base, w.Target)
	if err != nil {
		return err
	}
	platform := environment.Platform{OS: target.OS, Arch: target.Architecture, Variant: target.Variant}
	_, err = environment.Detect(ctx, files, platform, base.config.Config.Env, b.wanted())
	return err
}

// looked are the images that were looked into, by the digest of how they are
// made.
type looked struct {
	mu  sync.Mutex
	all map[digest.Digest]*imageFiles
}

// look lets internal/environment look into an image.
func (b *build) look(ctx context.Context, st bk.State, platform ocispecs.Platform) (*imageFiles, error) {
	def, err := b.marshal(ctx, st, platform)
	if err != nil {
		return nil, err
	}
	head, err := def.Head()
	if err != nil {
		return nil, err
	}
	b.looked.mu.Lock()
	defer b.looked.mu.Unlock()
	if files, ok := b.looked.all[head]; ok {
		return files, nil
	}
	ref, err := b.request(ctx, def)
	if err != nil {
		return nil, err
	}
	files := &imageFiles{ref: ref}
	if b.looked.all == nil {
		b.looked.all = map[digest.Digest]*imageFiles{}
	}
	b.looked.all[head] = files
	return files, nil
}

// imageFiles is an image as internal/environment sees it. Each question is put
// to the daemon once.
type imageFiles struct {
	ref     client.Reference
	files   flightcontrol.CachedGroup[[]byte]
	folders flightcontrol.CachedGroup[[]string]
}

func (f *imageFiles) ReadFile(ctx context.Context, name string) ([]byte, error) {
	return f.files.Do(ctx, name, func(ctx context.Context) ([]byte, error) {
		return f.ref.ReadFile(ctx, client.ReadRequest{Filename: name})
	})
}

func (f *imageFiles) ReadDir(ctx context.Context, name string) ([]string, error) {
	return f.folders.Do(ctx, name, func(ctx context.Context) ([]string, error) {
		entries, err := f.ref.ReadDir(ctx, client.ReadDirRequest{Path: name})
		if err != nil {
			return nil, err
		}
		names := make([]string, len(entries))
		for n, e := range entries {
			names[n] = e.Path
		}
		return names, nil
	})
}
