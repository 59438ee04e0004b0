package lock

import (
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/constraint"
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
	// Origin is the path (relative to the lock's folder), the repository or the
	// URL where that is told for this very requirement; its Kind is "" else.
	Origin Source
	// Versions are the versions asked for where the specifier cannot say it,
	// because there are alternatives; nil else.
	Versions *constraint.Constraint
	// ReadBy is the one tool that reads the table it stands in ("uv", "poetry",
	// "pdm"); "" for a table of the standards.
	ReadBy string
}

// fromElsewhere is the kind of a requirement that is known to come from no
// index, and no more.
const fromElsewhere SourceKind = "elsewhere"

// constraint is what versions the requirement asks for.
func (r *Requirement) constraint() constraint.Constraint {
	if r.Versions != nil {
		return *r.Versions
	}
	return constraint.Of(r.Specifier)
}

// origin is where the requirement must come from, if it says so.
func (r *Requirement) origin() Source {
	address, _, _ := strings.Cut(r.URL, "#")
	switch {
	case r.Origin.Kind != "":
		return r.Origin
	case strings.HasPrefix(address, "git+"):
		// A revision stands behind the last "@" of the path.
		if at := strings.LastIndexByte(address, '@'); at > strings.LastIndexByte(address, '/') {
			address = address[:at]
		}
		return Source{Kind: FromGit, URL: strings.TrimPrefix(address, "git+")}
	case address != "":
		return Source{Kind: FromURL, URL: address}
	case r.Direct:
		return Source{Kind: fromElsewhere}
	}
	return Source{}
}

// readBy gives what a tool reads of a list: its own tables and the standards'.
func readBy(tool string, list []Requirement) []Requirement {
	return slices.DeleteFunc(slices.Clone(list), func(r Requirement) bool { return r.ReadBy != "" && r.ReadBy != tool })
}

// wanted gives the requirements that a selection takes.
func (p *Project) wanted(sel Selection) []Requirement {
	list := slices.Clone(p.Main)
	for _, set := range p.Extras {
		if slices.Contains(sel.Extras, pep503.Normalize(set.Name)) {
			list = append(list, set.Requirements...)
		}
	}
	for _, set := range p.Groups {
		if slices.Contains(sel.Groups, pep503.Normalize(set.Name)) {
			list = append(list, set.Requirements...)
		}
	}
	return list
}
