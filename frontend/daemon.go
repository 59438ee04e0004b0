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

// checkRequired refuses a client that requires what this frontend has not.
func checkRequired(required string) error {
	for c := range strings.SplitSeq(required, ",") {
		name, _, _ := strings.Cut(c, "+")
		if name != "" && !slices.Contains(Capabilities, name) {
			return grpcerrors.WrapCode(errdefs.NewUnsupportedFrontendCapError(name), codes.Unimplemented)
		}
	}
	return nil
}

// required are the operations without which no graph of Moult's can run, with
// the first BuildKit that has them.
var required = []struct {
	cap     apicaps.CapID
	version string
}{
	{pb.CapFileBase, "v0.5"},
	{pb.CapExecMountSecret, "v0.5"},
	{pb.CapFileCopyIncludeExcludePatterns, "v0.9"},
}

// checkDaemon makes sure that the daemon can do what there is no way around.
func checkDaemon(opts client.BuildOpts) error {
	for _, r := range required {
		if err := opts.LLBCaps.Supports(r.cap); err != nil {
			return fmt.Errorf("moult needs BuildKit %s or later, which Docker Engine has since 23.0; "+
				"beside an older engine use a builder of its own (docker buildx create --use): %w", r.version, err)
		}
	}
	return nil
}

// abilities are the operations that the graph can do without.
func abilities(opts client.BuildOpts) llb.Abilities {
	can := func(id apicaps.CapID) bool { return opts.LLBCaps.Supports(id) == nil }
	return llb.Abilities{
		Merge: can(pb.CapMergeOp),
		Diff:  can(pb.CapDiffOp),
		// BuildKit forgot to announce symbolic modes; symbolic links came
		// after them and are announced.
		CopyMode:        can(pb.CapFileSymlinkCreate),
		NoOutput:        can(pb.CapExecMountBindReadWriteNoOutput),
		ContentCacheOff: can(pb.CapExecMountContentCache),
	}
}
