package frontend

import (
	"context"
	"errors"
	"testing"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
)

// flaky fails its first requests.
type flaky struct {
	client.Client
	failure  error
	failing  int
	requests int
}

func (f *flaky) Solve(context.Context, client.SolveRequest) (*client.Result, error) {
	f.requests++
	if f.requests <= f.failing {
		return nil, f.failure
	}
	res := client.NewResult()
	res.SetRef(nil)
	return res, nil
}

// BuildKit's solver (sharedOp.CalcSlowCache) looks for the state of an input, which
// is gone where the last job that had it ended in the meantime
// (Solver.deleteIfUnreferenced): another build's, with the same vertex.
func TestARequestWhoseVertexAnotherBuildHasTakenAwayIsSentOnceMore(t *testing.T) {
	lost := errors.New("failed to solve: failed to compute cache key: failed to get state for index 0 on [venv] install six 1.17.0")
	for name, c := range map[string]struct {
		failure        error
		failing, sends int
		ok             bool
	}{
		"lost once":     {lost, 1, 2, true},
		"lost again":    {lost, 2, 2, false},
		"another error": {errors.New("exit code: 1"), 1, 1, false},
		"none":          {nil, 0, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			gateway := &flaky{failure: c.failure, failing: c.failing}
			b := &build{conversation: conversation{Client: &dockerui.Client{}, gateway: gateway}}
			_, err := b.request(t.Context(), &bk.Definition{}, true)
			if (err == nil) != c.ok || gateway.requests != c.sends {
				t.Errorf("%v after %d requests", err, gateway.requests)
			}
		})
	}
}
