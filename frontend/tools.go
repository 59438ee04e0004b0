package frontend

import (
	"context"
	"errors"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/gateway/client"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/moult-build/moult/internal/step/protocol"
)

// Tools is the source of moult-install and moult-build.
type Tools interface {
	// state returns a state and the folder in it that holds the programs for the
	// platform.
	state(ctx context.Context, b *build, platform ocispecs.Platform) (st bk.State, dir string, err error)
}

// FromSource takes the programs from the frontend's own image, which the
// gateway names in the option "source". They are mounted by their path, so
// that a cache key holds the program's content and not the image's digest.
type FromSource struct{}

func (FromSource) state(ctx context.Context, b *build, platform ocispecs.Platform) (bk.State, string, error) {
	ref := b.BuildOpts().Opts["source"]
	if ref == "" {
		return bk.State{}, "", errors.New("the frontend does not know its own image: the build has no option \"source\"")
	}
	img, err := b.image(ctx, "frontend", ref, platform)
	if err != nil {
		return bk.State{}, "", err
	}
	return img.state, protocol.Tools, nil
}

// FromLocal takes the programs from a folder that the client of an in-process
// build shares under this name.
type FromLocal string

func (l FromLocal) state(_ context.Context, b *build, _ ocispecs.Platform) (bk.State, string, error) {
	return bk.Local(string(l),
		bk.SessionID(b.session()),
		bk.SharedKeyHint("moult-tools"),
		bk.WithCustomName("[internal] load moult's programs")), "/", nil
}

// FromPrograms takes the programs from a folder that the client of an
// in-process build shares under this name. It has a folder for each platform,
// such as linux-amd64; the client sends only the one that is needed.
type FromPrograms string

func (p FromPrograms) state(_ context.Context, b *build, platform ocispecs.Platform) (bk.State, string, error) {
	dir := platform.OS + "-" + platform.Architecture
	return bk.Local(string(p),
		bk.SessionID(b.session()),
		bk.SharedKeyHint("moult-tools-"+dir),
		bk.IncludePatterns([]string{dir}),
		bk.WithCustomName("[internal] load moult's programs")), "/" + dir, nil
}

// session is the client's session.
func (b *build) session() string { return b.gateway.BuildOpts().SessionID }

var _ client.BuildFunc = Build
