package plan

import (
	"fmt"
	"path"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/lock"
	"github.com/moult-build/moult/internal/project"
)

// PythonForLock is the newest release that the project allows and for which the
// lock has a wheel of every package that has wheels at all. If there is none,
// it is the newest of the releases with the fewest packages to compile. ok is
// false if the project allows only one release, or if the lock does not name
// files.
//
// A release that the program's sources rule out counts only if more packages have
// to be compiled for the others: then the lock says more of what the program runs with.
func PythonForLock(p *project.Project, l *lock.Lock, sel lock.Selection, platform environment.Platform) (python project.Python, ok bool) {
	if l == nil || p.Settings.Base != nil || p.Settings.PythonFrom != nil {
		return project.Python{}, false
	}
	python, fewest := pythonForLock(p, l, sel, platform)
	if p.CodeLimit != nil {
		unlimited := *p
		unlimited.CodeLimit = nil
		if other, n := pythonForLock(&unlimited, l, sel, platform); n >= 0 && (fewest < 0 || n < fewest) {
			python, fewest = other, n
		}
	}
	return python, fewest >= 0
}

// pythonForLock is PythonForLock for the releases that the project allows. fewest is
// the number of packages to compile, or -1.
func pythonForLock(p *project.Project, l *lock.Lock, sel lock.Selection, platform environment.Platform) (python project.Python, fewest int) {
	candidates := project.OpenPythons(p)
	without, skipped := "", ""
	fewest = -1
	for n, candidate := range candidates {
		missing, example, known := lacking(l, sel, defaultEnvironment(candidate, platform))
		if !known {
			continue
		}
		if fewest < 0 || missing < fewest {
			fewest, python = missing, candidate
			if skipped = ""; n > 0 && without != "" {
				skipped = without
			}
		}
		if missing > 0 && without == "" {
			without = fmt.Sprintf("%s has none for %s", example, candidate.Minor)
		}
		if missing == 0 {
			break
		}
	}
	if fewest < 0 {
		return project.Python{}, fewest
	}
	python.Why, python.Pos = project.PythonByLock, p.RequiresPython.Pos
	if r := p.Settings.Python; r != nil {
		python.Pos = r.Pos
	}
	python.Reason = "the newest for which every package in " + path.Base(l.File.Name) + " has a wheel"
	if fewest > 0 {
		python.Reason = "the newest for which the fewest packages in " + path.Base(l.File.Name) + " have to be compiled"
	}
	if skipped != "" {
		python.Reason += "; " + skipped
	}
	python.Reason = p.Limited(python.Reason)
	return python, fewest
}

// defaultEnvironment is that of the base which a release has where none is
// named. The most usual platform stands for one that is not known.
func defaultEnvironment(python project.Python, platform environment.Platform) environment.Environment {
	if platform.Arch == "" {
		platform = environment.Platform{OS: "linux", Arch: "amd64"}
	}
	return environment.Environment{
		Platform: platform,
		Python:   environment.Python{Major: python.X, Minor: python.Y},
		Libc:     environment.Libc{Family: "glibc", Major: 2, Minor: 41},
	}
}

// lacking counts the packages that have wheels, but none for an environment;
// known is false if the lock is not for this environment or does not say.
func lacking(l *lock.Lock, sel lock.Selection, env environment.Environment) (missing int, example string, known bool) {
	chosen, err := lock.Select(l, sel, env.Markers())
	if err != nil {
		return 0, "", false
	}
	supported := env.Tags()
	for _, c := range chosen {
		if _, names := c.NeedsIndex(); names {
			return 0, "", false
		}
		if len(c.Wheels) == 0 {
			continue // compiled for every release
		}
		if choice, err := c.Choose(supported); err != nil || !choice.Wheel {
			missing++
			if example == "" {
				example = c.Name
			}
		}
	}
	return missing, example, true
}
