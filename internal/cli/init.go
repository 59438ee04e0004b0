package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/moult-build/moult/internal/cli/fromdockerfile"
	"github.com/moult-build/moult/internal/lock"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/project/start"
	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/source"
)

// placeholder is the frontend's image if no flag or variable names one.
const placeholder = "registry.example.com/moult:1"

// syntaxVariable names the frontend's image for new build files.
const syntaxVariable = "MOULT_SYNTAX"

func initCommand() *cobra.Command {
	var i initializer
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
			i.dir = "."
			if len(args) > 0 {
				i.dir = args[0]
			}
			return i.run(c)
		},
	}
	f := c.Flags()
	f.StringVar(&i.from, "from", "", "Dockerfile or requirements.txt to read (default: those in DIR)")
	f.StringVar(&i.syntax, "syntax", os.Getenv(syntaxVariable), "the frontend's image, for the first line; none leaves the line out (default: "+syntaxVariable+")")
	f.BoolVar(&i.dry, "dry-run", false, "print what would be written")
	return c
}

// initializer makes a build file.
type initializer struct {
	// dir is the project's folder, from the file to read, syntax the frontend's
	// image.
	dir, from, syntax string
	// dry is true if the build file is only printed.
	dry bool
}

func (i initializer) run(c *cobra.Command) error {
	p, read, err := i.proposal()
	if err != nil {
		return err
	}
	// .python-version next to the build file decides anyway.
	if _, err := os.Stat(filepath.Join(i.dir, ".python-version")); err == nil && p.PythonFrom == "" {
		p.Python = ""
	}
	target := filepath.Join(i.dir, "pyproject.toml")
	before, err := os.ReadFile(target)
	missing := errors.Is(err, fs.ErrNotExist)
	if err != nil && !missing {
		return err
	}
	line := i.syntax
	switch i.syntax {
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
		target = filepath.Join(i.dir, "moult.toml")
		if _, err := os.Stat(target); err == nil {
			return fmt.Errorf("%s is there already", target)
		}
	}
	after, err := write()
	if err != nil {
		return err
	}
	if i.offer(p, read, filepath.Base(target), after) {
		if after, err = write(); err != nil {
			return err
		}
	}
	if p.Cmd == nil && p.Entrypoint == nil {
		c := command(os.DirFS(i.dir), filepath.Base(target), after)
		p.Cmd, p.Guessed = c.cmd, c.why
		if c.beside && p.Include == nil {
			p.Include = []string{"**"}
		}
		if c.workdir != "" {
			p.Workdir = c.workdir
		}
		if p.Guessed != "" {
			if after, err = write(); err != nil {
				return err
			}
		}
	}
	if i.dry {
		_, err = c.OutOrStdout().Write(after)
	} else {
		if err = i.add(p.Additions); err == nil {
			err = os.WriteFile(target, after, 0o644)
		}
	}
	if err != nil {
		return err
	}
	i.report(c.ErrOrStderr(), p, read, target, after)
	return nil
}

// proposal reads what the build file is made of; read is the name of the file
// that was read, empty for none.
func (i initializer) proposal() (p *fromdockerfile.Proposal, read string, err error) {
	p = &fromdockerfile.Proposal{}
	switch {
	case i.from == "":
		name, err := dockerfileIn(i.dir)
		if name == "" || err != nil {
			return p, "", err
		}
		content, err := os.ReadFile(filepath.Join(i.dir, name))
		if err != nil {
			return nil, "", err
		}
		if len(bytes.TrimSpace(content)) == 0 {
			p.Notes = []fromdockerfile.Note{{File: name, Text: "the file", Why: "it is empty"}}
			return p, name, nil
		}
		p, err = fromdockerfile.FromDockerfile(name, content, i.known())
		return p, name, err
	case strings.HasSuffix(i.from, ".txt") || strings.HasSuffix(i.from, ".in"):
		if _, err := os.Stat(i.from); err != nil {
			return nil, "", fmt.Errorf("%s: %w", i.from, unwrapPath(err))
		}
		rel, err := filepath.Rel(i.dir, i.from)
		if err != nil {
			return nil, "", err
		}
		if rel != "requirements.txt" {
			p.Requirements = []string{filepath.ToSlash(rel)}
		}
		return p, i.from, nil
	default:
		content, err := os.ReadFile(i.from)
		if err != nil {
			return nil, "", fmt.Errorf("%s: %w", i.from, unwrapPath(err))
		}
		p, err = fromdockerfile.FromDockerfile(i.from, content, i.known())
		return p, i.from, err
	}
}

// dockerfileIn finds the Dockerfile or Containerfile of a folder, in capitals
// or not; "" if there is none.
func dockerfileIn(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	for _, name := range []string{"Dockerfile", "Containerfile"} {
		for _, exact := range []bool{true, false} {
			for _, e := range entries {
				if !e.IsDir() && (e.Name() == name || !exact && strings.EqualFold(e.Name(), name)) {
					return e.Name(), nil
				}
			}
		}
	}
	return "", nil
}

// otherDockerfiles finds Dockerfiles with other names, and those in folders of
// the project.
func otherDockerfiles(dir string) (all []string) {
	for _, pattern := range []string{"*", "*/*"} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			continue // a folder whose name is a pattern
		}
		for _, name := range found {
			base := strings.ToLower(filepath.Base(name))
			named := base == "dockerfile" || base == "containerfile" || strings.HasPrefix(base, "dockerfile.") || strings.HasSuffix(base, ".dockerfile")
			if info, err := os.Stat(name); named && !strings.HasSuffix(base, ".dockerignore") && err == nil && info.Mode().IsRegular() {
				all = append(all, name)
			}
		}
	}
	return all
}

// known returns the facts of the project's own files that the reader of its
// Dockerfile needs.
func (i initializer) known() fromdockerfile.Project {
	files := os.DirFS(i.dir)
	known := fromdockerfile.Project{Files: files}
	name := "pyproject.toml"
	content, err := os.ReadFile(filepath.Join(i.dir, name))
	if err != nil {
		name = "moult.toml" // an empty one, so that Pipfile and setup.py are read
	}
	p, err := project.Read(written{project.FS(files), name, content}, name, project.Options{})
	if err != nil {
		return known // the build reports the error
	}
	known.Packaged = p.BuildSystem != nil
	if unpackaged, err := start.Unpackaged(p, start.FS(files)); err == nil && unpackaged {
		known.Packaged = false
	}
	if own := p.Name.V; own != "" {
		known.Modules = []string{start.ModuleName(own)}
	}
	known.Allows = func(minor string) bool {
		// A Pipfile.lock is for the Python of its Pipfile alone.
		if asked := p.PythonVersion; asked != nil && path.Base(asked.Pos.File.Name) == "Pipfile" && asked.Minor != minor {
			return false
		}
		var x, y int
		_, err := fmt.Sscanf(minor, "%d.%d", &x, &y)
		return err == nil && pep440.AllowsMinor(p.Requires, x, y)
	}
	known.Declared = (len(p.Dependencies) > 0 || p.DynamicDependencies) && p.Origin != project.OriginNone
	for _, s := range p.Extras {
		known.Extras = append(known.Extras, s.Name.V)
	}
	for _, s := range p.Groups {
		known.Groups = append(known.Groups, s.Name.V)
	}
	return known
}

// add appends lines to other files of the project, of which one may be new.
func (i initializer) add(additions []fromdockerfile.Addition) error {
	for _, a := range additions {
		name := filepath.Join(i.dir, filepath.FromSlash(a.File))
		content, err := os.ReadFile(name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		end := "\n"
		if bytes.Contains(content, []byte("\r\n")) {
			end = "\r\n"
		}
		if len(content) > 0 && !bytes.HasSuffix(content, []byte("\n")) {
			content = append(content, end...)
		}
		content = append(content, strings.Join(a.Lines, end)+end...)
		if err := os.WriteFile(name, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// guess is what the image of the new build file would run, as far as that has to
// be written down.
type guess struct {
	cmd []string
	// why says what it follows from, or what is missing.
	why string
	// beside is true if it needs files that are not in the project's package.
	beside bool
	// workdir is the working folder that it needs; "" for the application's.
	workdir string
}

// command is what the project's files say of the command.
func command(dir fs.FS, name string, content []byte) guess {
	const ask = `cmd = ["python", "-m", "..."]  # what the image runs`
	p, err := project.Read(written{project.FS(dir), name, content}, name, project.Options{})
	if err != nil {
		return guess{} // the build reports the error of the file
	}
	requested, err := project.Requirements(p, project.Selection{Extras: p.Settings.Extras, Groups: p.Settings.Groups})
	if err != nil {
		return guess{}
	}
	if unpackaged, err := start.Unpackaged(p, start.FS(dir)); err != nil {
		return guess{}
	} else if unpackaged {
		p.BuildSystem = nil
	}
	c, err := start.Command(start.Input{
		Project: p, Files: start.FS(dir), Has: start.Installed(requested), Copied: func(name string) bool { return plan.InApp(p, name) },
		Copyable: func(string) bool { return true },
	})
	switch {
	case err != nil:
		var several *start.Candidates
		var at *source.Error
		if errors.As(err, &at) && errors.As(err, &several) {
			what := strings.TrimPrefix(strings.TrimPrefix(at.Msg, "there is no command to run"), ", and ")
			return guess{cmd: several.Cmd, why: "the likeliest, look at it: " + strings.TrimPrefix(what, ": "), beside: several.Beside}
		}
		if errors.As(err, &at) {
			return guess{why: ask + ": " + at.Msg}
		}
		return guess{why: ask}
	case c.NextToPackage, c.Extra+c.Group != "":
		return guess{} // the build copies the file, or installs the extra, as long as it looks for it
	case c.Guessed:
		if start.HasOldFlask(requested) || isLocked(dir) {
			c.Cmd = start.ForOldFlask(c.Cmd)
		}
		return guess{cmd: c.Cmd, why: "a guess: " + c.Reason, workdir: c.Workdir}
	}
	return guess{}
}

// isLocked reports whether a folder has a lock, which may have other versions than
// the requirements show.
func isLocked(dir fs.FS) bool {
	entries, err := fs.ReadDir(dir, ".")
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	found, _ := lock.Detect(names)
	return err == nil && found != ""
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

// report says what was done and what is left to the user.
func (i initializer) report(out io.Writer, p *fromdockerfile.Proposal, read, target string, after []byte) {
	verb := map[bool]string{true: "Would write", false: "Wrote"}[i.dry]
	fmt.Fprintf(out, "%s %s", verb, target)
	if read != "" {
		fmt.Fprintf(out, ", from %s", read)
	}
	fmt.Fprintln(out, ".")
	if i.syntax == "" && bytes.Contains(after, []byte("# syntax="+placeholder)) {
		fmt.Fprintf(out, "%s put the name of your frontend image into the first line, which \"docker buildx build\" reads; this program does not need it.\n", paint(out, yellow, "Note:"))
	}
	if others := otherDockerfiles(i.dir); read == "" && i.from == "" && len(others) > 0 {
		fmt.Fprintf(out, "%s there are Dockerfiles with other names or in folders: %s. To read one: moult init --from %s %s\n", paint(out, yellow, "Note:"), source.Printable(strings.Join(others, ", ")), source.Printable(others[0]), i.dir)
	}
	if len(p.Notes) > 0 {
		fmt.Fprintf(out, "\nNot carried over, or changed:\n")
		for _, n := range p.Notes {
			fmt.Fprintf(out, "  %s\n", n)
		}
	}
	if !i.dry {
		fmt.Fprintf(out, "\nNext: moult check, moult plan, moult build -t NAME --load\n")
	}
}
