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

	"github.com/moult-build/moult/internal/cli/embedded"
)

// The colours of words.
const (
	red    = "\x1b[31m"
	yellow = "\x1b[33m"
	reset  = "\x1b[0m"
)

// terminal reports whether a file is a terminal.
func terminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// paint colours a text for a terminal, unless NO_COLOR is set.
func paint(w io.Writer, colour, text string) string {
	if !isTerminal(w) || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return text
	}
	return colour + text + reset
}

// interruptible returns a context that the first ctrl-c cancels, so that a
// build ends properly. The second ctrl-c ends the program. SIGTERM and SIGHUP,
// which a terminal sends that is closed, do the same.
func interruptible(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, endingSignals()...)
	go func() {
		select {
		case <-signals:
			cancel()
		case <-ctx.Done():
			return
		}
		// A signal to the whole process group arrives again from the process outside
		// of the user namespace. This is not a second ctrl-c.
		again := time.Now().Add(sameSignal)
		for range signals {
			if time.Now().After(again) {
				embedded.Kill()
				os.Exit(130)
			}
		}
	}()
	return ctx, func() { signal.Stop(signals); cancel() }
}

// endingSignals are the signals that end a build. The program may have been
// started to ignore some, as nohup and a shell's & do.
func endingSignals() []os.Signal {
	all := []os.Signal{syscall.SIGTERM}
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			all = append(all, s)
		}
	}
	return all
}

// sameSignal is the time after a signal in which another one counts as the
// same.
const sameSignal = 300 * time.Millisecond

// wrappings are the prefixes that the layers between the frontend and the user
// add to a message. They only name places in BuildKit.
var wrappings = []string{
	"failed to run Build function: ", "failed to solve: ", "rpc error: code = Unknown desc = ",
	"rpc error: code = Canceled desc = ", "rpc error: code = Unimplemented desc = ",
}

// message is an error's text without wrappings.
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
