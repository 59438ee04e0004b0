package survey

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/check"
	"github.com/moult-build/moult/internal/cli"
	"github.com/moult-build/moult/internal/pipeline"
	"github.com/moult-build/moult/internal/pipeline/worldtest"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/project/start"
)

// attempt plans and checks the project of a folder.
func attempt(ctx context.Context, dir string) (a Attempt, c Check) {
	defer func() {
		if r := recover(); r != nil {
			a.Panic, a.Refusal = true, fmt.Sprint("panic: ", r)
		}
	}()
	name := "moult.toml"
	if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
		name = "pyproject.toml"
	}
	p, d, err := worldtest.Decide(ctx, worldtest.Files(os.DirFS(dir)), name, project.Options{}, worldtest.World{Patch: "99"})
	c = checked(p, d, err)
	if err != nil {
		a.Refusal = err.Error()
		a.Nothing = errors.Is(err, start.ErrNothing)
		return a, c
	}
	image := d.Plan.Image
	a.Planned = true
	a.Command = append(slices.Clone(image.Entrypoint), image.Cmd...)
	a.CommandReason = image.CommandReason
	a.Python, a.PythonReason = d.Python.Minor, d.Python.Reason
	for _, p := range d.Plan.Packages {
		a.packages = append(a.packages, p.Name)
	}
	return a, c
}

// checked returns the rules that have findings.
func checked(p *pipeline.Project, d *pipeline.Decision, err error) (c Check) {
	defer func() { c.Panic = c.Panic || recover() != nil }()
	found, _ := check.Errors(err)
	if p != nil {
		of := check.Project{Project: p.Project, Python: p.Chosen, Command: p.Command, Locks: p.Locks}
		found = append(found, of.Check()...)
	}
	if d != nil {
		found = append(found, check.Plan{Project: p.Project, Python: d.Python, Environment: d.Plan.Environment, Plan: d.Plan}.Check()...)
	}
	for _, f := range found {
		c.Rules = append(c.Rules, f.Rule.Name)
	}
	slices.Sort(c.Rules)
	c.Rules = slices.Compact(c.Rules)
	return c
}

// initialise runs moult init in a folder.
func initialise(dir string) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	command := cli.New("survey")
	command.SetOut(io.Discard)
	command.SetErr(io.Discard)
	command.SetArgs([]string{"init", "--syntax", "none", dir})
	return command.Execute()
}

// tooLarge is the size, in bytes, from which on a file is not copied. No result
// depends on such a file.
const tooLarge = 32 << 20

// histories are folders of a repository that say nothing of its tags and its commit.
var histories = []string{".git/objects/pack", ".git/lfs", ".git/modules", ".git/logs", ".git/hooks"}

// copyTree copies a checkout, and of its .git folder what names commits: some
// backends take the version from it.
func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(name string, e os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		at := filepath.Join(to, rel)
		switch {
		case e.IsDir() && slices.ContainsFunc(histories, func(folder string) bool { return strings.HasSuffix("/"+filepath.ToSlash(rel), "/"+folder) }):
			return filepath.SkipDir
		case e.IsDir():
			return os.MkdirAll(at, 0o755)
		case e.Type()&os.ModeSymlink != 0:
			target, err := os.Readlink(name)
			if err != nil {
				return err
			}
			return os.Symlink(target, at)
		case !e.Type().IsRegular():
			return nil
		}
		info, err := e.Info()
		if err != nil || info.Size() > tooLarge {
			return err
		}
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		return os.WriteFile(at, content, info.Mode().Perm())
	})
}
