package cli

import (
	"context"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"
)

// The colours of the few words that have one.
const (
	red    = "\x1b[31m"
	yellow = "\x1b[33m"
	reset  = "\x1b[0m"
)

// terminal reports whether people read a file.
func terminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// paint colours a text where it goes to a terminal, unless NO_COLOR is set.
func paint(w io.Writer, colour, text string) string {
	if !isTerminal(w) || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return text
	}
	return colour + text + reset
}

// interruptible is cancelled by the first ctrl-c, so that a build ends in
// order; the second ends the program.
func interruptible(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case <-signals:
			cancel()
		case <-ctx.Done():
			return
		}
		// What is sent to all processes of a group comes once more from the
		// process outside of the user namespace; that is not a second wish.
		again := time.Now().Add(sameSignal)
		for range signals {
			if time.Now().After(again) {
				os.Exit(130)
			}
		}
	}()
	return ctx, func() { signal.Stop(signals); cancel() }
}

// sameSignal is how soon after the first a signal is no second one.
const sameSignal = 300 * time.Millisecond

// wrappings are what the layers between the frontend and the user put in front
// of a message. They say where in BuildKit it was, which helps nobody here.
var wrappings = []string{
	"failed to run Build function: ", "failed to solve: ", "rpc error: code = Unknown desc = ",
	"rpc error: code = Canceled desc = ", "rpc error: code = Unimplemented desc = ",
}

// message is an error's text without them.
func message(err error) string {
	text := err.Error()
	for again := true; again; {
		again = false
		for _, w := range wrappings {
			if rest, ok := strings.CutPrefix(text, w); ok {
				text, again = rest, true
			}
		}
	}
	return text
}
