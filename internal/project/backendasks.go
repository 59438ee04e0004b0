package project

import (
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/stdlib"
	"github.com/moult-build/moult/internal/source/regex"
	"github.com/moult-build/moult/internal/toml"
)

// backendAsks sets whether the backend of the project in dir may need requirements that its [build-system] does not name
// (get_requires_for_build_wheel of PEP 517). To ask a backend costs a step, which imports the backend and runs again after
// each change of the source, and only few projects have something to answer.
func (r *reader) backendAsks(root *toml.Node, dir string) {
	b := r.p.BuildSystem
	if b == nil {
		return
	}
	b.AsksNothing = b.BackendPath == nil && (slices.Contains(neverAsk, b.Backend.V) || b.Backend.V == "flit_core.buildapi" && !importedByFlit(root))
	if b.AsksNothing || b.BackendPath != nil || slices.ContainsFunc(b.Requires, func(q Requirement) bool {
		_, known := readsTables[q.NormalizedName()]
		return !known
	}) {
		return // an unknown backend, or a plugin that may change the answer
	}
	switch name := b.Backend.V; {
	case name == "hatchling.build":
		b.AsksNothing = !r.exists(dir, "hatch.toml") && !namesAny(root.Get("tool", "hatch", "build"), hatchAsks)
	case name == "pdm.backend":
		b.AsksNothing = root.Get("tool", "pdm", "build", "run-setuptools") == nil
	case name == "" || strings.HasPrefix(name, "setuptools."):
		b.AsksNothing = r.setuptoolsAsksNothing(dir)
	}
}

// neverAsk are backends that require nothing beyond their [build-system].
var neverAsk = []string{"poetry.core.masonry.api", "uv_build"}

// importedByFlit reports whether flit may have to import the project's module, and asks for what the module needs: for a
// version or a description that it cannot read without.
func importedByFlit(root *toml.Node) bool {
	dynamic := root.Get("project", "dynamic")
	return root.Get("project") == nil || anyOf(dynamic, func(n *toml.Node) bool { return n.Str == "version" || n.Str == "description" })
}

// hatchAsks are the keys below [tool.hatch.build], at any depth, that make hatchling ask for requirements.
var hatchAsks = []string{"dependencies", "hooks", "require-runtime-dependencies", "require-runtime-features"}

// namesAny reports whether a table has one of the keys, at any depth.
func namesAny(table *toml.Node, keys []string) bool {
	return anyOf(table, func(n *toml.Node) bool { return slices.Contains(keys, n.Key) || namesAny(n, keys) })
}

func (r *reader) exists(dir, name string) bool {
	ok, err := r.files.has(path.Join(dir, name))
	r.fail(err)
	return ok
}

// asksInSetup matches what lets a setup.py ask for requirements, or hides what it does.
var asksInSetup = regex.New(`setup_requires|fetch_build_eggs|\*\*|\b(?:exec|eval|compile|__import__|importlib|runpy|load_source|load_module)\b`)

// importInSetup matches an import, with the first part of the module's name. It may stand on the line of another statement.
var importInSetup = regex.New(`(?m)(?:^|[:;])[ \t]*(?:from[ \t]+(\.?\w*)|import[ \t]+([^#\n]*))`)

// setuptoolsAsksNothing reports whether setuptools has nothing to ask for. It runs setup.py to find out, and answers with
// the argument setup_requires. Before 70.1 it asks for wheel, too.
func (r *reader) setuptoolsAsksNothing(dir string) bool {
	var names []string
	recent := false
	for _, q := range r.p.BuildSystem.Requires {
		name := q.NormalizedName()
		names = append(names, name)
		recent = recent || name == "wheel" || name == "setuptools" && takesNewest(q.Specifier)
	}
	if len(names) > 0 && !recent {
		return false
	}
	cfg, setup := r.optional(path.Join(dir, "setup.cfg")), r.optional(path.Join(dir, "setup.py"))
	if cfg != nil {
		if _, ok := readSetupCfg(cfg).option("options", "setup_requires"); ok {
			return false
		}
	}
	if setup == nil {
		return true
	}
	code := string(setup.Data)
	if asksInSetup.MatchString(code) {
		return false
	}
	known := func(module string) bool {
		top, _, _ := strings.Cut(strings.TrimSpace(module), ".")
		top, _, _ = strings.Cut(top, " ") // import x as y
		if top == "__future__" || top == "setuptools" || slices.Contains(names, pep503.Normalize(top)) {
			return true
		}
		presence, _ := stdlib.Find(top, "3.0")
		return top != "" && top[0] != '_' && presence != stdlib.Unknown // "" is that of `from . import x`
	}
	for _, found := range importInSetup.FindAllStringSubmatch(code, -1) {
		modules := []string{found[1]}
		if found[2] != "" {
			modules = strings.Split(found[2], ",")
		}
		if slices.ContainsFunc(modules, func(m string) bool { return !known(m) }) {
			return false
		}
	}
	return true
}

// takesNewest reports whether a requirement allows every newer version than those that it allows.
func takesNewest(set pep440.SpecifierSet) bool {
	return !slices.ContainsFunc(set.Specifiers(), func(s pep440.Specifier) bool {
		return s.Op != pep440.AtLeast && s.Op != pep440.Greater && s.Op != pep440.NotEqual
	})
}
