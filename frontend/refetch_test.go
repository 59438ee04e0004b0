package frontend

import (
	"context"
	"errors"
	"sync"
	"testing"

	bk "github.com/moby/buildkit/client/llb"

	"github.com/moult-build/moult/llb"
)

func TestAFileIsFetchedAgainOnceForAllWhoWantIt(t *testing.T) {
	p := &patience{}
	r := llb.Remote{Filename: "a.whl"}
	var runs int
	failure := errors.New("503")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if err := p.once(t.Context(), r, func() (*bk.Definition, error) { runs++; return nil, failure }); err != failure {
				t.Errorf("the error is %v", err)
			}
		})
	}
	wg.Wait()
	if runs != 1 {
		t.Errorf("it was fetched %d times", runs)
	}
}

func TestAfterACancelledCallerTheNextOneFetches(t *testing.T) {
	p := &patience{}
	r := llb.Remote{Filename: "a.whl"}
	ctx, cancel := context.WithCancel(t.Context())
	begun, cancelled := make(chan struct{}), make(chan error)
	go func() {
		cancelled <- p.once(ctx, r, func() (*bk.Definition, error) {
			close(begun)
			<-ctx.Done()
			return nil, ctx.Err()
		})
	}()
	<-begun
	waiting := make(chan error)
	go func() {
		waiting <- p.once(t.Context(), r, func() (*bk.Definition, error) { return &bk.Definition{}, nil })
	}()
	cancel()
	if err := <-cancelled; err == nil {
		t.Error("the cancelled caller hears of no error")
	}
	if err := <-waiting; err != nil {
		t.Errorf("the next caller's error is %v", err)
	}
}
