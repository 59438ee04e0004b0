package localgateway

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/containerd/containerd/v2/core/content"
	"github.com/containerd/containerd/v2/core/images"
	"github.com/containerd/containerd/v2/core/remotes"
	"github.com/containerd/containerd/v2/core/remotes/docker"
	"github.com/containerd/containerd/v2/plugins/content/local"
	"github.com/containerd/platforms"
	"github.com/distribution/reference"
	"github.com/moby/buildkit/util/flightcontrol"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sync/errgroup"
)

// Images reads images of registries. It stores manifests and unpacked layers in
// a folder. So the next read needs the network only to check whether a tag has
// changed.
type Images struct {
	resolver remotes.Resolver
	store    content.Store
	layers   string

	// found are the images that were read, by name and platform.
	found flightcontrol.CachedGroup[*Image]
}

// NewImages returns Images for a registry configuration and a cache folder.
// credentials returns the user and the password for a registry, or empty texts.
func NewImages(hosts docker.RegistryHosts, credentials func(host string) (string, string, error), cache string) (*Images, error) {
	store, err := local.NewStore(filepath.Join(cache, "content"))
	if err != nil {
		return nil, fmt.Errorf("the cache in %s: %w", cache, err)
	}
	layers := filepath.Join(cache, "layers")
	if err := os.MkdirAll(layers, 0o755); err != nil {
		return nil, err
	}
	authorized := func(host string) ([]docker.RegistryHost, error) {
		all, err := hosts(host)
		for n := range all {
			all[n].Authorizer = docker.NewDockerAuthorizer(docker.WithAuthClient(all[n].Client), docker.WithAuthCreds(credentials))
		}
		return all, err
	}
	return &Images{
		resolver: docker.NewResolver(docker.ResolverOptions{Hosts: authorized}),
		store:    store, layers: layers,
	}, nil
}

// Image is an image for one platform.
type Image struct {
	// Digest is that of the reference: of an index or a manifest.
	Digest digest.Digest

	// config returns the configuration as JSON, read the files.
	config func(context.Context) ([]byte, error)
	read   func(context.Context) (*tree, error)
	files  flightcontrol.CachedGroup[*tree]
}

// Source finds images.
type Source interface {
	Resolve(ctx context.Context, ref string, platform ocispecs.Platform) (*Image, error)
}

// NewImage returns an image with a configuration and files, for tests.
func NewImage(config []byte, files Files) *Image {
	return &Image{
		Digest: digest.FromBytes(config),
		config: func(context.Context) ([]byte, error) { return config, nil },
		read: func(context.Context) (*tree, error) {
			t := newTree()
			files.lay(t)
			return t, nil
		},
	}
}

// Resolve finds an image.
func (i *Images) Resolve(ctx context.Context, ref string, platform ocispecs.Platform) (*Image, error) {
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return nil, fmt.Errorf("%q is not the reference of an image: %w", ref, err)
	}
	name := reference.TagNameOnly(named).String()
	if d, ok := named.(reference.Digested); ok {
		// The digest decides, whatever the tag.
		pinned, err := reference.WithDigest(reference.TrimNamed(named), d.Digest())
		if err != nil {
			return nil, err
		}
		name = pinned.String()
	}
	return i.found.Do(ctx, name+" "+platforms.FormatAll(platform), func(ctx context.Context) (*Image, error) {
		return i.resolve(ctx, name, named, platform)
	})
}

func (i *Images) resolve(ctx context.Context, name string, named reference.Named, platform ocispecs.Platform) (*Image, error) {
	desc, err := i.describe(ctx, name, named)
	if err != nil {
		return nil, err
	}
	fetcher, err := i.resolver.Fetcher(ctx, name)
	if err != nil {
		return nil, err
	}
	img := &Image{Digest: desc.Digest}
	if images.IsIndexType(desc.MediaType) {
		dt, err := i.blob(ctx, fetcher, desc)
		if err != nil {
			return nil, err
		}
		var index ocispecs.Index
		if err := json.Unmarshal(dt, &index); err != nil {
			return nil, fmt.Errorf("the index of %s: %w", name, err)
		}
		if desc, err = choose(index.Manifests, platform); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	dt, err := i.blob(ctx, fetcher, desc)
	if err != nil {
		return nil, err
	}
	var manifest ocispecs.Manifest
	if err := json.Unmarshal(dt, &manifest); err != nil {
		return nil, fmt.Errorf("the manifest of %s: %w", name, err)
	}
	img.config = func(ctx context.Context) ([]byte, error) { return i.blob(ctx, fetcher, manifest.Config) }
	img.read = func(ctx context.Context) (*tree, error) { return i.unpack(ctx, fetcher, manifest.Layers) }
	return img, nil
}

// describe asks the registry for the descriptor of a reference. It does not ask
// for a digest that is in the cache.
func (i *Images) describe(ctx context.Context, name string, named reference.Named) (ocispecs.Descriptor, error) {
	if d, ok := named.(reference.Digested); ok {
		if info, err := i.store.Info(ctx, d.Digest()); err == nil {
			desc := ocispecs.Descriptor{Digest: d.Digest(), Size: info.Size}
			dt, err := content.ReadBlob(ctx, i.store, desc)
			if err == nil {
				var kind struct {
					MediaType string            `json:"mediaType"`
					Manifests []json.RawMessage `json:"manifests"`
				}
				if json.Unmarshal(dt, &kind) == nil {
					desc.MediaType = kind.MediaType
					if len(kind.Manifests) > 0 {
						desc.MediaType = ocispecs.MediaTypeImageIndex
					}
					return desc, nil
				}
			}
		}
	}
	_, desc, err := i.resolver.Resolve(ctx, name)
	if err != nil {
		return desc, fmt.Errorf("%s: %w", name, err)
	}
	return desc, nil
}

// choose returns the manifest that fits a platform best.
func choose(all []ocispecs.Descriptor, platform ocispecs.Platform) (ocispecs.Descriptor, error) {
	match := platforms.Only(platform)
	var best *ocispecs.Descriptor
	for n := range all {
		p := all[n].Platform
		if p == nil || !match.Match(*p) {
			continue
		}
		if best == nil || match.Less(*p, *best.Platform) {
			best = &all[n]
		}
	}
	if best == nil {
		return ocispecs.Descriptor{}, fmt.Errorf("no match for platform %s in its manifest: %w", platforms.FormatAll(platform), os.ErrNotExist)
	}
	return *best, nil
}

// maxBlob is the maximum size of manifests and configurations, in bytes.
const maxBlob = 16 << 20

// blob returns a manifest or a configuration, from the cache if it is there.
func (i *Images) blob(ctx context.Context, fetcher remotes.Fetcher, desc ocispecs.Descriptor) ([]byte, error) {
	if err := desc.Digest.Validate(); err != nil {
		return nil, fmt.Errorf("the registry names %q: %w", desc.Digest, err)
	}
	if dt, err := content.ReadBlob(ctx, i.store, desc); err == nil {
		return dt, nil
	}
	if desc.Size > maxBlob {
		return nil, fmt.Errorf("%s is too large: %d bytes", desc.Digest, desc.Size)
	}
	r, err := fetcher.Fetch(ctx, desc)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	dt, err := io.ReadAll(io.LimitReader(r, maxBlob))
	if err != nil {
		return nil, err
	}
	if digest.FromBytes(dt) != desc.Digest {
		return nil, fmt.Errorf("the answer of the registry for %s has another digest", desc.Digest)
	}
	// The content is valid even if it cannot be stored in the cache.
	_ = content.WriteBlob(ctx, i.store, desc.Digest.String(), strings.NewReader(string(dt)), desc)
	return dt, nil
}

// Config returns the image's configuration as JSON.
func (img *Image) Config(ctx context.Context) ([]byte, error) {
	return img.config(ctx)
}

// tree returns the image's files.
func (img *Image) tree(ctx context.Context) (*tree, error) {
	return img.files.Do(ctx, "", img.read)
}

// unpack applies the layers in their order.
func (i *Images) unpack(ctx context.Context, fetcher remotes.Fetcher, all []ocispecs.Descriptor) (*tree, error) {
	layers := make([]*layer, len(all))
	eg, ctx := errgroup.WithContext(ctx)
	eg.SetLimit(4)
	for n, desc := range all {
		eg.Go(func() (err error) {
			layers[n], err = i.layer(ctx, fetcher, desc)
			if err != nil {
				err = fmt.Errorf("the layer %s: %w", desc.Digest, err)
			}
			return err
		})
	}
	if err := eg.Wait(); err != nil {
		return nil, err
	}
	t := newTree()
	for _, l := range layers {
		l.apply(t)
	}
	return t, nil
}
