package frontend

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/source"
	steps "github.com/moult-build/moult/internal/step/build"
	"github.com/moult-build/moult/llb"
)

// environment finds the image's Python by looking into the base, or into the
// image that its Python is added from, or into the base with its packages if
// they bring Python.
func (b *build) environment(ctx context.Context, w *llb.World, base image) (environment.Environment, error) {
	s := &b.project.Settings
	files, err := b.look(ctx, w.Base, w.Target)
	if err != nil {
		return environment.Environment{}, err
	}
	platform := environment.Platform{OS: w.Target.OS, Arch: w.Target.Architecture, Variant: w.Target.Variant}
	want := b.wanted()
	env, err := environment.Detect(ctx, files, platform, base.config.Config.Env, want)
	var none *environment.NoPythonError
	switch {
	case err != nil && !errors.As(err, &none):
		return env, err
	case s.PythonFrom != nil:
		if env, err = b.pythonFrom(ctx, w, base.ref, env, want); err != nil {
			return env, err
		}
	case err != nil:
		if env, err = b.pythonOfPackages(ctx, w, base, env, want); err != nil {
			return env, err
		}
	}
	if u := s.User; u != nil && (u.Make || u.Name != "" || u.Group != "") {
		if err := checkUser(ctx, files, u, plan.WantsPackages(s)); err != nil {
			return env, err
		}
	}
	return env, plan.CheckPackages(b.project, base.ref, env)
}

// wanted is the Python that is looked for: where the build file leaves it
// open, a base of its own decides.
func (b *build) wanted() environment.Wanted {
	s := &b.project.Settings
	want := environment.Wanted{Major: b.python.X, Minor: b.python.Y, Manager: plan.WantsPackages(s)}
	open := b.python.Why == project.PythonByRange || b.python.Why == project.PythonByDefault
	if open && (s.Base != nil || s.PythonFrom != nil) {
		want.Major, want.Minor = 0, 0
		want.Allows = func(major, minor int) bool { return pep440.AllowsMinor(b.project.Requires, major, minor) }
	}
	return want
}

// pythonIn is the release that an environment has.
func (b *build) pythonIn(env environment.Environment) project.Python {
	python := b.python
	if env.Python.Major == python.X && env.Python.Minor == python.Y {
		return python
	}
	python.X, python.Y, python.Minor = env.Python.Major, env.Python.Minor, env.Python.Version()
	python.EndOfLife = ""
	for _, r := range project.Releases {
		if r.Minor == python.Minor {
			python.EndOfLife = r.EndOfLife
		}
	}
	return python
}

// pythonFrom gives the environment of a base with the Python of the image that
// python.from names.
func (b *build) pythonFrom(ctx context.Context, w *llb.World, base string, of environment.Environment, want environment.Wanted) (environment.Environment, error) {
	from := b.project.Settings.PythonFrom
	files, err := b.look(ctx, w.Python, w.Target)
	if err != nil {
		return of, err
	}
	env, err := environment.Detect(ctx, files, of.Platform, w.PythonEnv, want)
	if err != nil {
		return of, source.Errorf(from.Pos, "the image %s %v", from.V, err)
	}
	return plan.AddPython(b.project, base, of, env)
}

// pythonOfPackages gives the environment of a base whose packages bring
// Python. of is the base's without.
func (b *build) pythonOfPackages(ctx context.Context, w *llb.World, base image, of environment.Environment, want environment.Wanted) (environment.Environment, error) {
	if err := plan.CheckPackages(b.project, base.ref, of); err != nil {
		return of, err
	}
	packages := plan.RunPackages(b.project, of)
	if packages == nil || !plan.MayBringPython(packages) {
		return of, b.noPython(ctx, w, base, of, want)
	}
	// Now, because a failing installation would look like a missing Python.
	ref, err := b.evaluate(ctx, llb.Packages(w.Base, packages, *w), w.Target)
	if err != nil {
		return of, err
	}
	env, err := environment.Detect(ctx, &imageFiles{ref: ref}, of.Platform, base.config.Config.Env, want)
	if err != nil {
		return of, b.noPython(ctx, w, base, of, want)
	}
	w.Compiler = llb.Packages(w.Compiler, packages, *w)
	return env, nil
}

// noPython is the error for a base without a fitting Python.
func (b *build) noPython(ctx context.Context, w *llb.World, base image, of environment.Environment, want environment.Wanted) error {
	files, err := b.look(ctx, w.Base, w.Target)
	if err != nil {
		return err
	}
	_, err = environment.Detect(ctx, files, of.Platform, base.config.Config.Env, want)
	pos := b.python.Pos
	if b.project.Settings.Base != nil {
		pos = b.project.Settings.Base.Pos
	}
	hint := fmt.Sprintf("add the Python of an image: python = {version = %q, from = %q}", b.python.Minor, fromFor(of, b.python.Minor))
	var none *environment.NoPythonError
	if errors.As(err, &none) && len(none.Found) > 0 {
		hint = fmt.Sprintf("write python = %q, or ", none.Found[0]) + hint
	}
	return source.Errorf(pos, "the image %s %v", base.ref, err).WithHint("%s", hint)
}

// fromFor is an image whose Python would fit an environment.
func fromFor(of environment.Environment, minor string) string {
	if of.Libc.Family == "musl" {
		return "python:" + minor + "-alpine"
	}
	return "python:" + minor + "-slim"
}

// checkUser finds out whether the base has another user of the name or number
// that is to be made, or lacks one that it is to have. Packages, if there will
// be some, may bring users.
func checkUser(ctx context.Context, files environment.Image, u *project.User, packages bool) error {
	// A base without these files has nobody.
	passwd, _ := files.ReadFile(ctx, "/etc/passwd")
	group, _ := files.ReadFile(ctx, "/etc/group")
	if !u.Make {
		if err := steps.CheckOwner(u.Text, string(passwd), string(group)); err != nil && !packages && u.Name != "root" {
			return source.Errorf(u.Pos, "user: %v", err).WithHint("write user = {name = %q} to have it made", cmp.Or(u.Name, "app"))
		}
		return nil
	}
	account := steps.Account{Name: u.Name, UID: u.UID, GID: u.GID, Home: u.Home}
	if err := steps.CheckAccount(account, string(passwd), string(group)); err != nil {
		return source.Errorf(u.Pos, "user: %v", err).WithHint("give it another name and uid, or write user = \"NAME\" for one that the base has")
	}
	return nil
}
