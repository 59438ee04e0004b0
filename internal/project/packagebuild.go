package project

import (
	"maps"
	"slices"

	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// PackageBuild returns the settings of one package: its
// [tool.moult.package.NAME] and the equivalent keys of uv's tables. A key of
// [tool.moult] has precedence over uv's. ok is false if there are no settings.
func (p *Project) PackageBuild(name string) (s PackageSettings, ok bool) {
	for _, other := range [][]PackageSettings{p.Settings.Packages, p.uvBuilds} {
		for _, one := range other {
			if one.Name != name {
				continue
			}
			if !ok {
				s, ok = one, true
				continue
			}
			s.NoBinary = s.NoBinary || one.NoBinary
			s.NoIsolation = s.NoIsolation || one.NoIsolation
			s.Network, s.Large, s.Omit = s.Network || one.Network, s.Large || one.Large, s.Omit || one.Omit
			if len(s.BuildRequires) == 0 {
				s.BuildRequires = one.BuildRequires
			}
			s.Env = mergeVariables(s.Env, one.Env)
			if len(s.ConfigSettings) == 0 {
				s.ConfigSettings = one.ConfigSettings
			}
		}
	}
	if len(s.ConfigSettings) == 0 {
		s.ConfigSettings = p.uvConfig
	}
	return s, ok
}

// PackagesBuilt returns the names of the packages with build settings, sorted.
func (p *Project) PackagesBuilt() []string {
	names := map[string]bool{}
	for _, list := range [][]PackageSettings{p.Settings.Packages, p.uvBuilds} {
		for _, s := range list {
			if s.Builds() {
				names[s.Name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// Builds reports whether the package has build settings.
func (s PackageSettings) Builds() bool {
	return len(s.Apt)+len(s.Apk)+len(s.Dnf)+len(s.Env)+len(s.BuildRequires)+len(s.ConfigSettings) > 0 || s.NoBinary || s.NoIsolation || s.Network
}

// BuildConstraints returns the constraints for build requirements: those of
// [tool.moult.build] and of uv.
func (p *Project) BuildConstraints() []Requirement {
	return append(slices.Clone(p.Settings.Build.Constrained), p.buildConstraints...)
}

// mergeVariables adds those of more that are not in list.
func mergeVariables(list, more []Variable) []Variable {
	list = slices.Clone(list)
	for _, v := range more {
		if !slices.ContainsFunc(list, func(o Variable) bool { return o.Name == v.Name }) {
			list = append(list, v)
		}
	}
	return list
}

// uvBuildTable are the build settings in [tool.uv]. Its switches for all
// packages (no-binary, no-build-isolation) are ignored, because they are for a
// developer's machine.
type uvBuildTable struct {
	NoIsolation []source.At[string]      `toml:"no-build-isolation-package"`
	NoBinary    []source.At[string]      `toml:"no-binary-package"`
	Constraints []*toml.Node             `toml:"build-constraint-dependencies"`
	Requires    toml.Entries[*toml.Node] `toml:"extra-build-dependencies"`
	Variables   toml.Entries[*toml.Node] `toml:"extra-build-variables"`
	Config      *toml.Node               `toml:"config-settings"`
	PackageConf toml.Entries[*toml.Node] `toml:"config-settings-package"`
}

// uvBuilds reads the build settings in [tool.uv].
func (r *reader) uvBuilds(n *toml.Node) {
	var t uvBuildTable
	if err := toml.Decode(n, &t, toml.AllowUnknown()); err != nil {
		r.fail(err)
		return
	}
	of := func(name string, pos source.Pos) *PackageSettings {
		name = pep503.Normalize(name)
		for i := range r.p.uvBuilds {
			if r.p.uvBuilds[i].Name == name {
				return &r.p.uvBuilds[i]
			}
		}
		r.p.uvBuilds = append(r.p.uvBuilds, PackageSettings{Pos: pos, Name: name})
		return &r.p.uvBuilds[len(r.p.uvBuilds)-1]
	}
	for _, v := range t.NoIsolation {
		of(v.V, v.Pos).NoIsolation = true
	}
	for _, v := range t.NoBinary {
		of(v.V, v.Pos).NoBinary = true
	}
	for _, c := range t.Constraints {
		if req, ok := r.uvRequirement(c); ok {
			r.p.buildConstraints = append(r.p.buildConstraints, req)
		}
	}
	for _, e := range t.Requires {
		s := of(e.Key, e.KeyPos)
		if err := e.V.Expect(toml.Array); err != nil {
			r.fail(err)
			continue
		}
		for _, item := range e.V.Items {
			if req, ok := r.uvRequirement(item); ok {
				s.BuildRequires = append(s.BuildRequires, req)
			}
		}
	}
	for _, e := range t.Variables {
		s := of(e.Key, e.KeyPos)
		s.Env = append(s.Env, r.uvStrings(e.V)...)
	}
	for _, e := range t.PackageConf {
		s := of(e.Key, e.KeyPos)
		s.ConfigSettings = append(s.ConfigSettings, r.uvStrings(e.V)...)
	}
	if t.Config != nil {
		r.p.uvConfig = r.uvStrings(t.Config)
	}
}

// uvRequirement reads a requirement, or uv's table {requirement = "torch",
// match-runtime = true}. It ignores match-runtime, because builds get the
// environment's version of a package anyway.
func (r *reader) uvRequirement(n *toml.Node) (Requirement, bool) {
	if n.Kind == toml.Table {
		n = n.Get("requirement")
	}
	if n == nil || n.Kind != toml.String {
		return Requirement{}, false
	}
	return r.requirement(source.At[string]{V: n.Str, Pos: n.Pos()})
}

// uvStrings reads a table of strings or lists of strings. A list becomes
// several entries with the same key.
func (r *reader) uvStrings(n *toml.Node) []Variable {
	if err := n.Expect(toml.Table); err != nil {
		r.fail(err)
		return nil
	}
	var all []Variable
	for _, item := range n.Items {
		for _, v := range stringOrList(item) {
			all = append(all, Variable{Pos: item.KeyPos(), Name: item.Key, Value: v})
		}
	}
	return all
}
