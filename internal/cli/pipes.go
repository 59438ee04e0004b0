package cli

import (
	"errors"
	"io"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
)

// pipes are the program's outputs. If one is a pipe whose reader is gone, as in
// "moult build 2>&1 | head", the kernel would kill the program, and the steps of
// an embedded BuildKit would go on. So the build is cancelled instead.
type pipes struct {
	cancel func()
	// broken is set if a reader is gone.
	broken atomic.Bool
}

// exitPipe is the exit code of a program that SIGPIPE has ended.
const exitPipe = 128 + 13

// newPipes makes writes to a pipe without a reader errors.
func newPipes(cancel func()) *pipes {
	// The channel is not read: a signal may also be that of a connection.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	return &pipes{cancel: cancel}
}

// output returns an output as commands write to it.
func (p *pipes) output(f *os.File) io.Writer {
	if terminal(f) {
		return f
	}
	return pipe{f, p}
}

type pipe struct {
	file *os.File
	of   *pipes
}

func (p pipe) Write(b []byte) (int, error) {
	n, err := p.file.Write(b)
	if errors.Is(err, syscall.EPIPE) {
		p.of.broken.Store(true)
		p.of.cancel()
	}
	return n, err
}
