package plan

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/lock"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/toml"
)

// LockProject are a project's requirements in the form that is compared with
// locks. pyproject and pipfile are the parsed files; nil for a missing one.
func LockProject(p *project.Project, pyproject, pipfile *toml.Node) *lock.Project {
	lp := &lock.Project{
		Name:             p.Name.V,
		RequiresPython:   p.RequiresPython.V,
		Main:             lockRequirements(p, p.Dependencies),
		Dynamic:          p.DynamicDependencies,
		Overrides:        lockRequirements(p, p.UVLocking.Overrides),
		Constraints:      lockRequirements(p, p.UVLocking.Constraints),
		BuildConstraints: lockRequirements(p, p.UVLocking.BuildConstraints),
		Complete:         p.UVLocking.Complete,
		UV:               p.UVLocking.Table,
		Conflicts:        conflicts(p),
		Pyproject:        pyproject,
		Pipfile:          pipfile,
	}
	for _, s := range p.Extras {
		lp.Extras = append(lp.Extras, lock.RequirementSet{Name: s.Name.V, Requirements: lockRequirements(p, s.Requirements)})
	}
	for _, s := range p.Groups {
		lp.Groups = append(lp.Groups, lock.RequirementSet{Name: s.Name.V, Requirements: lockRequirements(p, s.Requirements)})
	}
	for _, f := range p.RequirementFiles {
		lp.Files = append(lp.Files, lockRequirements(p, f.Requirements)...)
		lp.Limits = append(lp.Limits, lockRequirements(p, f.Constraints)...)
	}
	return lp
}

// conflicts are those that uv writes into a lock: of the project, or of all members
// of its workspace and of a root that is no project.
func conflicts(p *project.Project) []lock.Conflicts {
	root := p.UVLocking.Table.Get("conflicts")
	if p.Workspace == nil {
		return []lock.Conflicts{{Package: p.Name.V, Sets: root}}
	}
	var all []lock.Conflicts
	for _, m := range p.Workspace.Members {
		all = append(all, lock.Conflicts{Package: m.Name, Sets: m.Conflicts})
		if m.Dir == p.Workspace.Root {
			root = nil // a member
		}
	}
	return append(all, lock.Conflicts{Sets: root})
}

func lockRequirements(p *project.Project, from []project.Requirement) []lock.Requirement {
	direct := map[string]bool{}
	for _, s := range p.Sources {
		if s.Index == "" {
			direct[s.Name] = true
		}
	}
	all := make([]lock.Requirement, len(from))
	for n, r := range from {
		all[n] = lock.Requirement{
			Requirement: r.Requirement, Pos: r.Pos,
			Direct:   r.Path != "" || r.URL != "" || direct[pep503.Normalize(r.Name)] || r.Source != nil && r.Source.Index == "",
			Versions: r.Versions,
			ReadBy:   string(r.ReadBy),
			Origin:   lockOrigin(p, r),
			Places:   lockPlaces(p, r),
		}
	}
	return all
}

// lockOrigin is the origin of a requirement in a lock's terms.
func lockOrigin(p *project.Project, r project.Requirement) lock.Source {
	local := r.Path
	if s := r.Source; s != nil {
		switch {
		case s.Git != nil:
			return lock.Source{Kind: lock.FromGit, URL: s.Git.URL}
		case s.URL != "":
			return lock.Source{Kind: lock.FromURL, URL: s.URL}
		case s.Path != "":
			local = s.Path
		}
	}
	if local == "" {
		return lock.Source{}
	}
	// Both are clean paths of the context, so that this cannot fail.
	relative, err := filepath.Rel(filepath.FromSlash(p.Dir), filepath.FromSlash(local))
	if err != nil {
		return lock.Source{}
	}
	return lock.Source{Kind: lock.FromDirectory, Path: filepath.ToSlash(relative)}
}

// lockPlaces are the places of uv's table of sources for a requirement.
func lockPlaces(p *project.Project, r project.Requirement) []lock.Place {
	var all []lock.Place
	for _, s := range p.Sources {
		if s.Name != r.NormalizedName() {
			continue
		}
		place := lock.Place{Marker: s.Marker, Extra: s.Extra, Group: s.Group, Pos: s.Pos}
		switch {
		case s.Git != nil:
			place.Kind, place.URL, place.Subdirectory = lock.FromGit, s.Git.URL, s.Git.Subdirectory
			place.File = s.Git.File
			if s.Git.Rev != "" {
				place.Ref = s.Git.Ref + "=" + s.Git.Rev
			}
		case s.URL != "":
			address, fragment, _ := strings.Cut(s.URL, "#")
			place.Kind, place.URL = lock.FromURL, address
			place.Subdirectory = strings.TrimPrefix(fragment, "subdirectory=")
		case s.Index != "":
			// An index that is a folder is not among them.
			if n := slices.IndexFunc(p.Indexes, func(i project.Index) bool { return i.Name == s.Index }); n >= 0 {
				place.Kind, place.URL = lock.FromIndex, p.Indexes[n].URL.V
			}
		default:
			place.Kind = lock.FromDirectory
		}
		all = append(all, place)
	}
	return all
}
