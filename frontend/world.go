package frontend

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/containerd/platforms"
	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/llb"
)

// world finds the images and options that a graph for one platform stands on,
// and the base image. The builder's reference is empty where it is not known
// yet whether one is needed; then addBuilder follows.
func (b *build) world(ctx context.Context, target ocispecs.Platform, builder string) (llb.World, image, error) {
	host := platforms.Normalize(b.BuildPlatforms[0])
	w := llb.World{
		Target:         target,
		Build:          host,
		Locate:         b.locate,
		Network:        b.NetworkMode,
		Exec:           b.execOptions(),
		Proxy:          proxy(b.BuildArgs),
		CacheNamespace: b.CacheIDNamespace,
		NoCache:        b.IsNoCache,
		Can:            abilities(b.gateway.BuildOpts()),
	}
	var err error
	if w.Epoch, err = b.epoch(ctx); err != nil {
		return w, image{}, err
	}
	ref := plan.Base(b.project, b.python)
	var whole *bk.State
	if !b.local {
		if whole, err = b.MainContext(ctx); err != nil {
			return w, image{}, err
		}
	}
	w.Context = b.selected(whole)
	var base, compiler image
	eg, egctx := newGroup(ctx)
	eg.Go(func() (err error) { base, err = b.imageAt(egctx, "runtime", ref, target); return err })
	if from := b.project.Settings.PythonFrom; from != nil {
		eg.Go(func() error { return b.addPython(egctx, &w, from.V) })
		// The very Python that the base gets compiles its bytecode.
		eg.Go(func() (err error) { compiler, err = b.imageAt(egctx, "python", from.V, host); return err })
	} else {
		eg.Go(func() (err error) { compiler, err = b.imageAt(egctx, "runtime", ref, host); return err })
	}
	if builder != "" {
		eg.Go(func() error { return b.addBuilder(egctx, &w, builder) })
	}
	eg.Go(func() (err error) { w.Tools, w.ToolsDir, err = b.tools.state(egctx, b, host); return err })
	if err := eg.Wait(); err != nil {
		return w, image{}, err
	}
	w.Base, w.Compiler = base.state, compiler.state
	return w, base, nil
}

// addBuilder finds the builder's image.
func (b *build) addBuilder(ctx context.Context, w *llb.World, ref string) error {
	img, err := b.imageAt(ctx, "builder", ref, w.Target)
	w.Builder, w.BuilderEnv = img.state, img.config.Config.Env
	return err
}

// addPython finds the image whose Python is added to the base.
func (b *build) addPython(ctx context.Context, w *llb.World, ref string) error {
	img, err := b.imageAt(ctx, "python", ref, w.Target)
	w.Python, w.PythonEnv = img.state, img.config.Config.Env
	return err
}

// addInit finds the image whose init process is added to the base.
func (b *build) addInit(ctx context.Context, w *llb.World, ref string) error {
	img, err := b.imageAt(ctx, "init", ref, w.Target)
	w.Init = img.state
	return err
}

// imageAt is image with the line that named it.
func (b *build) imageAt(ctx context.Context, role, ref string, platform ocispecs.Platform) (image, error) {
	img, err := b.image(ctx, role, ref, platform)
	if err == nil {
		return img, nil
	}
	// As text: across the gateway the message of a wrapped status would take
	// the place of ours.
	s := b.project.Settings
	for _, named := range []*source.At[string]{s.Base, s.Builder, s.PythonFrom} {
		if named != nil && named.V == ref {
			return img, source.Errorf(named.Pos, "%v", err)
		}
	}
	if b.python.Pos.IsValid() {
		return img, source.Errorf(b.python.Pos, "%v", err)
	}
	return img, err
}

// execOptions are the client's options for steps that run other people's
// programs.
func (b *build) execOptions() []bk.RunOption {
	var options []bk.RunOption
	caps := b.gateway.BuildOpts().LLBCaps
	for _, h := range b.ExtraHosts {
		options = append(options, bk.AddExtraHost(h.Host, h.IP))
	}
	if caps.Supports(pb.CapExecMetaUlimit) == nil {
		for _, u := range b.Ulimits {
			options = append(options, bk.AddUlimit(bk.UlimitName(u.Name), u.Soft, u.Hard))
		}
	}
	if b.ShmSize > 0 {
		options = append(options, bk.AddMount("/dev/shm", bk.Scratch(), bk.Tmpfs(bk.TmpfsSize(b.ShmSize))))
	}
	if b.CgroupParent != "" && caps.Supports(pb.CapExecMetaCgroupParent) == nil {
		options = append(options, bk.WithCgroupParent(b.CgroupParent))
	}
	if b.Hostname != "" {
		options = append(options, bk.With(bk.Hostname(b.Hostname)))
	}
	if r := b.LinuxResources; r != nil && caps.Supports(pb.CapExecMetaLinuxResources) == nil {
		options = append(options, bk.WithLinuxResources(bk.LinuxResources{
			Memory: r.Memory, MemorySwap: r.MemorySwap, CPUShares: r.CpuShares, CPUPeriod: r.CpuPeriod,
			CPUQuota: r.CpuQuota, CpusetCpus: r.CpusetCpus, CpusetMems: r.CpusetMems,
		}))
	}
	return options
}

// proxy reads the build arguments by which clients pass their proxies; nil
// where there are none. They are not part of cache keys.
func proxy(args map[string]string) *bk.ProxyEnv {
	var p bk.ProxyEnv
	for name, value := range map[string]*string{
		"http_proxy": &p.HTTPProxy, "https_proxy": &p.HTTPSProxy, "ftp_proxy": &p.FTPProxy,
		"no_proxy": &p.NoProxy, "all_proxy": &p.AllProxy,
	} {
		// The lower-case name wins where both are given, as in curl.
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

// solve solves a state, with the caches the client wants imported. Nothing
// runs before the result is used.
func (b *build) solve(ctx context.Context, st bk.State, platform ocispecs.Platform) (client.Reference, error) {
	def, err := b.marshal(ctx, st, platform)
	if err != nil {
		return nil, err
	}
	return b.request(ctx, def)
}

// evaluate solves a state at once, so that its failure is known here.
func (b *build) evaluate(ctx context.Context, st bk.State, platform ocispecs.Platform) (client.Reference, error) {
	def, err := b.marshal(ctx, st, platform)
	if err != nil {
		return nil, err
	}
	res, err := b.gateway.Solve(ctx, client.SolveRequest{Definition: def.ToPB(), CacheImports: b.CacheImports, Evaluate: true})
	if err != nil {
		return nil, b.explainPackages(ctx, err)
	}
	return res.SingleRef()
}

func (b *build) marshal(ctx context.Context, st bk.State, platform ocispecs.Platform) (*bk.Definition, error) {
	return st.Marshal(ctx, bk.Platform(platform), bk.WithCaps(b.gateway.BuildOpts().LLBCaps))
}

func (b *build) request(ctx context.Context, def *bk.Definition) (client.Reference, error) {
	res, err := b.gateway.Solve(ctx, client.SolveRequest{Definition: def.ToPB(), CacheImports: b.CacheImports})
	if err != nil {
		return nil, err
	}
	return res.SingleRef()
}
