package frontend

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/distribution/reference"
	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerui"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// image is an image of the build, pinned.
type image struct {
	// ref is the reference from the user or a default.
	ref string
	// pinned is the reference with the digest; empty for a named context.
	pinned string
	state  bk.State
	config dockerspec.DockerOCIImage
}

// image finds an image by its reference: first a named context of that name,
// so that users can replace the image, else the registry. The result is
// pinned by digest.
func (b *build) image(ctx context.Context, role, ref string, platform ocispecs.Platform) (image, error) {
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return image{}, fmt.Errorf("%q is not the reference of an image: %w", ref, err)
	}
	mode := b.ImageResolveMode.String()
	nc, err := b.NamedContext(ref, dockerui.ContextOpt{Platform: &platform, ResolveMode: mode})
	if err != nil {
		return image{}, err
	}
	if nc != nil {
		st, config, err := nc.Load(ctx)
		if err != nil {
			return image{}, err
		}
		img := image{ref: ref, state: st.Platform(platform)}
		if config != nil {
			img.config = *config
		}
		return img, nil
	}
	name := reference.TagNameOnly(named).String()
	resolved, dgst, dt, err := b.gateway.ResolveImageConfig(ctx, name, sourceresolver.Opt{
		LogName:  fmt.Sprintf("[internal] load metadata for %s", reference.FamiliarString(reference.TagNameOnly(named))),
		ImageOpt: &sourceresolver.ResolveImageOpt{Platform: &platform, ResolveMode: mode},
	})
	if err != nil {
		return image{}, fmt.Errorf("the image %s: %w", ref, err)
	}
	if r, err := reference.ParseNormalizedNamed(resolved); err == nil {
		named = r
	}
	pinned := named
	if _, ok := named.(reference.Digested); !ok && dgst != "" {
		if pinned, err = reference.WithDigest(reference.TagNameOnly(named), dgst); err != nil {
			return image{}, err
		}
	}
	img := image{ref: ref, pinned: reference.FamiliarString(pinned)}
	if err := json.Unmarshal(dt, &img.config); err != nil {
		return image{}, fmt.Errorf("the configuration of %s: %w", ref, err)
	}
	img.config.Created = nil
	img.state, err = bk.Image(pinned.String(),
		bk.Platform(platform),
		b.ImageResolveMode,
		bk.WithCustomName(fmt.Sprintf("[%s] from %s", role, reference.FamiliarString(pinned))),
	).WithImageConfig(dt)
	if err != nil {
		return image{}, fmt.Errorf("the configuration of %s: %w", ref, err)
	}
	img.state = img.state.Platform(platform)
	return img, nil
}
