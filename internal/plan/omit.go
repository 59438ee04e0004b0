package plan

import (
	"slices"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/source"
)

// withoutOmitted leaves out the packages that the build file does not install.
func withoutOmitted(p *project.Project, packages []Package) ([]Package, error) {
	for _, s := range p.Settings.Packages {
		if !s.Omit {
			continue
		}
		at := slices.IndexFunc(packages, func(pkg Package) bool { return pkg.Name == s.Name })
		if at < 0 {
			if len(packages) == 0 {
				continue // a check does not resolve
			}
			return nil, source.Errorf(s.Pos, "package.%s: install = false, but nothing installs %s", s.Name, s.Name).
				WithHint("check the name, or leave out the key")
		}
		packages = slices.Delete(packages, at, at+1)
	}
	return packages, nil
}

// installOrder are the ranks of packages in the order in which pip would install
// them: the project is the last, after what it requires. What only other
// packages require has the rank 0.
func installOrder(p *project.Project, requested *project.Requested) map[string]int {
	ranks := map[string]int{}
	if requested == nil {
		return ranks
	}
	for _, line := range requested.Lines {
		ranks[line.Name] = 1
	}
	for _, l := range requested.Locals {
		ranks[l.Name] = 1
	}
	ranks[pep503.Normalize(p.Name.V)] = 2
	return ranks
}
