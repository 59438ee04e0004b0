package frontend

import (
	"fmt"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"
	"github.com/moby/buildkit/util/grpcerrors"
	"google.golang.org/grpc/codes"

	"github.com/moult-build/moult/internal/engines"
	"github.com/moult-build/moult/llb"
)

// Capabilities are the frontend capabilities that clients may ask for; the
// frontend image declares the same list as its label.
var Capabilities = []string{
	"moby.buildkit.frontend.inputs",
	"moby.buildkit.frontend.subrequests",
	"moby.buildkit.frontend.contexts",
	"moby.buildkit.frontend.gitquerystring",
	"moby.buildkit.frontend.contexts.zstd",
}

// checkRequired refuses a client that requires a capability that this frontend
// does not have.
func checkRequired(required string) error {
	for c := range strings.SplitSeq(required, ",") {
		name, _, _ := strings.Cut(c, "+")
		if name != "" && !slices.Contains(Capabilities, name) {
			return grpcerrors.WrapCode(errdefs.NewUnsupportedFrontendCapError(name), codes.Unimplemented)
		}
	}
	return nil
}

// required are the operations without which no graph of Moult's can run, or
// without which it makes another image. The oldest supported BuildKit has them
// all.
var required = []apicaps.CapID{
	pb.CapFileBase,
	pb.CapExecMountSecret,
	pb.CapFileCopyIncludeExcludePatterns,
	// Since v0.11 the folders of a step's mounts do not stay in its root file
	// system. BuildKit does not announce that; source policies are as old.
	pb.CapSourcePolicy,
}

// checkDaemon makes sure that the daemon has what Moult has no substitute for.
func checkDaemon(opts client.BuildOpts) error {
	for _, id := range required {
		if err := opts.LLBCaps.Supports(id); err != nil {
			return fmt.Errorf("moult needs BuildKit %s or later, which Docker Engine has since %d.0; "+
				"with an older engine use a builder of its own (docker buildx create --use): %w",
				engines.OldestBuildKit, engines.OldestDocker, err)
		}
	}
	return nil
}

// abilities are the optional operations that the daemon supports.
func abilities(opts client.BuildOpts) llb.Abilities {
	can := func(id apicaps.CapID) bool { return opts.LLBCaps.Supports(id) == nil }
	return llb.Abilities{
		Merge: can(pb.CapMergeOp),
		Diff:  can(pb.CapDiffOp),
		// BuildKit announces no symbolic modes; valid exit codes came in the
		// same version, v0.17, and are announced.
		CopyMode:        can(pb.CapExecValidExitCode),
		NoOutput:        can(pb.CapExecMountBindReadWriteNoOutput),
		ContentCacheOff: can(pb.CapExecMountContentCache),
		GitChecksum:     can(pb.CapSourceGitChecksum),
	}
}
