// Package llb encodes a plan as BuildKit's low-level build graph. It decides
// nothing: every vertex follows from the plan and from the World, which holds
// the states the frontend has found.
//
// The laws it keeps, because caches depend on them: no shell, only argument
// lists; the root file system of a step is a pinned image or nothing, and all
// that varies comes in as read-only mounts, which are keyed by their content;
// mounts are named after packages; every file operation has a fixed time.
package llb

import (
	"time"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/source"
)

// fixedTime is the modification time of everything Moult lays out. It does
// not follow SOURCE_DATE_EPOCH, because an epoch that moves with every commit
// would make every layer new. It is a day after the earliest time that ZIP
// archives know, so that programs can zip what they find installed in every
// time zone.
var fixedTime = time.Date(1980, time.January, 2, 0, 0, 0, 0, time.UTC)

// World is what a graph stands on: images, contexts and the options of the
// build.
type World struct {
	// Target is the platform of the image, Build the one steps run on when
	// they need not run on the target's.
	Target, Build ocispecs.Platform
	// Base is the image the result stands on, for the target platform.
	Base bk.State
	// Compiler is the same image for the build platform, or the one that the
	// base's Python comes from; its interpreter compiles bytecode.
	Compiler bk.State
	// Python is the image whose Python is added to Base, Init the one whose
	// init process is, both for the target platform; no state where the plan
	// wants none.
	Python, Init bk.State
	// PythonEnv is the environment that Python is configured with.
	PythonEnv []string
	// Builder is the image with compiler and pip, for the target platform,
	// BuilderEnv its environment.
	Builder    bk.State
	BuilderEnv []string
	// Tools has moult-install and moult-build in its folder ToolsDir, built
	// for the build platform.
	Tools    bk.State
	ToolsDir string
	// Images are those that files and stages stand on, by their references.
	Images map[string]Image
	// Contexts are the named contexts that files come from.
	Contexts map[string]bk.State
	// Context gives the build context without the files that the selection
	// leaves out.
	Context func(Selection) bk.State
	// Locate ties a vertex to the line of the user's file that asked for it.
	Locate func(source.Pos) bk.ConstraintsOpt
	// Exec are options for the steps that run other people's programs:
	// hosts, limits. Proxy is for those that reach the network; nil for none.
	Exec  []bk.RunOption
	Proxy *bk.ProxyEnv
	// Network is the mode of the steps that need the network.
	Network pb.NetMode
	// CacheNamespace prefixes the ids of cache mounts.
	CacheNamespace string
	// NoCache reports whether the steps of a target are to be run again.
	NoCache func(target string) bool
	// Can are the daemon's abilities.
	Can Abilities
	// Epoch is SOURCE_DATE_EPOCH, the time of the application's files; nil
	// means the fixed time.
	Epoch *time.Time
}

// Image is an image with the environment that it is configured with.
type Image struct {
	State bk.State
	Env   []string
}

// Abilities are the operations that not every BuildKit has.
type Abilities struct {
	// Merge is the merge operation; without it layers are copied.
	Merge bool
	// Diff is the difference operation; without it a step that leaves all it
	// writes runs on all there is.
	Diff bool
	// CopyMode is symbolic modes in copies ("u+rwX").
	CopyMode bool
	// NoOutput is a writable mount that leaves no result.
	NoOutput bool
	// ContentCacheOff is a mount that is known by how it was made and not by
	// its content (BuildKit v0.13).
	ContentCacheOff bool
}

// Selection is a part of the build context.
type Selection struct {
	// Hint names the selection, so that the daemon keeps a copy for each.
	Hint string
	// Dir is a folder of the context that alone is needed, or ".".
	Dir string
	// Include and Exclude are .dockerignore patterns relative to the
	// context's root.
	Include, Exclude []string
}

// The build targets, as the plan has them.
const (
	TargetRuntime = plan.TargetRuntime
	TargetBuilder = plan.TargetBuilder
	TargetVenv    = plan.TargetVenv
	TargetWheels  = plan.TargetWheels
)

// Targets are all build targets, the default first.
var Targets = plan.Targets
