package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/moult-build/moult/internal/cli/todockerfile"
	"github.com/moult-build/moult/internal/report"
)

func dockerfileCommand() *cobra.Command {
	var q question
	var output string
	c := &cobra.Command{
		Use:   "dockerfile [CONTEXT]",
		Short: "Leave: write an equivalent Dockerfile",
		Long: `Write a Dockerfile that builds the same files as Moult does, to be read, kept and
changed by people who stop using Moult. It installs exactly the files that the
plan has chosen, by their hashes, with pip.

With -o it is written with a .dockerignore of its own beside it. What differs
from Moult's image, and what has no twin, is in docs/cli.md and on the standard
error.`,
		Example: `  moult dockerfile
  moult dockerfile -o Dockerfile && docker buildx build -t hello .`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			a, err := q.ask(c, args, "plan")
			if err != nil {
				return err
			}
			var b report.Build
			if err := json.Unmarshal(a["result.json"], &b); err != nil {
				return fmt.Errorf("reading the plan: %w", err)
			}
			if len(b.Platforms) != 1 {
				return errors.New("a Dockerfile is for one platform: name one with --platform")
			}
			d := todockerfile.Write(b.Platforms[0])
			for _, lost := range d.Lost {
				fmt.Fprintf(c.ErrOrStderr(), "%s not carried over: %s\n", paint(c.ErrOrStderr(), yellow, "Note:"), lost)
			}
			if output == "" {
				_, err := fmt.Fprint(c.OutOrStdout(), d.Text)
				return err
			}
			if err := os.WriteFile(output, []byte(d.Text), 0o644); err != nil {
				return err
			}
			return writeIgnore(args, output, d.Ignore)
		},
	}
	q.askFlags(c)
	c.Flags().StringVarP(&output, "output", "o", "", "file to write, with its .dockerignore; the standard output otherwise")
	return c
}

// writeIgnore writes OUTPUT.dockerignore. It replaces the context's
// .dockerignore, so it begins with the content of that file.
func writeIgnore(args []string, output string, patterns []string) error {
	if len(patterns) == 0 {
		return nil
	}
	dir := "."
	if len(args) > 0 {
		dir = args[0]
	}
	text := ""
	own, err := os.ReadFile(filepath.Join(dir, ".dockerignore"))
	switch {
	case err == nil:
		text = strings.TrimRight(string(own), "\n") + "\n"
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	text += strings.Join(patterns, "\n") + "\n"
	return os.WriteFile(output+".dockerignore", []byte(text), 0o644)
}
