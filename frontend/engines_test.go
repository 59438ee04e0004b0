package frontend_test

import (
	"context"
	_ "embed"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"
	capspb "github.com/moby/buildkit/util/apicaps/pb"
	"github.com/moby/buildkit/util/staticfs"
	"github.com/tonistiigi/fsutil"

	"github.com/moult-build/moult/frontend"
	"github.com/moult-build/moult/internal/cli/localgateway"
)

//go:embed testdata/capabilities.txt
var capabilities string

// daemon is a version of BuildKit with the capabilities that it announces.
type daemon struct {
	version string
	can     []string
}

// daemons are those of the recording, the oldest first.
func daemons() []daemon {
	var all []daemon
	for line := range strings.Lines(capabilities) {
		version, id, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || version == "#" {
			continue
		}
		if n := len(all); n == 0 {
			all = append(all, daemon{version: version})
		} else if all[n-1].version != version {
			all = append(all, daemon{version, slices.Clone(all[n-1].can)})
		}
		last := &all[len(all)-1]
		last.can = append(last.can, id)
	}
	return all
}

// engine is a local gateway that announces the capabilities of another
// BuildKit and notes those that graphs use.
type engine struct {
	*localgateway.Client
	can []string

	mu   sync.Mutex
	used map[string]bool
}

func (e *engine) BuildOpts() client.BuildOpts {
	opts := e.Client.BuildOpts()
	var caps []*capspb.APICap
	for _, id := range e.can {
		caps = append(caps, &capspb.APICap{ID: id, Enabled: true})
	}
	opts.LLBCaps = pb.Caps.CapSet(caps)
	return opts
}

func (e *engine) Solve(ctx context.Context, req client.SolveRequest) (*client.Result, error) {
	e.note(req.Definition)
	return e.Client.Solve(ctx, req)
}

func (e *engine) note(def *pb.Definition) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, m := range def.GetMetadata() {
		for id := range m.GetCaps() {
			e.used[id] = true
		}
	}
	for _, dt := range def.GetDef() {
		var op pb.Op
		if err := op.UnmarshalVT(dt); err != nil {
			panic(err)
		}
		for _, a := range op.GetFile().GetActions() {
			for _, id := range fileCaps(a) {
				e.used[string(id)] = true
			}
		}
	}
}

// fileCaps gives the capabilities that a file action needs. BuildKit's library
// notes them after it has written a vertex's metadata, so they are not there.
func fileCaps(a *pb.FileAction) (all []apicaps.CapID) {
	c := a.GetCopy()
	if c.GetModeStr() != "" {
		all = append(all, pb.CapFileCopyModeStringFormat)
	}
	if len(c.GetIncludePatterns())+len(c.GetExcludePatterns()) > 0 {
		all = append(all, pb.CapFileCopyIncludeExcludePatterns)
	}
	if c.GetAlwaysReplaceExistingDestPaths() {
		all = append(all, pb.CapFileCopyAlwaysReplaceExistingDestPaths)
	}
	if len(c.GetRequiredPaths()) > 0 {
		all = append(all, pb.CapFileCopyRequiredPaths)
	}
	if a.GetSymlink() != nil {
		all = append(all, pb.CapFileSymlinkCreate)
	}
	return all
}

// unannounced are capabilities that BuildKit has and does not announce, with
// the announced one of the same version.
var unannounced = map[string]apicaps.CapID{string(pb.CapFileCopyModeStringFormat): pb.CapExecValidExitCode}

// A daemon does not refuse what it does not know: it may ignore it and make
// another image.
func TestNoGraphUsesWhatItsDaemonCannotDo(t *testing.T) {
	files, err := filepath.Glob("../examples/*/*.toml")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d build files: %v", len(files), err)
	}
	used := map[string]bool{}
	all := daemons()
	if testing.Short() {
		// The oldest can do least and the newest most.
		all = []daemon{all[0], all[len(all)-1]}
	}
	for _, d := range all {
		for _, store := range []string{"snapshotter", "graph driver"} {
			can := d.can
			if store == "graph driver" {
				// Docker takes these away where its old image store is used.
				can = slices.DeleteFunc(slices.Clone(can), func(id string) bool {
					return id == string(pb.CapMergeOp) || id == string(pb.CapDiffOp)
				})
			}
			t.Run(d.version+" "+store, func(t *testing.T) {
				for _, file := range files {
					for id := range capsOf(t, file, can) {
						used[id] = true
						if need, ok := unannounced[id]; ok {
							id = string(need)
						}
						if !slices.Contains(can, id) {
							t.Errorf("the graph of %s uses %s", file, id)
						}
					}
				}
			})
		}
	}
	// The test notices nothing if no graph uses what old daemons lack.
	for _, id := range []apicaps.CapID{pb.CapMergeOp, pb.CapExecMountContentCache, pb.CapFileCopyModeStringFormat} {
		if !used[string(id)] {
			t.Errorf("no graph uses %s", id)
		}
	}
}

// capsOf gives the capabilities that the graphs of a build use.
func capsOf(t *testing.T, file string, can []string) map[string]bool {
	t.Helper()
	folder, err := fsutil.NewFS(filepath.Dir(file))
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if filepath.Base(file) != "moult.toml" && !strings.HasPrefix(string(content), "# syntax=") {
		return nil
	}
	opts := map[string]string{"filename": filepath.Base(file), "requestid": "frontend.llb", "source": "moult"}
	local := localgateway.New(opts, map[string]fsutil.FS{"context": folder, "dockerfile": folder, "tools": staticfs.NewFS()}, images{}, nil)
	local.RunWith(run)
	e := &engine{Client: local, can: can, used: map[string]bool{}}
	res, err := frontend.New(frontend.FromLocal("tools")).Build(t.Context(), e)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	for _, p := range read[frontend.Graphs](t, res.Metadata).Platforms {
		var def pb.Definition
		if err := def.UnmarshalVT(p.Definition); err != nil {
			t.Fatal(err)
		}
		e.note(&def)
	}
	return e.used
}
