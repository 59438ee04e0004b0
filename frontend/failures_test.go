package frontend

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/errdefs"
)

// answering answers each request with the next of some errors.
type answering struct {
	client.Client
	errs []error
	n    int
}

func (a *answering) Solve(context.Context, client.SolveRequest) (*client.Result, error) {
	a.n++
	return nil, a.errs[a.n-1]
}

// The gateway (llbBridgeForwarder.registerResultIDs) releases the results of a shared error once too often.
func TestAStepThatFailsForSeveralRequestsFailsForTheSameReason(t *testing.T) {
	step := &errdefs.SolveError{Err: errors.New("exit code: 1")}
	lost := errors.New("failed to solve: releasing already released reference abc::def")
	b := &build{conversation: conversation{Client: &dockerui.Client{}, gateway: &answering{errs: []error{fmt.Errorf("solve: %w", step), lost, errors.New("other")}}}, failures: newFailures()}
	for _, want := range []string{"exit code: 1", "exit code: 1", "other"} {
		_, err := b.request(t.Context(), &bk.Definition{}, true)
		var failed *errdefs.SolveError
		if is := errors.As(err, &failed); is != (want != "other") || is && failed != step {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestTheReasonOfAFailureMayComeLater(t *testing.T) {
	f, step := newFailures(), &errdefs.SolveError{Err: errors.New("exit code: 1")}
	go func() {
		time.Sleep(10 * time.Millisecond)
		_ = f.why(context.Background(), step)
	}()
	lost := errors.New("releasing already released reference abc::def")
	if err := f.why(t.Context(), lost); !errors.Is(err, step) {
		t.Error(err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if err := newFailures().why(ended, lost); !errors.Is(err, lost) {
		t.Error(err)
	}
}
