package pipeline

import (
	"slices"

	"github.com/moult-build/moult/internal/lock"
	"github.com/moult-build/moult/internal/project/start"
)

// forOldFlask names the application as the project's version of Flask knows it.
func (p *Project) forOldFlask() {
	if !p.Command.Guessed {
		return
	}
	old := false
	if l := p.Lock(); l != nil {
		old = slices.ContainsFunc(l.Packages, isOldFlask) && !slices.ContainsFunc(l.Packages, func(pkg *lock.Package) bool { return pkg.Name == "flask" && !isOldFlask(pkg) })
	} else {
		old = start.HasOldFlask(p.Requested)
	}
	if old {
		p.Command.Cmd = start.ForOldFlask(p.Command.Cmd)
	}
}

// isOldFlask reports whether a package of a lock is a Flask without the option
// --app.
func isOldFlask(pkg *lock.Package) bool {
	return pkg.Name == "flask" && pkg.Version != "" && (pkg.Parsed.Release(0) < 2 || pkg.Parsed.Release(0) == 2 && pkg.Parsed.Release(1) < 2)
}
