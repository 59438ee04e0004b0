package frontend

import (
	"context"
	"fmt"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/util/flightcontrol"
	"github.com/opencontainers/go-digest"
)

// resolveCache asks for the configuration of an image only once in a build,
// even if several platforms ask at the same time.
type resolveCache struct {
	client.Client
	group flightcontrol.CachedGroup[resolved]
}

type resolved struct {
	ref    string
	digest digest.Digest
	config []byte
}

func withResolveCache(c client.Client) client.Client { return &resolveCache{Client: c} }

func (c *resolveCache) ResolveImageConfig(ctx context.Context, ref string, opt sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	if opt.ImageOpt == nil {
		return c.Client.ResolveImageConfig(ctx, ref, opt)
	}
	platform := "default"
	if opt.ImageOpt.Platform != nil {
		platform = platforms.FormatAll(*opt.ImageOpt.Platform)
	}
	key := fmt.Sprintf("%s %s %s", ref, platform, opt.ImageOpt.ResolveMode)
	r, err := c.group.Do(ctx, key, func(ctx context.Context) (resolved, error) {
		ref, dgst, config, err := c.Client.ResolveImageConfig(ctx, ref, opt)
		return resolved{ref, dgst, config}, err
	})
	return r.ref, r.digest, r.config, err
}
