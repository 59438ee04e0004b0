package check

import (
	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/pep503"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
)

// Plan is what is known of a build for one platform before anything is built.
type Plan struct {
	*project.Project
	Python project.Python
	// Environment is what the base image is.
	Environment environment.Environment
	// BaseEnv is the environment that the base image is configured with, as
	// "NAME=value".
	BaseEnv []string
	// Plan is nil where a check does not want to wait for it.
	Plan *plan.Plan
	// Today is the day of the build, "2026-11-23".
	Today string
}

// Check finds what is to be said about a plan.
func (p Plan) Check() []Finding {
	all := baseEndOfLife(p)
	if p.Plan == nil {
		return all
	}
	for _, rule := range []func(Plan) []Finding{pythonMismatch, cudaTorch, compiledPackage} {
		all = append(all, rule(p)...)
	}
	return all
}

// basePos is the line that chose the base image.
func (p Plan) basePos() source.Pos {
	if p.Settings.Base != nil {
		return p.Settings.Base.Pos
	}
	return p.Python.Pos
}

// RequiredAt is the line where a project asks for a package by itself; invalid
// where it does not. name is normalized.
func RequiredAt(p *project.Project, name string) source.Pos {
	for _, r := range p.Dependencies {
		if r.NormalizedName() == name {
			return r.Pos
		}
	}
	for _, sets := range []struct {
		all    []project.Set
		chosen []source.At[string]
	}{{p.Extras, p.Settings.Extras}, {p.Groups, p.Settings.Groups}} {
		for _, s := range sets.all {
			for _, chosen := range sets.chosen {
				if pep503.Normalize(chosen.V) != pep503.Normalize(s.Name.V) {
					continue
				}
				for _, r := range s.Requirements {
					if r.NormalizedName() == name {
						return r.Pos
					}
				}
			}
		}
	}
	for _, f := range p.RequirementFiles {
		for _, r := range f.Requirements {
			if r.NormalizedName() == name {
				return r.Pos
			}
		}
	}
	return source.Pos{}
}

// packagePos is the line to blame for a package: where the project asks for
// it, else where the lock has it.
func (p Plan) packagePos(pkg plan.Package) source.Pos {
	if pos := RequiredAt(p.Project, pkg.Name); pos.IsValid() {
		return pos
	}
	return pkg.Pos
}
