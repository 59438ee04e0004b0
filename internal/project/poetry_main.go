package project

import (
	"path"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/source"
)

// poetryReplaces reports whether Poetry takes its own table because [project] has
// no dependencies and no extras, and whether the project is one of Poetry's: its
// backend, its lock, or nothing to build. Another backend does not read the table.
func (r *reader) poetryReplaces(t poetryTable, dir string) bool {
	p := r.p
	if p.Origin != OriginStandard || len(t.Dependencies) == 0 || p.DynamicDependencies || len(p.Dependencies)+len(p.Extras) > 0 {
		return false
	}
	if p.BuildSystem == nil || strings.HasPrefix(p.BuildSystem.Backend.V, "poetry.") {
		return true
	}
	locked, err := r.files.has(path.Join(dir, "poetry.lock"))
	r.fail(err)
	return locked
}

// poetryMain reads the main dependencies, and the extras, which name optional
// ones.
func (r *reader) poetryMain(t poetryTable, dir string, alone bool) {
	p := r.p
	replaces := r.poetryReplaces(t, dir)
	optional := map[string][]Requirement{}
	for _, e := range t.Dependencies {
		if strings.EqualFold(e.Key, "python") {
			if p.RequiresPython.V == "" {
				r.poetryPython(e.V)
			}
			continue
		}
		details := r.poetryDependency(e, dir)
		for _, d := range details {
			name := d.NormalizedName()
			if s := d.Source; s != nil && !alone {
				// The entry is the source of a requirement of [project].
				named := *s
				if len(details) == 1 {
					named.Marker = nil // the requirement's own marker is enough
				}
				p.Sources = append(p.Sources, named)
			}
			if replaces {
				d.ReadBy = LockerPoetry
			}
			switch {
			case d.optional:
				optional[name] = append(optional[name], d.Requirement)
			case alone || replaces || p.DynamicDependencies:
				p.Dependencies = append(p.Dependencies, d.Requirement)
			}
		}
	}
	if alone || replaces || p.DynamicExtras {
		for _, e := range t.Extras {
			var list []Requirement
			for _, v := range e.V {
				list = append(list, optional[pep503.Normalize(v.V)]...)
			}
			r.addExtra(source.At[string]{V: e.Key, Pos: e.KeyPos}, list)
		}
	}
	if !alone && len(t.Dependencies) > 0 {
		p.DynamicDependencies = false
	}
	if p.DynamicExtras && len(t.Extras) > 0 {
		p.DynamicExtras = false
	}
}
