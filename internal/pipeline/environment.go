package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/step/accounts"
)

// detect looks for Python in the base. What Detect asks of most bases one after
// another, it has asked for at the same time: a world keeps the answers.
func (d *deciding) detect(ctx context.Context) (found environment.Environment, err error) {
	env := d.base.Config().Env
	usual, _ := environment.Usual(env)
	group, ctx := newGroup(ctx)
	for _, name := range usual.Files {
		group.Go(func() error { _, _ = d.base.ReadFile(ctx, name); return nil })
	}
	for _, name := range usual.Folders {
		group.Go(func() error { _, _ = d.base.ReadDir(ctx, name); return nil })
	}
	group.Go(func() (err error) {
		found, err = environment.Detect(ctx, d.base, d.world.Platform(), env, d.wanted())
		return err
	})
	err = group.Wait()
	return found, err
}

// environment finds the image's Python: in the base, in the image that its
// Python is added from, or in the base with its packages if they contain
// Python.
func (d *deciding) environment(ctx context.Context) (environment.Environment, error) {
	s := &d.Settings
	ref := plan.Base(d.Project.Project, d.Chosen)
	env, err := d.detect(ctx)
	var none *environment.NoPythonError
	switch {
	case err != nil && !errors.As(err, &none):
		return env, fmt.Errorf("looking into the image %s: %w", ref, err)
	case s.PythonFrom != nil:
		env, err = d.pythonFrom(ctx, ref, env)
	case err != nil:
		env, err = d.pythonOfPackages(ctx, ref, env, none)
	}
	if err != nil {
		return env, err
	}
	if full := d.Chosen.Exact(); full != "" && d.Chosen.Why == project.PythonByKey && env.Python.Full != "" && env.Python.Full != full {
		return env, source.Errorf(d.Chosen.Pos, "the image %s has Python %s, not %s", ref, env.Python.Full, full).
			WithHint("write %q for any patch version, or take a base with that one", d.Chosen.Minor)
	}
	if u := s.User; u != nil && (u.Make || u.Name != "" || u.Group != "" || u.UID > 0) {
		if err := d.checkUser(ctx, u); err != nil {
			return env, err
		}
	}
	return env, plan.CheckPackages(d.Project.Project, ref, env)
}

// wanted is the Python to look for. If the build file does not say one, a
// base of the project's own decides.
func (p *Project) wanted() environment.Wanted {
	s := &p.Settings
	want := environment.Wanted{Major: p.Chosen.X, Minor: p.Chosen.Y, Manager: plan.WantsPackages(s), FreeThreaded: p.Chosen.FreeThreaded}
	if p.Chosen.Open() && (s.Base != nil || s.PythonFrom != nil) {
		want.Major, want.Minor = 0, 0
		want.Allows = func(major, minor int) bool { return pep440.AllowsMinor(p.Requires, major, minor) }
	}
	return want
}

// pythonIn is the release in an environment.
func (p *Project) pythonIn(env environment.Environment) project.Python {
	python := p.Chosen
	if python.Open() && (p.Settings.Base != nil || p.Settings.PythonFrom != nil) {
		python.Reason = "" // the base says it
	}
	if env.Python.Major == python.X && env.Python.Minor == python.Y {
		return python
	}
	python.X, python.Y, python.Minor = env.Python.Major, env.Python.Minor, env.Python.Version()
	python.EndOfLife, python.Reason = "", ""
	for _, r := range project.Releases {
		if r.Minor == python.Minor {
			python.EndOfLife = r.EndOfLife
		}
	}
	return python
}

// lineOf is the line that names an image, or the line that decides its
// default.
func (p *Project) lineOf(ref string) source.Pos {
	for _, named := range []*source.At[string]{p.Settings.Base, p.Settings.Builder, p.Settings.PythonFrom} {
		if named != nil && named.V == ref {
			return named.Pos
		}
	}
	return p.Chosen.Pos
}

// taken adds to the error for an image that was not found why its release of
// Python was chosen, if the release decides the image.
func (p *Project) taken(ref string, err error) error {
	var at *source.Error
	if err == nil || p.Settings.Base != nil && p.Settings.Base.V == ref || p.Settings.Builder != nil && p.Settings.Builder.V == ref {
		return err
	}
	if p.Chosen.Why == project.PythonByKey {
		if p.Chosen.Full != "" && errors.As(err, &at) && at.Hint == "" {
			return at.WithHint("write python = %q for the newest patch version that there is", p.Chosen.Minor)
		}
		return err
	}
	if !errors.As(err, &at) {
		at = source.Errorf(p.Settings.Pos, "%v", err)
	}
	why := ""
	if p.Chosen.Reason != "" {
		why = ", " + p.Chosen.Reason
	}
	told := source.Errorf(at.Pos, "%s; Moult chose Python %s%s", at.Msg, p.Chosen.Minor, why)
	if other := p.otherPython(); other != "" {
		return told.WithHint("write python = %q%s for another", other, p.HintTable())
	}
	return told.WithHint(`the project allows no other; write base = "IMAGE"%s, with an image that has it`, p.HintTable())
}

// otherPython is a release that the project allows besides the chosen one: the
// one before it, or else the next; "" if there is none.
func (p *Project) otherPython() (other string) {
	for _, release := range project.Releases {
		switch {
		case release.Minor == p.Chosen.Minor && other != "":
			return other
		case release.Minor != p.Chosen.Minor && pep440.AllowsMinor(p.Requires, release.X, release.Y):
			other = release.Minor
			if release.Y > p.Chosen.Y {
				return other
			}
		}
	}
	return other
}

// pythonFrom returns the environment of a base with the Python of the image
// that python.from names.
func (d *deciding) pythonFrom(ctx context.Context, base string, of environment.Environment) (environment.Environment, error) {
	from := d.Settings.PythonFrom
	env, err := environment.Detect(ctx, d.python, of.Platform, d.python.Config().Env, d.wanted())
	if err != nil && !errors.As(err, new(*environment.NoPythonError)) {
		return of, fmt.Errorf("looking into the image %s: %w", from.V, err)
	}
	if err != nil {
		return of, source.Errorf(from.Pos, "the image %s %v", from.V, err)
	}
	return plan.AddPython(d.Project.Project, base, of, env)
}

// pythonOfPackages returns the environment of a base whose packages contain
// Python. of is the base's environment without them.
func (d *deciding) pythonOfPackages(ctx context.Context, base string, of environment.Environment, none *environment.NoPythonError) (environment.Environment, error) {
	if err := plan.CheckPackages(d.Project.Project, base, of); err != nil {
		return of, err
	}
	packages := plan.RunPackages(d.Project.Project, of)
	if packages == nil || !plan.MayBringPython(packages) {
		return of, d.noPython(base, of, none)
	}
	img, err := d.installed(ctx, packages)
	if err != nil {
		return of, err
	}
	env, err := environment.Detect(ctx, img, of.Platform, d.base.Config().Env, d.wanted())
	if errors.As(err, new(*environment.NoPythonError)) {
		return of, d.noPython(base, of, none)
	}
	if err != nil {
		return of, fmt.Errorf("looking into the image %s with its packages: %w", base, err)
	}
	d.ofPackages = true
	return env, nil
}

// noPython is the error for a base without a fitting Python.
func (p *Project) noPython(base string, of environment.Environment, none *environment.NoPythonError) error {
	pos := p.Chosen.Pos
	if p.Settings.Base != nil {
		pos = p.Settings.Base.Pos
	}
	hint := fmt.Sprintf("add the Python of an image: python = {version = %q, from = %q}", p.Chosen.Minor, plan.PythonFor(of.Libc, p.Chosen.Minor))
	if len(none.Found) > 0 {
		hint = fmt.Sprintf("write python = %q, or ", none.Found[0]) + hint
	}
	return source.Errorf(pos, "the image %s %v", base, none).WithHint("%s", hint)
}

// checkUser checks that no other user of the base has the name or number of
// the user to add, that the base has the user that it must have, and whether it
// knows the home folder of a number. Packages
// that are added to the base may add users.
func (d *deciding) checkUser(ctx context.Context, u *project.User) error {
	// A base without these files has no users.
	passwd, err := d.accounts(ctx, "/etc/passwd")
	if err != nil {
		return err
	}
	group, err := d.accounts(ctx, "/etc/group")
	if err != nil {
		return err
	}
	known := accounts.Files{Passwd: passwd, Group: group}
	if !u.Make {
		d.homeless = u.Name == "" && !known.HasUser(u.UID)
		if _, _, err := known.Owner(u.Text); err != nil && !plan.WantsPackages(&d.Settings) && u.Name != "root" {
			return source.Errorf(u.Pos, "user: %v", err).WithHint("write user = {name = %q} to create it", cmp.Or(u.Name, "app"))
		}
		return nil
	}
	account := accounts.Account{Name: u.Name, UID: u.UID, GID: u.GID, Home: u.Home}
	if err := known.Conflict(account); err != nil {
		return source.Errorf(u.Pos, "user: %v", err).WithHint("give it another name and uid, or write user = \"NAME\" for one that the base has")
	}
	return nil
}

// accounts reads a file of the base's accounts; it is empty if the file does
// not exist.
func (d *deciding) accounts(ctx context.Context, name string) (string, error) {
	content, err := d.base.ReadFile(ctx, name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("reading the base image's %s: %w", name, err)
	}
	return string(content), nil
}
