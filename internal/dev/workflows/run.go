package workflows

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// values are what the runs of GitHub would put in place of expressions.
var values = map[string]string{
	"github.run_number": "1",
	"github.repository": "moult-build/moult",
	"github.ref_name":   "v0.0.0",
	"github.token":      "",
	// The first of a list of the workflow.
	"matrix.engine": "v0.13.2",
}

// Run runs the commands of a job in a fresh clone of the repository in dir, one
// shell for each as GitHub does, and says on out how long each took. It returns
// the first failure; steps for `always()` are run after it, too.
func Run(ctx context.Context, dir string, job Job, out io.Writer) (failure error) {
	work, err := os.MkdirTemp("", "workflow-")
	if err != nil {
		return err
	}
	defer func() { failure = errors.Join(failure, os.RemoveAll(work)) }()
	clone := filepath.Join(work, "clone")
	if text, err := exec.CommandContext(ctx, "git", "clone", "--quiet", dir, clone).CombinedOutput(); err != nil {
		return fmt.Errorf("cannot clone %s: %w\n%s", dir, err, text)
	}
	path, err := withSudo(work)
	if err != nil {
		return err
	}
	// The lab of the clone is ended with it.
	defer func() {
		if _, err := os.Stat(filepath.Join(clone, ".lab", "state.json")); err == nil {
			down := exec.Command("make", "lab-down")
			down.Dir, down.Stdout, down.Stderr = clone, out, out
			failure = errors.Join(failure, down.Run())
		}
	}()
	for _, step := range job.Steps {
		if failure != nil && step.If != "always()" {
			continue
		}
		if step.NeedsService() {
			fmt.Fprintf(out, "--- %s %s: not run, because it talks to GitHub: %s\n", job.File, job.Name, step.Run)
			continue
		}
		start := time.Now()
		fmt.Fprintf(out, "+++ %s %s: %s\n", job.File, job.Name, step.Run)
		err := runStep(ctx, clone, path, step, out)
		fmt.Fprintf(out, "=== %s after %s\n", outcome(err), time.Since(start).Round(time.Second))
		if err != nil && failure == nil {
			failure = fmt.Errorf("%s %s: %s: %w", job.File, job.Name, step.Run, err)
		}
	}
	return failure
}

func outcome(err error) string {
	if err != nil {
		return "failed"
	}
	return "passed"
}

// runStep runs one command as GitHub's runner for Linux does.
func runStep(ctx context.Context, clone, path string, step Step, out io.Writer) error {
	text, err := replaced(step.Run, values)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", text)
	cmd.Dir, cmd.Stdout, cmd.Stderr = clone, out, out
	cmd.Env = append(os.Environ(), "PATH="+path, "CI=true", "GITHUB_REF_NAME="+values["github.ref_name"])
	for name, value := range step.Env {
		if value, err = replaced(value, values); err != nil {
			return err
		}
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	return cmd.Run()
}

// withSudo is a PATH on which sudo is: the machine's, or where root has none a
// script that runs its command.
func withSudo(work string) (string, error) {
	path := os.Getenv("PATH")
	if _, err := exec.LookPath("sudo"); err == nil || os.Geteuid() != 0 {
		return path, nil
	}
	bin := filepath.Join(work, "bin")
	if err := os.Mkdir(bin, 0o755); err != nil {
		return "", err
	}
	script := "#!/bin/sh\nwhile [ \"${1#-}\" != \"$1\" ]; do shift; done\nexec \"$@\"\n"
	if err := os.WriteFile(filepath.Join(bin, "sudo"), []byte(script), 0o755); err != nil {
		return "", err
	}
	return bin + string(os.PathListSeparator) + path, nil
}
