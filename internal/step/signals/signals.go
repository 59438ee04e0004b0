// Package signals ends a step's program when it is told to.
//
// The program is the first process of its container, and such a process gets no
// signal without a handler: the kernel drops it. Its end also ends all others of
// the container.
package signals

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Context returns a context that ends with the first signal to stop. The process
// ends that much later, with the exit code that a shell has for the signal.
func Context(grace time.Duration) context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	told := make(chan os.Signal, 1)
	signal.Notify(told, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		code := 1
		if s, ok := (<-told).(syscall.Signal); ok {
			code = 128 + int(s)
		}
		cancel()
		time.Sleep(grace)
		os.Exit(code)
	}()
	return ctx
}
