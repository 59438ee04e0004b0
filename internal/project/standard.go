package project

import (
	"path"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// projectTable has the keys of [project] that are read.
type projectTable struct {
	Name           *source.At[string]                `toml:"name"`
	Version        source.At[string]                 `toml:"version"`
	Dynamic        []source.At[string]               `toml:"dynamic"`
	RequiresPython source.At[string]                 `toml:"requires-python"`
	Dependencies   *[]source.At[string]              `toml:"dependencies"`
	Optional       toml.Entries[[]source.At[string]] `toml:"optional-dependencies"`
	Scripts        toml.Entries[source.At[string]]   `toml:"scripts"`
	GUIScripts     toml.Entries[source.At[string]]   `toml:"gui-scripts"`
	Readme         *toml.Node                        `toml:"readme"`
	License        *toml.Node                        `toml:"license"`
	LicenseFiles   []source.At[string]               `toml:"license-files"`
}

// standard reads [project], [dependency-groups] and [build-system].
func (r *reader) standard(root *toml.Node, dir string) {
	if n := root.Get("project"); n != nil {
		r.projectTable(root, n, dir)
	}
	if n := root.Get("dependency-groups"); n != nil {
		r.p.Groups = append(r.p.Groups, r.groups(root, n)...)
	}
	if n := root.Get("build-system"); n != nil {
		r.buildSystem(n, dir)
	}
}

func (r *reader) projectTable(root, n *toml.Node, dir string) {
	var t projectTable
	r.fail(toml.Decode(n, &t, toml.AllowUnknown()))
	p := r.p
	p.Origin = OriginStandard
	if n.Kind != toml.Table {
		return
	}
	if t.Name == nil {
		// Only a project that is built needs a name.
		if root.Get("build-system") != nil {
			r.fail(source.Errorf(n.Pos(), `[project] needs the key "name"`))
		}
	} else {
		p.name(*t.Name)
	}
	p.Version = t.Version
	if t.Version.V != "" {
		if _, err := pep440.Parse(t.Version.V); err != nil {
			r.fail(source.Errorf(t.Version.Pos, "%q is not a valid version", t.Version.V).WithHint(`write one such as "1.0.0"`))
		}
	}
	r.requiresPython(t.RequiresPython)
	for _, d := range t.Dynamic {
		switch d.V {
		case "dependencies":
			p.DynamicDependencies = true
		case "optional-dependencies":
			p.DynamicExtras = true
		case "name":
			r.fail(source.Errorf(d.Pos, `"name" cannot be dynamic`))
		}
	}
	if t.Dependencies != nil {
		p.staticDependencies = true
		p.Dependencies = r.requirements(*t.Dependencies)
	}
	for _, e := range t.Optional {
		r.addExtra(source.At[string]{V: e.Key, Pos: e.KeyPos}, r.requirements(e.V))
	}
	p.Scripts = append(p.Scripts, r.scripts(t.Scripts, "scripts")...)
	p.GUIScripts = append(p.GUIScripts, r.scripts(t.GUIScripts, "gui-scripts")...)

	for _, f := range []*toml.Node{t.Readme, t.License} {
		switch {
		case f == nil:
		case f.Kind == toml.String && f == t.Readme:
			r.buildFile(&r.p.BuildFiles, source.At[string]{V: f.Str, Pos: f.Pos()}, dir)
		case f.Get("file").Text() != "":
			r.buildFile(&r.p.BuildFiles, source.At[string]{V: f.Get("file").Str, Pos: f.Get("file").Pos()}, dir)
		}
	}
	for _, f := range t.LicenseFiles {
		r.buildFile(&r.p.BuildPatterns, f, dir)
	}
}

// buildFile records a file, or a pattern, that the build of the project's own
// wheel reads.
func (r *reader) buildFile(to *[]source.At[string], v source.At[string], dir string) {
	name, err := contextPath(dir, v)
	if err != nil {
		r.fail(err)
		return
	}
	*to = append(*to, source.At[string]{V: name, Pos: v.Pos})
}

func (r *reader) requiresPython(v source.At[string]) {
	if v.V == "" {
		return
	}
	set, err := pep440.ParseSpecifierSet(v.V)
	if err != nil {
		e := source.Errorf(v.Pos, "requires-python: %q is not a valid version specifier", v.V)
		if version, verr := pep440.Parse(v.V); verr == nil {
			e = e.WithHint("write %q", ">="+version.String())
		} else {
			e = e.WithHint(`write one such as ">=3.12"`)
		}
		r.fail(e)
		return
	}
	r.p.RequiresPython, r.p.Requires = v, set
}

func (r *reader) addExtra(name source.At[string], list []Requirement) {
	if !pep503.IsValid(name.V) {
		r.fail(source.Errorf(name.Pos, "%q is not a valid name of an extra", name.V))
		return
	}
	if older := findSet(r.p.Extras, name.V); older != nil {
		r.fail(source.Errorf(name.Pos, "the extra %q is the same as %q at line %d", name.V, older.Name.V, older.Name.Pos.Line))
		return
	}
	r.p.Extras = append(r.p.Extras, Set{Name: name, Requirements: list})
}

// findSet finds an extra or a group by its name in any spelling.
func findSet(sets []Set, name string) *Set {
	name = pep503.Normalize(name)
	for i := range sets {
		if pep503.Normalize(sets[i].Name.V) == name {
			return &sets[i]
		}
	}
	return nil
}

func (r *reader) scripts(list toml.Entries[source.At[string]], key string) []Script {
	var scripts []Script
	for _, e := range list {
		if e.Key == "" || strings.ContainsAny(e.Key, "/\x00\n\r") || e.Key == "." || e.Key == ".." {
			r.fail(source.Errorf(e.KeyPos, "%q in %s cannot be the name of a command", e.Key, key))
			continue
		}
		module, function, ok := strings.Cut(e.V.V, ":")
		if strings.TrimSpace(module) == "" || ok && strings.TrimSpace(function) == "" {
			r.fail(source.Errorf(e.V.Pos, "%q is not an entry point", e.V.V).WithHint(`write "package.module:function"`))
			continue
		}
		scripts = append(scripts, Script{Name: source.At[string]{V: e.Key, Pos: e.KeyPos}, Target: e.V})
	}
	return scripts
}

func (r *reader) buildSystem(n *toml.Node, dir string) {
	var t struct {
		Requires []source.At[string] `toml:"requires,required"`
		Backend  source.At[string]   `toml:"build-backend"`
		Path     []source.At[string] `toml:"backend-path"`
	}
	r.fail(toml.Decode(n, &t))
	b := &BuildSystem{Pos: n.Pos(), Requires: r.requirements(t.Requires), Backend: t.Backend}
	for _, v := range t.Path {
		if v.V == "" {
			v.V = "." // the project's folder, as backends write it
		}
		name, err := contextPath(dir, v)
		if err == nil && name != dir && dir != "." && !strings.HasPrefix(name, dir+"/") {
			err = source.Errorf(v.Pos, "backend-path: %q leaves the project's folder", v.V)
		}
		if err != nil {
			r.fail(err)
			continue
		}
		b.BackendPath = append(b.BackendPath, source.At[string]{V: path.Clean(name), Pos: v.Pos})
	}
	r.p.BuildSystem = b
}
