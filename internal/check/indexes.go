package check

import (
	"fmt"

	"github.com/moult-build/moult/internal/source"
)

// dependencyConfusion finds an index in addition to another one to which no
// package is pinned. A lock names files by their hashes, so the rule does not
// apply to it.
func dependencyConfusion(p Project) []Finding {
	if p.Locks == nil || p.Locks.Used != nil {
		return nil
	}
	main := "PyPI"
	for _, i := range p.Indexes {
		if i.Default {
			main = i.URL.V
		}
	}
	var found []Finding
	tell := func(v source.At[string]) {
		found = append(found, Finding{Rule: DependencyConfusion, Pos: v.Pos,
			Msg: fmt.Sprintf("pip takes a package from %s or from %s, whichever has the higher version: who publishes one of your names there is installed here",
				v.V, main),
			Hint: "lock the project, or bind its packages to it by [tool.moult.package.NAME] index = \"...\", or make an index that also has the public packages the only one (default = true)"})
	}
	defaults := 0
	for _, i := range p.Indexes {
		switch {
		case i.Default:
			defaults++
		case i.Explicit, i.URL.V == "":
		case hasPackages(p, i.Name):
		default:
			tell(i.URL)
		}
	}
	for _, f := range p.RequirementFiles {
		if f.Options.IndexURL != nil && defaults == 0 {
			main = f.Options.IndexURL.V
		}
		for _, u := range f.Options.ExtraIndexURLs {
			tell(u)
		}
	}
	return found
}

// hasPackages reports whether packages are pinned to an index.
func hasPackages(p Project, name string) bool {
	if name == "" {
		return false
	}
	for _, s := range p.Settings.Packages {
		if s.Index.V == name {
			return true
		}
	}
	return false
}
