package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/tags"
	"github.com/moult-build/moult/internal/source"
)

// packages are the lock's, and the project itself.
func (l Locked) packages(in Input) ([]Package, *Building, error) {
	all, sources, err := l.choose(in)
	if err != nil {
		return nil, nil, err
	}
	if s, ok := own(in.Project); ok {
		sources = append(sources, s)
		all = append(all, Package{Name: s.Name, Origin: Built{s.Name}, Reason: ReasonOwn, Pos: s.Pos})
	}
	sortPackages(all)
	if len(sources) == 0 {
		return all, nil, nil
	}
	sortSources(sources)
	b := newBuilding(in.Project, in.Python, in.Environment, in.Requested)
	b.Sources = sources
	buildAs(in.Project, b, in.Environment)
	withHeaders(in.Project, in.Python, b, in.Environment, nil)
	return all, b, nil
}

// packages are the packages from the resolver and those that are built from
// source.
func (u Unlocked) packages(in Input) ([]Package, *Building, error) {
	var all []Package
	seen := map[string]bool{}
	own := u.builtFolders()
	for _, w := range u.Wheels {
		name, err := tags.ParseWheelFilename(w.Filename)
		if err != nil {
			return nil, nil, fmt.Errorf("the resolver's result: %w", err)
		}
		if seen[name.Name] {
			return nil, nil, fmt.Errorf("the resolver's result holds %s twice", name.Name)
		}
		if own[name.Name] {
			continue
		}
		seen[name.Name] = true
		if err := u.checkSettingsUsed(in, name); err != nil {
			return nil, nil, err
		}
		if machine := in.Environment.Platform.Machine(); !forMachine(name.Tags, machine) {
			var pos source.Pos
			if u.Building != nil && u.Building.Resolve != nil {
				pos = u.Building.Resolve.Pos
			}
			return nil, nil, source.Errorf(pos, "pip has chosen %s for %s", w.Filename, machine).
				WithHint("the builder's image is for another platform than the image: name one that is for both, or lock the project")
		}
		all = append(all, Package{
			Name: name.Name, Version: name.Version.String(), Size: w.Size, Origin: Resolved{w.Filename},
			Reason: u.reason(in.Project, name), Unpacked: w.Unpacked,
		})
	}
	if u.Building != nil {
		for _, s := range u.Building.Sources {
			// A dynamic source is part of the resolver's result, which alone knows the name
			// that a setup.py gives. A chosen package may not be needed at all.
			dynamic := u.Building.Resolve != nil && slices.Contains(u.Building.Resolve.Dynamic, s.Name)
			if !seen[s.Name] && !dynamic && s.Choice() == nil {
				all = append(all, Package{Name: s.Name, Origin: Built{s.Name}, Reason: reasonOfSource(in.Project, s), Pos: s.Pos})
			}
		}
	}
	sortPackages(all)
	return all, u.Building, nil
}

// builtFolders are the names of the packages that the builder makes of the
// project's folders and whose wheels pip does not see. If a package of the index
// requires such a name, pip brings one from the index, too; the folder counts.
func (u Unlocked) builtFolders() map[string]bool {
	names := map[string]bool{}
	if u.Building == nil {
		return names
	}
	for _, s := range u.Building.Sources {
		names[s.Name] = s.Choice() == nil && (u.Building.Resolve == nil || !slices.Contains(u.Building.Resolve.Dynamic, s.Name))
	}
	return names
}

// forMachine reports whether a wheel may run on a machine like x86_64. A registry
// that has an image for one platform alone gives it for every other, too, and
// pip chooses for the machine that it runs on.
func forMachine(wheel tags.Set, machine string) bool {
	return slices.ContainsFunc(wheel.Platforms, func(p string) bool {
		return p == "any" || strings.HasSuffix(p, "_"+machine)
	})
}
