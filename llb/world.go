// Package llb encodes a plan as BuildKit's low-level build graph. It makes no
// decisions: the plan and the World, which holds the states of images and
// contexts, determine every vertex.
//
// It follows these rules, because caches depend on them: no shell, only
// argument lists; the root file system of a step is a pinned image or
// scratch, and everything that varies is a read-only mount, whose key is its
// content; mounts are named after packages; every file operation has a fixed
// time.
package llb

import (
	"time"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/source"
)

// fixedTime is the modification time of all files that Moult installs. It is
// not SOURCE_DATE_EPOCH, because a time that changes with every commit would
// make every layer new. It is a day after the earliest time in ZIP archives,
// so that programs can put installed files into a ZIP archive in every time
// zone.
var fixedTime = time.Date(1980, time.January, 2, 0, 0, 0, 0, time.UTC)

// World has the inputs of a graph. Each part has its own readers in this
// package.
type World struct {
	// Target is the platform of the image. Build is the platform of steps that
	// need not run on the target's.
	Target, Build ocispecs.Platform
	ImageStates
	// Context returns the part of the build context that the selection names.
	Context func(Selection) bk.State
	// Locate connects a vertex with the line of the user's file that asked for it.
	Locate func(source.Pos) bk.ConstraintsOpt
	ClientOptions
	// Can are the daemon's capabilities. They decide how layers are joined and
	// which mounts a step has.
	Can Abilities
}

// ImageStates are the images and contexts that are inputs. The code that makes
// the root file system of a step or of the result reads them.
type ImageStates struct {
	// Base is the image that the result is built on, for the target platform.
	Base bk.State
	// Compiler is the same image for the build platform, or the image that the
	// base's Python comes from; its interpreter compiles bytecode.
	Compiler bk.State
	// Interpreter is the interpreter of Compiler taken out of it (see the function
	// Interpreter); nil if there is none.
	Interpreter *bk.State
	// Python is the image whose Python is added to Base, and Init the image
	// whose init process is added, both for the target platform; empty states if
	// the plan has none.
	Python, Init bk.State
	// PythonEnv are the environment variables of the image Python.
	PythonEnv []string
	// Builder is the image with compiler and pip, for the target platform,
	// BuilderEnv its environment.
	Builder    bk.State
	BuilderEnv []string
	// Tools has moult-install and moult-build in its folder ToolsDir, built
	// for the build platform.
	Tools    bk.State
	ToolsDir string
	// Images are the images of files and stages, by their references.
	Images map[string]Image
	// Contexts are the named contexts that files come from.
	Contexts map[string]bk.State
	// ImageContexts are those of Contexts that are images.
	ImageContexts map[string]bool
}

// ClientOptions are the options of the build that its client sets. Only the
// code that adds a step or a copy with the application's time reads them; they
// do not change what a step is for.
type ClientOptions struct {
	// Limits are the client's limits for all steps.
	Limits []bk.RunOption
	// Exec are options for the steps that run programs of others: hosts, a name.
	// Proxy is for steps with network; nil for none.
	Exec  []bk.RunOption
	Proxy *bk.ProxyEnv
	// Network is the mode of the steps that need the network.
	Network pb.NetMode
	// CacheNamespace prefixes the ids of cache mounts.
	CacheNamespace string
	// NoCache reports whether the steps of a target must run again.
	NoCache func(target string) bool
	// Epoch is SOURCE_DATE_EPOCH, the time of the application's files; nil
	// means the fixed time.
	Epoch *time.Time
}

// Image is an image with the environment variables of its configuration.
type Image struct {
	State bk.State
	Env   []string
}

// Abilities are the operations that only some BuildKits have.
type Abilities struct {
	// Merge is the merge operation; without it layers are copied.
	Merge bool
	// Diff is the difference operation; without it a step without outputs runs
	// on the whole image so far.
	Diff bool
	// CopyMode is symbolic modes in copies ("u+rwX").
	CopyMode bool
	// NoOutput is a writable mount without a result.
	NoOutput bool
	// ContentCacheOff is a mount whose key is its definition and not its content
	// (BuildKit v0.13).
	ContentCacheOff bool
	// GitChecksum is the check that a fetched commit is the one that was asked
	// for. Without it the commit's full id alone names the content.
	GitChecksum bool
}

// Selection is a part of the build context.
type Selection struct {
	// Hint names the selection, so that the daemon stores a copy for each.
	Hint string
	// Dir is the only folder of the context that is needed, or ".".
	Dir string
	// Include and Exclude are .dockerignore patterns relative to Dir.
	Include, Exclude []string
}

// The build targets of the plan.
const (
	TargetRuntime = plan.TargetRuntime
	TargetBuilder = plan.TargetBuilder
	TargetVenv    = plan.TargetVenv
	TargetWheels  = plan.TargetWheels
)

// Targets are all build targets, the default first.
var Targets = plan.Targets
