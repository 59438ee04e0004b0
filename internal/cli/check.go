package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/moby/buildkit/frontend/subrequests/lint"
	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/solver/pb"
	"github.com/spf13/cobra"
)

func checkCommand() *cobra.Command {
	var q question
	c := &cobra.Command{
		Use:   "check [CONTEXT]",
		Short: "Show what is wrong and what could be better",
		Long: `Check the project: whether the build file can be read, whether the lock fits it,
and the rules of docs/rules. The exit code is 1 where there is anything to say.

A rule is switched off in the build file, below the line "# syntax=":

  # check=skip=RunsAsRoot

"# check=error=true" makes every warning fail the build as well.

` + noDaemon,
		Example: `  moult check
  moult check --json services/api`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			a, err := q.ask(c, args, "lint")
			if err != nil {
				return err
			}
			if q.json {
				if err := q.print(c, a); err != nil {
					return err
				}
			} else if err := printLint(c.OutOrStdout(), a["result.json"], string(a[unasked])); err != nil {
				return err
			}
			if code, err := strconv.Atoi(string(a["result.statuscode"])); err == nil && code != 0 {
				return exitCode(code)
			}
			return nil
		},
	}
	q.askFlags(c)
	q.jsonFlag(c)
	return c
}

// printLint prints the warnings as buildx does, each with its lines of the
// file. unasked is the reason why some rules were not checked, or empty.
func printLint(w io.Writer, data []byte, unasked string) error {
	var r lint.LintResults
	if err := json.Unmarshal(data, &r); err != nil {
		return fmt.Errorf("reading the answer of the check: %w", err)
	}
	snippet := func(at *pb.Location) {
		if at == nil || at.SourceIndex < 0 || int(at.SourceIndex) >= len(r.Sources) {
			return
		}
		s := errdefs.Source{Info: r.Sources[at.SourceIndex], Ranges: at.Ranges}
		_ = s.Print(w)
	}
	for _, warning := range r.Warnings {
		fmt.Fprintf(w, "%s %s", paint(w, yellow, "WARNING:"), warning.RuleName)
		if warning.URL != "" {
			fmt.Fprintf(w, " - %s", warning.URL)
		}
		fmt.Fprintf(w, "\n%s\n", warning.Detail)
		snippet(warning.Location)
		fmt.Fprintln(w)
	}
	if unasked != "" {
		fmt.Fprintf(w, "Not everything was looked at, because there is no BuildKit: %s.\n", unasked)
	} else if r.Error != nil {
		snippet(&r.Error.Location)
		fmt.Fprintf(w, "%s %s\n", paint(w, red, "ERROR:"), r.Error.Message)
		return nil
	}
	switch len(r.Warnings) {
	case 0:
		fmt.Fprintln(w, "Nothing to say: the build file, the lock and the rules agree.")
	default:
		fmt.Fprintf(w, "%s.\n", count(len(r.Warnings), "warning", "warnings"))
	}
	return nil
}
