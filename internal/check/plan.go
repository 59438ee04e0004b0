package check

import (
	"iter"
	"slices"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/source"
)

// Plan is the input of the rules that need a plan: what is known of a build for
// one platform before it starts.
type Plan struct {
	*project.Project
	Python project.Python
	// Environment is that of the base image.
	Environment environment.Environment
	// BaseEnv is the environment that the base image is configured with, as
	// "NAME=value".
	BaseEnv []string
	// Plan is nil if there is none, as in a check that does not wait for it.
	Plan *plan.Plan
	// Today is the day of the build, "2026-11-23".
	Today string
}

// Check runs the rules that need a plan.
func (p Plan) Check() []Finding {
	all := baseEndOfLife(p)
	if p.Plan == nil {
		return all
	}
	for _, rule := range []func(Plan) []Finding{pythonMismatch, cudaTorch, compiledPackage, unreachable} {
		all = append(all, rule(p)...)
	}
	return all
}

// basePos is the position that decides on the base image.
func (p Plan) basePos() source.Pos {
	if p.Settings.Base != nil {
		return p.Settings.Base.Pos
	}
	return p.Python.Pos
}

// RequiredAt is the position at which the project itself requires a package;
// invalid if it does not. name is normalized.
func RequiredAt(p *project.Project, name string) source.Pos {
	for r := range requirements(p) {
		if r.NormalizedName() == name {
			return r.Pos
		}
	}
	return source.Pos{}
}

// requirements are those of the project itself: the main dependencies, the
// selected extras and groups, and requirement files.
func requirements(p *project.Project) iter.Seq[project.Requirement] {
	return func(yield func(project.Requirement) bool) {
		lists := [][]project.Requirement{p.Dependencies}
		for _, sets := range []struct {
			all    []project.Set
			chosen []source.At[string]
		}{{p.Extras, p.Settings.Extras}, {p.Groups, p.Settings.Groups}} {
			for _, s := range sets.all {
				if slices.ContainsFunc(sets.chosen, func(v source.At[string]) bool { return pep503.Normalize(v.V) == pep503.Normalize(s.Name.V) }) {
					lists = append(lists, s.Requirements)
				}
			}
		}
		for _, f := range p.RequirementFiles {
			lists = append(lists, f.Requirements)
		}
		for _, r := range slices.Concat(lists...) {
			if !yield(r) {
				return
			}
		}
	}
}

// packagePos is the position to show for a package: that of the project's
// requirement, else that of its entry in the lock.
func (p Plan) packagePos(pkg plan.Package) source.Pos {
	if pos := RequiredAt(p.Project, pkg.Name); pos.IsValid() {
		return pos
	}
	return pkg.Pos
}
