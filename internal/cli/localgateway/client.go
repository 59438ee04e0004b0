// Package localgateway answers the frontend's requests instead of a BuildKit,
// with the files of this machine and an image registry. It can read build
// contexts and images, which is enough for most subrequests. Requests that
// need a container or a download need a BuildKit.
//
// It implements the gateway's client, so that the frontend does not see a
// difference.
package localgateway

import (
	"context"
	"errors"
	"fmt"
	"path"
	"runtime"
	"strings"
	"sync/atomic"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/gateway/client"
	gwpb "github.com/moby/buildkit/frontend/gateway/pb"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/flightcontrol"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/tonistiigi/fsutil"
)

// ErrNeedsDaemon is what is asked for that only a BuildKit can answer.
var ErrNeedsDaemon = errors.New("this needs a BuildKit")

// Client is a client of the gateway without a gateway.
type Client struct {
	opts   map[string]string
	locals map[string]fsutil.FS
	images Source
	warn   func(Warning)
	run    func(context.Context, Step) (Files, error)
	// lacking is set once something was asked that only a BuildKit can
	// answer. The error itself may not come back from the frontend as it was.
	lacking atomic.Pointer[string]

	// trees are the files of vertices' results, by the vertices' digests.
	trees flightcontrol.CachedGroup[*tree]
}

// Warning is what the frontend warns of.
type Warning struct {
	Message string
	client.WarnOpts
}

// New makes a client. opts are the frontend's options, locals the folders
// that a build would send, images where images are looked into; warn is told
// of warnings and may be nil.
func New(opts map[string]string, locals map[string]fsutil.FS, images Source, warn func(Warning)) *Client {
	return &Client{opts: opts, locals: locals, images: images, warn: warn}
}

// NeedsDaemon reports whether something was asked that only a BuildKit can
// answer.
func (c *Client) NeedsDaemon() bool { return c.lacking.Load() != nil }

// Refused is the first thing that was asked and needs a BuildKit, or empty.
func (c *Client) Refused() string {
	if what := c.lacking.Load(); what != nil {
		return *what
	}
	return ""
}

// refuse says what cannot be done here.
func (c *Client) refuse(what string) error {
	c.lacking.CompareAndSwap(nil, &what)
	return fmt.Errorf("%w: %s", ErrNeedsDaemon, what)
}

// BuildOpts implements client.Client. The daemon that is not there can do
// everything that BuildKit's library knows.
func (c *Client) BuildOpts() client.BuildOpts {
	host := platforms.Normalize(ocispecs.Platform{OS: "linux", Architecture: runtime.GOARCH})
	return client.BuildOpts{
		Opts:    c.opts,
		Workers: []client.WorkerInfo{{ID: "none", Platforms: []ocispecs.Platform{host}}},
		Product: "moult",
		LLBCaps: pb.Caps.CapSet(pb.Caps.All()),
		Caps:    gwpb.Caps.CapSet(gwpb.Caps.All()),
	}
}

// Inputs implements client.Client.
func (c *Client) Inputs(context.Context) (map[string]llb.State, error) { return nil, nil }

// Warn implements client.Client.
func (c *Client) Warn(_ context.Context, _ digest.Digest, msg string, opts client.WarnOpts) error {
	if c.warn != nil {
		c.warn(Warning{msg, opts})
	}
	return nil
}

// NewContainer implements client.Client.
func (c *Client) NewContainer(context.Context, client.NewContainerRequest) (client.Container, error) {
	return nil, c.refuse("a container")
}

// ResolveImageConfig implements client.Client.
func (c *Client) ResolveImageConfig(ctx context.Context, ref string, opt sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	if opt.OCILayoutOpt != nil {
		return "", "", nil, c.refuse("an image of an OCI layout")
	}
	platform := c.BuildOpts().Workers[0].Platforms[0]
	if opt.ImageOpt != nil && opt.ImageOpt.Platform != nil {
		platform = *opt.ImageOpt.Platform
	}
	img, err := c.images.Resolve(ctx, ref, platform)
	if err != nil {
		return "", "", nil, err
	}
	config, err := img.Config(ctx)
	return ref, img.Digest, config, err
}

// ResolveSourceMetadata implements client.Client.
func (c *Client) ResolveSourceMetadata(ctx context.Context, op *pb.SourceOp, opt sourceresolver.Opt) (*sourceresolver.MetaResponse, error) {
	ref, ok := strings.CutPrefix(op.Identifier, "docker-image://")
	if !ok {
		return nil, c.refuse("what " + op.Identifier + " is")
	}
	_, dgst, config, err := c.ResolveImageConfig(ctx, ref, opt)
	if err != nil {
		return nil, err
	}
	return &sourceresolver.MetaResponse{Op: op, Image: &sourceresolver.ResolveImageResponse{Digest: dgst, Config: config}}, nil
}

// Solve implements client.Client. Nothing is done before something is read,
// unless the request asks for it.
func (c *Client) Solve(ctx context.Context, req client.SolveRequest) (*client.Result, error) {
	if req.Frontend != "" {
		return nil, c.refuse("the frontend " + req.Frontend)
	}
	g, err := parse(req.Definition)
	if err != nil {
		return nil, err
	}
	ref := &result{c: c, graph: g, definition: req.Definition}
	if req.Evaluate {
		if err := ref.Evaluate(ctx); err != nil {
			return nil, err
		}
	}
	res := client.NewResult()
	res.SetRef(ref)
	return res, nil
}

// clean is a name as trees have it: relative, without a trailing slash.
func clean(name string) string { return strings.Trim(path.Clean("/"+name), "/") }
