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
	"slices"
	"strings"
	"sync/atomic"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/gateway/client"
	gwpb "github.com/moby/buildkit/frontend/gateway/pb"
	"github.com/moby/buildkit/solver/pb"
	apicapspb "github.com/moby/buildkit/util/apicaps/pb"
	"github.com/moby/buildkit/util/flightcontrol"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/tonistiigi/fsutil"
)

// ErrNeedsDaemon is the error of a request that only a BuildKit can answer.
var ErrNeedsDaemon = errors.New("this needs a BuildKit")

// Client implements the client of the gateway without a gateway.
type Client struct {
	opts   map[string]string
	locals map[string]fsutil.FS
	images Source
	warn   func(Warning)
	run    func(context.Context, Step) (Files, error)
	// lacking is set after a request that only a BuildKit can answer. It is stored
	// here because the frontend may wrap the error as text.
	lacking atomic.Pointer[string]

	// trees are the results of vertices, by the vertices' digests.
	trees flightcontrol.CachedGroup[*tree]
}

// Warning is a warning of the frontend.
type Warning struct {
	Message string
	client.WarnOpts
}

// New returns a client. opts are the frontend's options, locals are the folders
// that a build would send, and images reads images. warn gets the warnings; it
// may be nil.
func New(opts map[string]string, locals map[string]fsutil.FS, images Source, warn func(Warning)) *Client {
	return &Client{opts: opts, locals: locals, images: images, warn: warn}
}

// NeedsDaemon reports whether there was a request that only a BuildKit can
// answer.
func (c *Client) NeedsDaemon() bool { return c.lacking.Load() != nil }

// Refused returns the first request that needs a BuildKit, or "".
func (c *Client) Refused() string {
	if what := c.lacking.Load(); what != nil {
		return *what
	}
	return ""
}

// refuse returns the error for a request that needs a BuildKit.
func (c *Client) refuse(what string) error {
	c.lacking.CompareAndSwap(nil, &what)
	return fmt.Errorf("%w: %s", ErrNeedsDaemon, what)
}

// BuildOpts implements client.Client. It has all capabilities that BuildKit's
// library knows, but one: without the mount whose content is no part of a step's
// key the frontend reads images, and asks no step about them.
func (c *Client) BuildOpts() client.BuildOpts {
	all := slices.DeleteFunc(pb.Caps.All(), func(c *apicapspb.APICap) bool { return c.ID == string(pb.CapExecMountContentCache) })
	host := platforms.Normalize(ocispecs.Platform{OS: "linux", Architecture: runtime.GOARCH})
	return client.BuildOpts{
		Opts:    c.opts,
		Workers: []client.WorkerInfo{{ID: "none", Platforms: []ocispecs.Platform{host}}},
		Product: "moult",
		LLBCaps: pb.Caps.CapSet(all),
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

// Solve implements client.Client. The result is evaluated when it is read,
// unless the request asks for more.
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

// clean returns a name in the form of trees: relative, without a trailing
// slash.
func clean(name string) string { return strings.Trim(path.Clean("/"+name), "/") }
