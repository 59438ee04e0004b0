package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/moult-build/moult/internal/cli/fromdockerfile"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/project/start"
	"github.com/moult-build/moult/internal/source"
)

// placeholder is the frontend's image where nobody says which it is.
const placeholder = "registry.example.com/moult:1"

// syntaxVariable names the frontend's image for new build files.
const syntaxVariable = "MOULT_SYNTAX"

func initCommand() *cobra.Command {
	var from, syntax string
	var dry bool
	c := &cobra.Command{
		Use:   "init [DIR]",
		Short: "Make a build file for a project",
		Long: `Add the syntax line and a [tool.moult] table to the project's pyproject.toml, or
write a moult.toml where it has none. Nothing else in the file changes.

What the project's Dockerfile says is proposed as far as it can be read: base,
Debian packages, environment, ports, user, command, health check, labels. What
could not be carried over is listed, with what to write instead. --from names
another Dockerfile or a requirements.txt.`,
		Example: `  moult init --dry-run
  moult init --from deploy/Dockerfile services/api
  moult init --syntax registry.example.com/moult:1`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			dir := "."
			if len(args) > 0 {
				dir = args[0]
			}
			return initialise(c, dir, from, syntax, dry)
		},
	}
	f := c.Flags()
	f.StringVar(&from, "from", "", "Dockerfile or requirements.txt to read (default: those in DIR)")
	f.StringVar(&syntax, "syntax", os.Getenv(syntaxVariable), "the frontend's image, for the first line; none leaves the line out (default: "+syntaxVariable+")")
	f.BoolVar(&dry, "dry-run", false, "print what would be written")
	return c
}

// command is what the image of the new build file would run, as far as that has
// to be written down; why says what it follows from, or what is missing.
func command(dir fs.FS, name string, content []byte) (cmd []string, why string) {
	const ask = `cmd = ["python", "-m", "..."]  # what the image runs`
	p, err := project.Read(written{project.FS(dir), name, content}, name, project.Options{})
	if err != nil {
		return nil, "" // the build says what is wrong with the file
	}
	requested, err := project.Requirements(p, project.Selection{Extras: p.Settings.Extras, Groups: p.Settings.Groups})
	if err != nil {
		return nil, ""
	}
	c, err := start.Command(start.Input{
		Project: p, Files: start.FS(dir), Has: start.Installed(requested), Copied: func(name string) bool { return plan.InApp(p, name) },
	})
	switch {
	case err != nil:
		var at *source.Error
		if errors.As(err, &at) {
			return nil, ask + ": " + at.Msg
		}
		return nil, ask
	case c.Guessed:
		return c.Cmd, "a guess: " + c.Reason
	}
	return nil, ""
}

// written is a project with a build file that is not written yet.
type written struct {
	project.Files
	name    string
	content []byte
}

func (w written) ReadFile(name string) ([]byte, error) {
	if name == w.name {
		return w.content, nil
	}
	return w.Files.ReadFile(name)
}

func initialise(c *cobra.Command, dir, from, syntax string, dry bool) error {
	out := c.ErrOrStderr()
	p := &fromdockerfile.Proposal{}
	var err error
	read := ""
	switch {
	case from == "":
		for _, name := range []string{"Dockerfile", "Containerfile"} {
			content, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				continue
			}
			if p, err = fromdockerfile.FromDockerfile(name, content); err != nil {
				return err
			}
			read = name
			break
		}
	case strings.HasSuffix(from, ".txt") || strings.HasSuffix(from, ".in"):
		if _, err := os.Stat(from); err != nil {
			return fmt.Errorf("%s: %w", from, unwrapPath(err))
		}
		rel, err := filepath.Rel(dir, from)
		if err != nil {
			return err
		}
		if rel != "requirements.txt" {
			p.Requirements = []string{filepath.ToSlash(rel)}
		}
		read = from
	default:
		content, err := os.ReadFile(from)
		if err != nil {
			return fmt.Errorf("%s: %w", from, unwrapPath(err))
		}
		if p, err = fromdockerfile.FromDockerfile(from, content); err != nil {
			return err
		}
		read = from
	}
	// A version that is pinned beside the build file wins by itself.
	if _, err := os.Stat(filepath.Join(dir, ".python-version")); err == nil {
		p.Python = ""
	}
	target := filepath.Join(dir, "pyproject.toml")
	before, err := os.ReadFile(target)
	missing := errors.Is(err, fs.ErrNotExist)
	if err != nil && !missing {
		return err
	}
	line := syntax
	switch syntax {
	case "":
		line = placeholder
	case "none":
		line = ""
	}
	write := func() ([]byte, error) {
		if missing {
			return fromdockerfile.New(line, p), nil
		}
		return fromdockerfile.Edit(target, before, line, p)
	}
	if missing {
		target = filepath.Join(dir, "moult.toml")
		if _, err := os.Stat(target); err == nil {
			return fmt.Errorf("%s is there already", target)
		}
	}
	after, err := write()
	if err != nil {
		return err
	}
	if p.Cmd == nil && p.Entrypoint == nil {
		if p.Cmd, p.Guessed = command(os.DirFS(dir), filepath.Base(target), after); p.Guessed != "" {
			if after, err = write(); err != nil {
				return err
			}
		}
	}
	if dry {
		if _, err := c.OutOrStdout().Write(after); err != nil {
			return err
		}
	} else if err := os.WriteFile(target, after, 0o644); err != nil {
		return err
	}
	verb := map[bool]string{true: "Would write", false: "Wrote"}[dry]
	fmt.Fprintf(out, "%s %s", verb, target)
	if read != "" {
		fmt.Fprintf(out, ", from %s", read)
	}
	fmt.Fprintln(out, ".")
	if syntax == "" && line != "" && bytes.Contains(after, []byte("# syntax="+placeholder)) {
		fmt.Fprintf(out, "%s put the name of your frontend image into the first line, which \"docker buildx build\" reads; this program does not need it.\n", paint(out, yellow, "Note:"))
	}
	if len(p.Left) > 0 {
		fmt.Fprintf(out, "\nNot carried over, or changed:\n")
		for _, n := range p.Left {
			fmt.Fprintf(out, "  %s\n", n)
		}
	}
	if !dry {
		fmt.Fprintf(out, "\nNext: moult check, moult plan, moult build -t NAME --load\n")
	}
	return nil
}
