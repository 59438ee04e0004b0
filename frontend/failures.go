package frontend

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/moby/buildkit/solver/errdefs"
)

// failures are why requests of a build failed. A step that fails for several requests
// fails for each of them with the same error, whose results the gateway keeps once: it
// releases them with the second request and again with the third, and answers this one
// with its own mistake in place of the error.
type failures struct {
	mu   sync.Mutex
	last error
	// known is closed once there is one.
	known chan struct{}
}

func newFailures() *failures { return &failures{known: make(chan struct{})} }

// patientFor is how long an answer without the error waits for the other request's, which
// was given before.
const patientFor = 2 * time.Second

// why is the failure of a request that has ended with an error.
func (f *failures) why(ctx context.Context, err error) error {
	if !strings.Contains(err.Error(), "releasing already released reference") {
		if ctx.Err() == nil && errors.As(err, new(*errdefs.SolveError)) {
			f.add(err)
		}
		return err
	}
	select {
	case <-f.known:
	case <-ctx.Done():
		return err
	case <-time.After(patientFor):
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.last
}

func (f *failures) add(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.last == nil {
		close(f.known)
	}
	f.last = err
}
