package llb

import (
	bk "github.com/moby/buildkit/client/llb"

	"github.com/moult-build/moult/internal/plan"
)

// Application returns the application's files at their path in the image,
// for callers that read them. The plan must have an App.
func Application(p *plan.Plan, w World) bk.State {
	return newGraph(p, w).application()
}
