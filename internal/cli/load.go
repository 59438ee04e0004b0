package cli

import (
	"context"
	"io"
	"sync"

	"github.com/moult-build/moult/internal/cli/builders"
)

// loader sends the image to Docker while BuildKit writes it.
type loader struct {
	ctx  context.Context
	once sync.Once
	pipe *io.PipeWriter
	done chan struct{}
	said string
	err  error
}

func newLoader(ctx context.Context) *loader { return &loader{ctx: ctx, done: make(chan struct{})} }

// open starts the load.
func (l *loader) open(map[string]string) (io.WriteCloser, error) {
	l.once.Do(func() {
		r, w := io.Pipe()
		l.pipe = w
		go func() {
			defer close(l.done)
			l.said, l.err = builders.Load(l.ctx, r)
			r.CloseWithError(l.err)
		}()
	})
	return l.pipe, nil
}

// wait waits for Docker, unless nothing is loaded, and returns Docker's
// message.
func (l *loader) wait(failed error) (string, error) {
	if l.pipe == nil {
		return "", nil
	}
	if failed != nil {
		l.pipe.CloseWithError(failed)
	}
	<-l.done
	return l.said, l.err
}
