package integration

import (
	"context"
	"slices"

	gwclient "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"
	capspb "github.com/moby/buildkit/util/apicaps/pb"
)

// withoutMerge is a frontend that is told of a daemon without the merge
// operation, as Docker's own graph drivers have none.
func withoutMerge(f gwclient.BuildFunc) gwclient.BuildFunc {
	return func(ctx context.Context, c gwclient.Client) (*gwclient.Result, error) {
		return f(ctx, noMerge{c})
	}
}

type noMerge struct{ gwclient.Client }

func (c noMerge) BuildOpts() gwclient.BuildOpts {
	opts := c.Client.BuildOpts()
	opts.LLBCaps = pb.Caps.CapSet(slices.DeleteFunc(pb.Caps.All(), func(known *capspb.APICap) bool {
		return known.ID == string(pb.CapMergeOp) || opts.LLBCaps.Supports(apicaps.CapID(known.ID)) != nil
	}))
	return opts
}
