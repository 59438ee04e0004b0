package llb

import (
	"fmt"
	"path"

	"github.com/docker/go-units"
	bk "github.com/moby/buildkit/client/llb"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/step/protocol"
)

// graph is the state while a plan is encoded.
type graph struct {
	World
	plan *plan.Plan
	// states are the encoded layers by id, stages the stages by name, and checks
	// the steps without outputs that the current question has met.
	states map[string]remembered
	stages map[string]remembered
	// outputs are the results of the image's steps that are layers of their own.
	outputs []layer
	// baseWithPackages is the base with its packages; nil before the first use.
	baseWithPackages *bk.State
	checks           []*bk.State
	// compiled is the report of the step that compiles the application; nil until
	// it is encoded.
	compiled *bk.State
	// filesCompiled are the reports of the steps that compile files beside the
	// application, by the index of the files.
	filesCompiled map[int]bk.State
	// homeFiles are what the image's steps say about the home folder.
	homeFiles []stepReport
	// err is a feature that this daemon lacks, at the line that asks for it.
	err error
	// downloading and installing group vertices in the client's display.
	downloading, installing bk.ConstraintsOpt
}

// newGraph begins to encode a plan. Hundreds of wheels would need one line
// each on the screen. They are shown as two lines, and the log of the second
// one names each wheel.
func newGraph(p *plan.Plan, w World) *graph {
	wheels, size := 0, int64(0)
	for _, pkg := range p.Packages {
		if pkg.Download() != nil {
			wheels++
			size += pkg.Size
		}
	}
	download := fmt.Sprintf("[wheels] download %d wheels", wheels)
	if size > 0 {
		download += " (" + units.HumanSize(float64(size)) + ")"
	}
	return &graph{
		World:  w,
		plan:   p,
		states: map[string]remembered{},
		stages: map[string]remembered{},

		filesCompiled: map[int]bk.State{},
		downloading:   bk.ProgressGroup("moult-download", download, false),
		installing:    bk.ProgressGroup("moult-install", fmt.Sprintf("[venv] install %d packages", len(p.Packages)), false),
	}
}

// step is an exec vertex before it is encoded.
type step struct {
	// target is the build target it belongs to, for --no-cache-filter.
	target string
	// name is shown in the progress.
	name string
	// id says what the step does; "" if nothing needs it.
	id      protocol.ID
	command protocol.Command
	pos     source.Pos
	// network is true if it has the network.
	network bool
	// foreign is whether it runs other people's code.
	foreign bool
	options []bk.RunOption
}

// identified adds an id to a vertex's description.
func identified(id protocol.ID) bk.ConstraintsOpt {
	return bk.WithDescription(map[string]string{protocol.Description: string(id)})
}

// exec adds a step to a root file system. The first argument is one of Moult's
// programs; only that one is mounted, because it is part of the cache key.
func (g *graph) exec(root bk.State, s step) bk.ExecState {
	args := s.command.Args()
	program := args[0]
	options := []bk.RunOption{
		bk.Args(args),
		bk.AddMount(program, g.Tools, bk.Readonly, bk.SourcePath(path.Join(g.ToolsDir, path.Base(program)))),
		bk.AddMount(protocol.Tmp, bk.Scratch(), bk.Tmpfs()),
		bk.WithCustomName("[" + s.target + "] " + s.name),
		g.Locate(s.pos),
	}
	if s.network {
		options = append(options, bk.Network(g.Network),
			bk.AddSecret(protocol.Certificates, bk.SecretID(protocol.CertificateSecret), bk.SecretOptional))
		if g.Proxy != nil {
			options = append(options, bk.WithProxy(*g.Proxy))
		}
	} else {
		options = append(options, bk.Network(bk.NetModeNone))
	}
	options = append(options, g.Limits...)
	if s.network || s.foreign {
		options = append(options, g.Exec...)
	}
	if s.id != "" {
		options = append(options, identified(s.id))
	}
	if g.NoCache(s.target) {
		options = append(options, bk.IgnoreCache)
	}
	return root.Run(append(options, s.options...)...)
}

// cacheMount is a folder that the daemon stores for later builds.
func (g *graph) cacheMount(dir, id string, sharing bk.CacheMountSharingMode) bk.RunOption {
	if g.CacheNamespace != "" {
		id = g.CacheNamespace + "/" + id
	}
	return bk.AddMount(dir, bk.Scratch(), bk.AsPersistentCacheDir("moult-"+id, sharing))
}

// mountDiscarded mounts a state that the step may write to; its changes are
// discarded.
func (g *graph) mountDiscarded(dir string, st bk.State, options ...bk.MountOption) bk.RunOption {
	if g.Can.NoOutput {
		options = append(options, bk.ForceNoOutput)
	}
	return bk.AddMount(dir, st, options...)
}

// epoch is the fixed time in the form of the programs' arguments.
func epoch() int64 { return fixedTime.Unix() }
