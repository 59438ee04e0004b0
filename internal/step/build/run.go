package build

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"github.com/moult-build/moult/internal/step/homefiles"
	"github.com/moult-build/moult/internal/step/protocol"
)

// network prepares certificates and git credentials for a step with network,
// and returns the environment variables for its programs.
func network() ([]string, error) {
	if err := os.MkdirAll(protocol.Tmp, 0o700); err != nil {
		return nil, err
	}
	env := os.Environ()
	ca, err := trust(protocol.Certificates, protocol.Tmp)
	if err != nil {
		return nil, err
	}
	git, err := gitEnvironment(protocol.Secrets, protocol.Tmp)
	if err != nil {
		return nil, err
	}
	return append(append(env, ca...), git...), nil
}

// command runs a program that prints to the console. A failure is reported
// only with the exit code, because the program has already printed the
// cause.
func (c *Console) command(ctx context.Context, env []string, dir, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = env
	cmd.Dir = dir
	cmd.Stdout = c
	cmd.Stderr = c
	err := cmd.Run()
	c.flush()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exitError(name, exit)
	}
	if errors.Is(err, exec.ErrNotFound) && strings.HasPrefix(name, "python") {
		return fmt.Errorf("the builder has no %s in its search path: it needs the release of Python that the image has", name)
	}
	if err != nil {
		return fmt.Errorf("running %s: %w", strings.Join(append([]string{name}, args...), " "), err)
	}
	return nil
}

// ExitError is the failure of a program that has already printed its own
// messages.
type ExitError struct {
	Program string
	// Code is that of a shell: 128 and the signal's number for a program that a
	// signal has ended.
	Code int
	// Signal is that signal, or 0.
	Signal syscall.Signal
}

func exitError(program string, exit *exec.ExitError) *ExitError {
	e := &ExitError{Program: program, Code: exit.ExitCode()}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		e.Signal = status.Signal()
		e.Code = 128 + int(e.Signal)
	}
	return e
}

func (e *ExitError) Error() string {
	switch {
	case e.Signal == syscall.SIGKILL:
		return fmt.Sprintf("%s was killed; most often the machine, or the limit of the build, has too little memory", e.Program)
	case e.Signal != 0:
		return fmt.Sprintf("%s was ended by the signal %d (%s)", e.Program, e.Signal, e.Signal)
	}
	return fmt.Sprintf("%s failed with exit code %d", e.Program, e.Code)
}

// Run is a user's command.
type Run struct {
	Args []string
	// Epoch is the time of the outputs, in Unix seconds, or without outputs that
	// of all files that the command changes, so that the layer does not depend on
	// the time of the build; nil does not change times.
	Epoch *int64
	// Outputs are the files and folders that have to exist afterwards.
	Outputs []string
	// Report is the folder for the list of what the command writes into its home folder
	// beside the outputs (package homefiles); empty for none.
	Report  string
	Console *Console
}

// Make runs the command with the trust and the git credentials of a networked
// step.
func (r Run) Make(ctx context.Context) error {
	if len(r.Args) == 0 {
		return errors.New("no command to run")
	}
	if r.Report == "" {
		return r.run(ctx)
	}
	home, err := watch(homes())
	if err != nil {
		return err
	}
	if err := r.run(ctx); err != nil {
		return err
	}
	written, err := home.written()
	if err != nil {
		return err
	}
	return homefiles.Write(r.Report, outside(written, r.Outputs))
}

func (r Run) run(ctx context.Context) error {
	env, err := network()
	if err != nil {
		return err
	}
	run := func() error { return r.Console.command(ctx, env, "", r.Args[0], r.Args[1:]...) }
	whole := r.Epoch != nil && len(r.Outputs) == 0
	if whole {
		err = fixTimes(*r.Epoch, run)
	} else {
		err = run()
	}
	if err != nil {
		return err
	}
	for _, name := range r.Outputs {
		if _, err := os.Lstat(name); err != nil {
			return fmt.Errorf("%s has run, but its output %s does not exist", r.Args[0], name)
		}
	}
	if r.Epoch != nil && !whole {
		return fixTimesBelow(r.Outputs, *r.Epoch)
	}
	return nil
}
