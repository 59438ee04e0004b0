package lock

import (
	"slices"

	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// Project is what a project asks for, as much of it as locks are compared
// with. The caller fills it from what internal/project read.
type Project struct {
	// Name is the project's name, "" if it has none.
	Name string
	// RequiresPython is requires-python as written, "" if there is none.
	RequiresPython string
	// Main are the main dependencies; Extras and Groups the optional ones and
	// the dependency groups, includes resolved.
	Main   []Requirement
	Extras []RequirementSet
	Groups []RequirementSet
	// Dynamic says that not all requirements are known before a build.
	Dynamic bool
	// Pyproject is the parsed pyproject.toml and Pipfile the parsed Pipfile,
	// whose hashes some locks hold; nil if there is none.
	Pyproject, Pipfile *toml.Node
}

// RequirementSet is an extra or a group.
type RequirementSet struct {
	Name         string
	Requirements []Requirement
}

// Requirement is one thing a project asks for.
type Requirement struct {
	pep508.Requirement
	Pos source.Pos
	// Direct says that it comes from a path, a repository or a URL, also
	// where only another table says so, so that its version does not count.
	Direct bool

	optional bool
}

// wanted gives the requirements a selection takes.
func (p *Project) wanted(sel Selection) []Requirement { return p.list(sel, false) }

// wantedOrOptional also gives those of extras that are not selected.
func (p *Project) wantedOrOptional(sel Selection) []Requirement { return p.list(sel, true) }

func (p *Project) list(sel Selection, allExtras bool) []Requirement {
	var list []Requirement
	list = append(list, p.Main...)
	for _, set := range p.Extras {
		if !allExtras && !slices.Contains(sel.Extras, pep503.Normalize(set.Name)) {
			continue
		}
		for _, r := range set.Requirements {
			r.optional = true
			list = append(list, r)
		}
	}
	for _, set := range p.Groups {
		if slices.Contains(sel.Groups, pep503.Normalize(set.Name)) {
			list = append(list, set.Requirements...)
		}
	}
	return list
}
