package report

import (
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/pypkg/tags"
)

// file is the column FILE of a plan: a wheel's tags, because other columns have
// its name and version, or the place of the source.
func file(pl *plan.Plan, pkg plan.Package) string {
	switch o := pkg.Origin.(type) {
	case plan.ContextFile:
		return o.Path
	case *plan.Git:
		return commit(o)
	case plan.Built:
		return origin(source(pl, o.Source))
	}
	name := pkg.WheelName()
	if w, err := tags.ParseWheelFilename(name); err == nil {
		return w.Tags.String()
	}
	return name
}

// source returns the source tree of a package.
func source(pl *plan.Plan, name string) plan.Source {
	if pl.Building != nil {
		for _, s := range pl.Building.Sources {
			if s.Name == name {
				return s
			}
		}
	}
	return plan.Source{}
}

// origin is the text for the origin of a source tree.
func origin(s plan.Source) string {
	switch o := s.Origin.(type) {
	case *plan.Download:
		return o.Filename
	case *plan.Git:
		return commit(o)
	case plan.ContextFile:
		return o.Path
	case *plan.Choice:
		var indexes []string
		for _, i := range o.Indexes {
			indexes = append(indexes, i.URL)
		}
		return o.Requirement + " at " + strings.Join(indexes, ", ")
	case *plan.ContextFolder:
		return path.Clean(o.Dir) + "/"
	default:
		return ""
	}
}

// commit is the text for a commit of a repository, and for a file of it.
func commit(g *plan.Git) string {
	text := g.URL + "@" + g.Commit[:min(len(g.Commit), 12)]
	if g.File != "" {
		text += " " + g.File
	}
	return text
}

// how is the text for the build backend of a source tree.
func how(s plan.Source) string {
	if p := s.Choice(); p != nil && !p.NoBinary {
		return "if its best file is no wheel"
	}
	text := "as its own [build-system] says"
	if s.Backend != "" {
		text = "with " + s.Backend
	}
	if all := append(slices.Clone(s.Requires), s.ExtraRequires...); len(all) > 0 {
		text += ", which needs " + strings.Join(all, ", ")
	}
	if s.System != nil {
		text += "; " + s.System.Manager + ": " + strings.Join(s.System.Packages, ", ")
	}
	for _, v := range s.Env {
		text += "; " + v.Name + "=" + v.Value
	}
	if len(s.EnvironmentPackages) > 0 {
		text += "; it sees " + strings.Join(s.EnvironmentPackages, ", ")
	}
	return text
}
