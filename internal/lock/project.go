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

// Project are a project's requirements, as far as locks are compared with
// them. The caller fills it from internal/project.
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
	// Files are the lines of the project's requirement files, and Limits those of
	// their constraint files.
	Files, Limits []Requirement
	// Overrides, Constraints and BuildConstraints are those of uv's settings.
	// Complete is true if uv reads no others.
	Overrides, Constraints, BuildConstraints []Requirement
	Complete                                 bool
	// UV is [tool.uv] of the project or of its workspace's root; nil if there is
	// none.
	UV *toml.Node
	// Conflicts are those of [tool.uv] of the project, or of all members of its
	// workspace and of its root.
	Conflicts []Conflicts
	// Dynamic is true if not all requirements are known before a build.
	Dynamic bool
	// Pyproject is the parsed pyproject.toml and Pipfile the parsed Pipfile,
	// whose hashes some locks hold; nil if there is none.
	Pyproject, Pipfile *toml.Node
}

// Conflicts are the extras and groups that exclude each other, as one project's
// [tool.uv] conflicts names them.
type Conflicts struct {
	// Package is the project's name, which counts where an item has none.
	Package string
	// Sets is the value; nil if there is none.
	Sets *toml.Node
}

// RequirementSet is an extra or a group.
type RequirementSet struct {
	Name         string
	Requirements []Requirement
}

// Requirement is a requirement of a project.
type Requirement struct {
	pep508.Requirement
	Pos source.Pos
	// Direct is true if it comes from a path, a repository or a URL, even if
	// only another table says so. Then its version is not compared.
	Direct bool
	// Origin is the path (relative to the lock's folder), the repository or the
	// URL, if this requirement itself has it; otherwise its Kind is "".
	Origin Source
	// Places are the places that a table of uv's sources names for it, each under
	// its own condition.
	Places []Place
	// Versions are the required versions if the specifier cannot express them,
	// because there are alternatives; otherwise nil.
	Versions *constraint.Constraint
	// ReadBy is the only tool that reads its table ("uv", "poetry", "pdm"); ""
	// for a table of the standards.
	ReadBy string
}

// fromElsewhere is the kind of a requirement that does not come from an
// index and whose origin is not known.
const fromElsewhere SourceKind = "elsewhere"

// constraint is what versions the requirement asks for.
func (r *Requirement) constraint() constraint.Constraint {
	if r.Versions != nil {
		return *r.Versions
	}
	return constraint.Of(r.Specifier)
}

// origin is the required origin, if there is one.
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

// readBy returns the requirements that a tool reads: those in its own tables
// and in the standards'.
func readBy(tool string, list []Requirement) []Requirement {
	return slices.DeleteFunc(slices.Clone(list), func(r Requirement) bool { return r.ReadBy != "" && r.ReadBy != tool })
}

// wanted returns the requirements of a selection.
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
