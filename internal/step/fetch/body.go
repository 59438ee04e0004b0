package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// body is an answer's content. It aborts a download that is too slow. It also
// stores whether the connection has failed, to distinguish this from an error
// of the reader.
type body struct {
	io.ReadCloser
	read atomic.Int64
	done chan struct{}
	once sync.Once

	mu  sync.Mutex
	err error
}

var errStalled = errors.New("the download has stalled")

// newBody returns a body that watches the progress of content; cancel ends its
// request.
func newBody(content io.ReadCloser, limits Limits, cancel context.CancelCauseFunc) *body {
	b := &body{ReadCloser: content, done: make(chan struct{})}
	if limits.Window > 0 {
		go b.watch(limits, cancel)
	}
	return b
}

func (b *body) watch(limits Limits, cancel context.CancelCauseFunc) {
	ticker := time.NewTicker(limits.Window)
	defer ticker.Stop()
	before := int64(0)
	for {
		select {
		case <-b.done:
			return
		case <-ticker.C:
			now := b.read.Load()
			if now-before < limits.Least {
				b.fail(fmt.Errorf("%w: %d bytes in %s", errStalled, now-before, limits.Window))
				cancel(errStalled)
				return
			}
			before = now
		}
	}
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.read.Add(int64(n))
	if err != nil && err != io.EOF {
		b.fail(err)
	}
	return n, err
}

// fail keeps the first error.
func (b *body) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err == nil {
		b.err = err
	}
}

func (b *body) failed() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

// stop ends the watching.
func (b *body) stop() { b.once.Do(func() { close(b.done) }) }
