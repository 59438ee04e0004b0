package frontend

import (
	"context"
	"errors"
	"path"
	"slices"

	"github.com/moult-build/moult/internal/check"
	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/lock"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
	"github.com/moult-build/moult/llb"
)

// readLock finds and reads the project's lock; b.lock stays nil where it has
// none.
func (b *build) readLock(ctx context.Context) error {
	b.locks = &check.Locks{}
	name, pos, err := b.findLock()
	if err != nil || name == "" {
		return err
	}
	content, err := b.files.ReadFile(name)
	if err != nil {
		return source.Errorf(pos, "the lock %s cannot be read: %w", name, err)
	}
	l, err := lock.Read(&source.File{Name: name, Data: content}, lock.Options{Open: b.files.ReadFile})
	if err != nil {
		// A requirement file that was not called a lock need not be one.
		if errors.Is(err, lock.ErrNotLocked) && b.project.Settings.Lock.File == "" {
			errors.As(err, &b.locks.NotLocked)
			return nil
		}
		return err
	}
	if found := l.Credentials(); len(found) > 0 {
		err := source.Errorf(found[0], "a URL in %s holds credentials, which would end up in the image's provenance", name).
			WithHint("take them out, change them, and name a build secret for the index: [[tool.moult.index]] secret = \"ID\"")
		err.Err = project.ErrCredentials
		return err
	}
	b.lock, b.locks.Used = l, l
	b.lockProject, err = b.asLocked()
	return err
}

// findLock gives the name of the lock: the one that the key lock names, else
// the first that is found beside the build file, else a requirement file
// where that is all the project has.
func (b *build) findLock() (name string, pos source.Pos, err error) {
	p := b.project
	if p.Settings.Lock.Off {
		return "", pos, nil
	}
	if p.Settings.Lock.File != "" && !(b.locking() && lock.FormatOf(p.Settings.Lock.File) == lock.Pylock) {
		return p.Settings.Lock.File, p.Settings.Lock.Pos, nil
	}
	beside, err := b.files.list(p.Dir)
	if err != nil {
		return "", pos, err
	}
	if b.locking() {
		beside = slices.DeleteFunc(beside, func(name string) bool { return lock.FormatOf(name) == lock.Pylock })
	}
	found, others := lock.Detect(beside)
	if found != "" {
		b.locks.Others = others
		return path.Join(p.Dir, found), pos, nil
	}
	// A member of a workspace is locked with it.
	if w := p.Workspace; w != nil && w.Root != p.Dir {
		name := path.Join(w.Root, "uv.lock")
		if ok, err := b.files.Exists(name); ok || err != nil {
			return name, w.Pos, err
		}
	}
	if len(p.RequirementFiles) == 1 && len(p.Dependencies) == 0 {
		f := p.RequirementFiles[0].Name
		return f.V, f.Pos, nil
	}
	return "", pos, nil
}

// asLocked is the project in the form locks are compared with.
func (b *build) asLocked() (*lock.Project, error) {
	parse := func(name string) (*toml.Node, error) {
		name = path.Join(b.project.Dir, name)
		content, err := b.files.ReadFile(name)
		if err != nil {
			return nil, nil
		}
		return toml.Parse(&source.File{Name: name, Data: content})
	}
	pyproject, err := parse("pyproject.toml")
	if err != nil {
		return nil, err
	}
	pipfile, err := parse("Pipfile")
	if err != nil {
		return nil, err
	}
	return plan.LockProject(b.project, pyproject, pipfile), nil
}

// choose gives what the lock means for an environment, every file with its
// address. A lock that does not match its project is an error.
func (b *build) choose(ctx context.Context, w llb.World, env environment.Environment) ([]lock.Chosen, error) {
	sel := lock.Selection{Member: b.project.Name.V, Project: b.lockProject}
	for _, e := range b.project.Settings.Extras {
		sel.Extras = append(sel.Extras, e.V)
	}
	for _, g := range b.project.Settings.Groups {
		sel.Groups = append(sel.Groups, g.V)
	}
	chosen, err := lock.Select(b.lock, sel, env.Markers())
	if err != nil {
		return nil, err
	}
	if err := b.tellStale(ctx, lock.Check(b.lock, b.lockProject, sel, env.Markers(), chosen)); err != nil {
		return nil, err
	}
	if chosen, err = plan.Prefer(b.project, chosen); err != nil {
		return nil, err
	}
	return b.addresses(ctx, w, env, chosen)
}

// tellStale makes a finding of the error of a lock that does not match its
// project, which a user may want to skip.
func (b *build) tellStale(ctx context.Context, err error) error {
	found, rest := check.Errors(err)
	if len(rest) > 0 {
		return err
	}
	return b.tell(ctx, found)
}

// buildSystems are those of the folders that the project's requirements name.
func (b *build) buildSystems() map[string]*project.BuildSystem {
	all := map[string]*project.BuildSystem{}
	for _, l := range b.requested.Locals {
		if l.BuildSystem != nil {
			all[l.Path] = l.BuildSystem
		}
	}
	return all
}
