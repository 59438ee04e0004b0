// Package cli is Moult's command line: one file for each command. A command
// reads its flags, runs the frontend in this process (with a BuildKit, or with
// the machine's own files), and prints the answer. It makes no decisions about
// a build.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/util/grpcerrors"
	_ "github.com/moby/buildkit/util/grpcutil/encoding/proto" // BuildKit's messages, encoded the fast way
	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"
	"google.golang.org/grpc/codes"

	"github.com/moult-build/moult/internal/cli/embedded"
)

// Main runs the command line and returns the exit code.
func Main(version string, args []string) int {
	// Messages in the logs of libraries are useless for users, or are also errors.
	logrus.SetLevel(logrus.ErrorLevel)
	// For a rootless embedded BuildKit the program starts itself again as root of
	// a user namespace.
	if code, ok := embedded.Reexec(args); ok {
		return code
	}
	ctx, stop := interruptible(context.Background())
	defer stop()
	root := New(version)
	root.SetArgs(args)
	out := newPipes(stop)
	root.SetOut(out.output(os.Stdout))
	root.SetErr(out.output(os.Stderr))
	err := root.ExecuteContext(ctx)
	var code exitCode
	var stepExit *embedded.Exit
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	case errors.As(err, &stepExit):
		return stepExit.Code
	case out.broken.Load():
		return exitPipe
	}
	printError(root.ErrOrStderr(), err)
	if grpcerrors.Code(err) == codes.Unavailable {
		return ExitTemporary
	}
	return 1
}

// ExitTemporary is the exit code of a failure that may be temporary, such as a
// busy index: sysexits.h's EX_TEMPFAIL.
const ExitTemporary = 75

// exitCode ends the program with a code and without a message, because the
// message was printed before.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

// New returns the command line.
func New(version string) *cobra.Command {
	root := &cobra.Command{
		Use:   "moult",
		Short: "Build container images of Python projects",
		Long: `Moult builds container images of Python projects from their pyproject.toml.

A project needs nothing but a [tool.moult] table, and often not even that:

  moult init                 write it
  moult check                see what could be better
  moult plan                 see what a build will do, and why
  moult build -t hello       build

The same file builds with "docker buildx build -f pyproject.toml .", without
this program; both take the same steps and share a cache.`,
		Version:       version,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetVersionTemplate("moult {{.Version}}\n")
	root.AddGroup(
		&cobra.Group{ID: "life", Title: "A project's life:"},
		&cobra.Group{ID: "look", Title: "Looking at it:"},
		&cobra.Group{ID: "export", Title: "For other programs:"},
	)
	in := func(group string, commands ...*cobra.Command) {
		for _, c := range commands {
			c.GroupID = group
			root.AddCommand(c)
		}
	}
	in("life", initCommand(), buildCommand(), lockCommand(), dockerfileCommand())
	in("look", planCommand(), checkCommand(), sizeCommand(), outlineCommand(), targetsCommand())
	in("export", llbCommand(), schemaCommand())
	return root
}

// printError prints an error with the lines of the user's file.
func printError(w io.Writer, err error) {
	for _, s := range errdefs.Sources(err) {
		_ = s.Print(w)
	}
	fmt.Fprintf(w, "%s %s\n", paint(w, red, "ERROR:"), message(err))
}

// isTerminal reports whether a writer is a terminal.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && terminal(f)
}
