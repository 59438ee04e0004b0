package project

import (
	"path"
	"strings"

	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// pdm reads [tool.pdm]: groups for development, sources, and whether the project
// is built at all.
func (r *reader) pdm(n *toml.Node) {
	var t struct {
		Dev          toml.Entries[*toml.Node] `toml:"dev-dependencies"`
		Sources      []pdmSource              `toml:"source"`
		Distribution *bool                    `toml:"distribution"`
	}
	r.fail(toml.Decode(n, &t, toml.AllowUnknown()))
	for _, e := range t.Dev {
		var list []Requirement
		if e.V.Kind != toml.Array {
			continue // the form of pdm 1.0
		}
		for _, v := range stringOrList(e.V) {
			if req, ok := r.pdmDependency(v); ok {
				list = append(list, req)
			}
		}
		name := source.At[string]{V: e.Key, Pos: e.KeyPos}
		if set := findSet(r.p.Groups, e.Key); set != nil {
			set.Requirements = append(set.Requirements, list...)
		} else {
			r.p.Groups = append(r.p.Groups, Set{Name: name, Requirements: list})
		}
	}
	for _, s := range t.Sources {
		if s.URL == nil || s.Type == "find_links" {
			continue
		}
		url := *s.URL
		url.V = variableCredentials.ReplaceAllString(url.V, "$1")
		r.addIndex(Index{Pos: s.pos, Name: s.Name, URL: url, Default: s.Name == "pypi"})
		for _, v := range s.Include {
			r.p.indexPins = append(r.p.indexPins, indexPattern{pattern: v, index: s.Name})
		}
	}
	if t.Distribution != nil && !*t.Distribution {
		r.p.BuildSystem = nil
	}
	r.pdmResolver(n)
}

// pdmDependency reads a development dependency. After "-e " it is a URL of a
// repository or a folder, with the name after "#egg=":
// "file:///${PROJECT_ROOT}/lib#egg=lib".
func (r *reader) pdmDependency(v source.At[string]) (Requirement, bool) {
	text, editable := strings.CutPrefix(v.V, "-e ")
	v.V = strings.TrimSpace(text)
	var req Requirement
	ok := true
	if m := eggName.FindStringSubmatch(v.V); editable && m != nil && strings.HasPrefix(v.V, projectRoot) {
		folder, _, _ := strings.Cut(v.V, "#")
		v.V = m[1] + " @ " + folder
		req, ok = r.groupRequirement(v)
	} else if editable && m != nil {
		var err error
		if req, err = urlRequirement(v); err != nil {
			r.fail(err)
			return req, false
		}
	} else {
		req, ok = r.groupRequirement(v)
	}
	req.Editable, req.ReadBy = editable, LockerPDM
	return req, ok
}

type pdmSource struct {
	place
	Name string             `toml:"name"`
	URL  *source.At[string] `toml:"url"`
	Type string             `toml:"type"`
	// Include are names and patterns of packages that come only from this index.
	Include []source.At[string] `toml:"include_packages"`
}

// indexPattern pins the packages whose names match to an index.
type indexPattern struct {
	pattern source.At[string]
	index   string
}

// IndexFor returns the name of the index to which a package is pinned by its
// name alone, with the position. The table is [tool.moult.package.NAME] or
// PDM's include_packages. The name is empty if there is none.
func (p *Project) IndexFor(name string) source.At[string] {
	for _, s := range p.Settings.Packages {
		if s.Name == name && s.Index.V != "" {
			return s.Index
		}
	}
	for _, b := range p.indexPins {
		// The patterns have the syntax of file names. Dots and underscores are
		// normalized as in names of packages.
		pattern := strings.ToLower(strings.NewReplacer("_", "-", ".", "-").Replace(b.pattern.V))
		if ok, err := path.Match(pattern, name); ok && err == nil {
			return source.At[string]{V: b.index, Pos: b.pattern.Pos}
		}
	}
	return source.At[string]{}
}
