package frontend

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/containerd/platforms"
	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/moult-build/moult/llb"
)

// world has the inputs of a graph for one platform that were requested so far.
// It answers the questions of internal/pipeline.
type world struct {
	llb.World
	b *build
	// base is the image that the result is built on.
	base image
	// taken is the interpreter of the base; nil if it is not an official image.
	taken *interpreter
	// mu guards the maps of images and contexts.
	mu sync.Mutex
}

// host is the daemon's own platform.
func (b *build) host() ocispecs.Platform { return platforms.Normalize(b.BuildPlatforms[0]) }

// firstTarget is the first platform that the client asks for. The release of
// Python is chosen for it.
func (b *build) firstTarget() ocispecs.Platform {
	if len(b.TargetPlatforms) > 0 {
		return platforms.Normalize(b.TargetPlatforms[0])
	}
	return b.host()
}

// world finds the options of a graph for one platform, and the programs that
// its steps run. Images are added when they are requested.
func (b *build) world(ctx context.Context, target ocispecs.Platform) (*world, error) {
	w := &world{b: b, World: llb.World{
		Target:        target,
		Build:         b.host(),
		ImageStates:   llb.ImageStates{Images: map[string]llb.Image{}, Contexts: map[string]bk.State{}, ImageContexts: map[string]bool{}},
		Locate:        b.locate,
		ClientOptions: b.clientOptions(),
		Can:           abilities(b.gateway.BuildOpts()),
	}}
	var err error
	if w.Epoch, err = b.epoch(ctx); err != nil {
		return nil, err
	}
	var whole *bk.State
	if !b.local {
		if whole, err = b.MainContext(ctx); err != nil {
			return nil, err
		}
	}
	w.World.Context = b.selected(whole)
	return w, nil
}

// clientOptions are the client's options for all steps. The epoch is not one of
// them here, because the context may have to be asked for it.
func (b *build) clientOptions() llb.ClientOptions {
	return llb.ClientOptions{
		Exec: b.execOptions(), Limits: b.limits(), Proxy: proxy(b.BuildArgs), Network: b.NetworkMode,
		CacheNamespace: b.CacheIDNamespace, NoCache: b.IsNoCache,
	}
}

// execOptions are the client's options for steps that run programs of
// others.
func (b *build) execOptions() []bk.RunOption {
	var options []bk.RunOption
	for _, h := range b.ExtraHosts {
		options = append(options, bk.AddExtraHost(h.Host, h.IP))
	}
	if b.ShmSize > 0 {
		options = append(options, bk.AddMount("/dev/shm", bk.Scratch(), bk.Tmpfs(bk.TmpfsSize(b.ShmSize))))
	}
	if b.Hostname != "" {
		options = append(options, bk.With(bk.Hostname(b.Hostname)))
	}
	return options
}

// limits are the client's limits, which hold for every step: those that install
// and compile use the machine, too.
func (b *build) limits() []bk.RunOption {
	var options []bk.RunOption
	caps := b.gateway.BuildOpts().LLBCaps
	if caps.Supports(pb.CapExecMetaUlimit) == nil {
		for _, u := range b.Ulimits {
			options = append(options, bk.AddUlimit(bk.UlimitName(u.Name), u.Soft, u.Hard))
		}
	}
	if b.CgroupParent != "" && caps.Supports(pb.CapExecMetaCgroupParent) == nil {
		options = append(options, bk.WithCgroupParent(b.CgroupParent))
	}
	if r := b.LinuxResources; r != nil && caps.Supports(pb.CapExecMetaLinuxResources) == nil {
		options = append(options, bk.WithLinuxResources(bk.LinuxResources{
			Memory: r.Memory, MemorySwap: r.MemorySwap, CPUShares: r.CpuShares, CPUPeriod: r.CpuPeriod,
			CPUQuota: r.CpuQuota, CpusetCpus: r.CpusetCpus, CpusetMems: r.CpusetMems,
		}))
	}
	return options
}

// proxy reads the build arguments with which clients pass their proxies; nil
// if there are none. They are not part of cache keys.
func proxy(args map[string]string) *bk.ProxyEnv {
	var p bk.ProxyEnv
	for name, value := range map[string]*string{
		"http_proxy": &p.HTTPProxy, "https_proxy": &p.HTTPSProxy, "ftp_proxy": &p.FTPProxy,
		"no_proxy": &p.NoProxy, "all_proxy": &p.AllProxy,
	} {
		// If both are set, the lower-case name is used, as in curl.
		*value = args[strings.ToUpper(name)]
		if v, ok := args[name]; ok {
			*value = v
		}
	}
	if p == (bk.ProxyEnv{}) {
		return nil
	}
	return &p
}

// epoch reads SOURCE_DATE_EPOCH: Unix seconds, or "context" for the time of a
// git context's commit.
func (b *build) epoch(ctx context.Context) (*time.Time, error) {
	switch v := b.BuildArgs["SOURCE_DATE_EPOCH"]; v {
	case "":
		return nil, nil
	case "context":
		return b.ResolveMainContextSourceDateEpoch(ctx)
	default:
		seconds, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("the build argument SOURCE_DATE_EPOCH is a number of seconds or \"context\", not %q", v)
		}
		t := time.Unix(seconds, 0).UTC()
		return &t, nil
	}
}

// lostState reports whether a daemon has removed a vertex that is still needed:
// builds share vertices, and one that has just failed takes those away that
// another is about to ask for (seen with BuildKit v0.13). The next request loads
// them again.
func lostState(err error) bool {
	return err != nil && strings.Contains(err.Error(), "failed to get state for index")
}

// solve solves a state, with the client's imported caches. Nothing runs
// before the result is used.
func (b *build) solve(ctx context.Context, st bk.State, platform ocispecs.Platform) (client.Reference, error) {
	def, err := b.marshal(ctx, st, platform)
	if err != nil {
		return nil, err
	}
	return b.request(ctx, def, false)
}

// evaluate solves a state immediately, so that its failure is known here.
func (b *build) evaluate(ctx context.Context, st bk.State, platform ocispecs.Platform) (client.Reference, error) {
	def, err := b.marshal(ctx, st, platform)
	if err != nil {
		return nil, err
	}
	ref, err := b.solveNow(ctx, def, platform)
	return ref, b.explainPackages(ctx, err)
}

// marshal encodes a state. The vertices that two states share are encoded once,
// but only if the second state waits for the first.
func (b *build) marshal(ctx context.Context, st bk.State, platform ocispecs.Platform) (*bk.Definition, error) {
	b.marshalling.Lock()
	defer b.marshalling.Unlock()
	return st.Marshal(ctx, bk.Platform(platform), bk.WithCaps(b.gateway.BuildOpts().LLBCaps))
}

// request solves a graph, immediately if it is to be evaluated.
func (b *build) request(ctx context.Context, def *bk.Definition, evaluate bool) (client.Reference, error) {
	def, err := b.patience.in(def)
	if err != nil {
		return nil, err
	}
	b.vertices.add(def)
	ask := client.SolveRequest{Definition: def.ToPB(), CacheImports: b.CacheImports, Evaluate: evaluate}
	res, err := b.gateway.Solve(ctx, ask)
	if lostState(err) {
		res, err = b.gateway.Solve(ctx, ask)
	}
	if err != nil {
		return nil, b.failures.why(ctx, err)
	}
	return res.SingleRef()
}
