package llb

import (
	bk "github.com/moby/buildkit/client/llb"

	"github.com/moult-build/moult/internal/plan"
)

// Application gives the application's files at their place in the image, for
// whoever wants to look into them. The plan must have an App.
func Application(p *plan.Plan, w World) bk.State {
	return newGraph(p, w).application()
}
