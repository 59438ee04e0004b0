package project

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// VCSVersion is the setting by which a build backend asks version control for
// the version of a package. A build has no repository, so the version has to
// be passed to the backend.
type VCSVersion struct {
	// Pos is where it was written.
	Pos source.Pos
	// Tool is the package that asks, as in "setuptools-scm".
	Tool string
	// Variable is the environment variable from which it takes a version
	// instead; "" if there is none.
	Variable string
	// Fallback is true if it has a version for a tree without a repository.
	Fallback bool
	// Tag is the regular expression for tags in its table; its V is "" if there
	// is none.
	Tag source.At[string]
}

// GuessedVersion is a version that is made from an older tag, because the
// commit has none.
type GuessedVersion struct {
	// Pos is the line by which the backend asks for the version.
	Pos source.Pos
	// Name is the package's.
	Name, Version string
	// Tag is the older tag; "" if the repository has none.
	Tag string
}

// scmVariable is the variable of setuptools-scm and of the tools that use it.
const scmVariable = "SETUPTOOLS_SCM_PRETEND_VERSION"

// vcsTool is a tool that asks version control.
type vcsTool struct {
	name, variable string
	// fallback and tag are the paths of its keys for a version without a
	// repository, and for the form of tags.
	fallback, tag []string
	// used reports whether a project uses it, and returns the node that says so.
	used func(root *toml.Node, b *BuildSystem) *toml.Node
}

// sourceIs finds tables of [tool] in which a key has a value.
func sourceIs(value string, key ...string) func(*toml.Node, *BuildSystem) *toml.Node {
	return func(root *toml.Node, _ *BuildSystem) *toml.Node {
		if n := root.Get(key...); n.Text() == value {
			return n
		}
		return nil
	}
}

var (
	hatchSource = []string{"tool", "hatch", "version", "source"}
	vcsTools    = []vcsTool{
		{
			"hatch-vcs", scmVariable, []string{"tool", "hatch", "version", "fallback-version"}, []string{"tool", "hatch", "version", "tag-pattern"},
			sourceIs("vcs", hatchSource...),
		},
		{
			"uv-dynamic-versioning", "UV_DYNAMIC_VERSIONING_BYPASS", []string{"tool", "uv-dynamic-versioning", "fallback-version"},
			[]string{"tool", "uv-dynamic-versioning", "pattern"}, sourceIs("uv-dynamic-versioning", hatchSource...),
		},
		{"versioningit", "", []string{"tool", "versioningit", "default-version"}, nil, usesVersioningit},
		{
			"pdm-backend", "PDM_BUILD_SCM_VERSION", []string{"tool", "pdm", "version", "fallback_version"}, []string{"tool", "pdm", "version", "tag_regex"},
			sourceIs("scm", "tool", "pdm", "version", "source"),
		},
		{
			"poetry-dynamic-versioning", "POETRY_DYNAMIC_VERSIONING_BYPASS", []string{"tool", "poetry-dynamic-versioning", "fallback-version"},
			[]string{"tool", "poetry-dynamic-versioning", "pattern"}, usesPoetryPlugin,
		},
		{
			"setuptools-scm", scmVariable, nil, nil,
			sourceIs("scikit_build_core.metadata.setuptools_scm", "tool", "scikit-build", "metadata", "version", "provider"),
		},
	}
	setuptoolsSCM = vcsTool{
		name: "setuptools-scm", variable: scmVariable,
		fallback: []string{"tool", "setuptools_scm", "fallback_version"}, tag: []string{"tool", "setuptools_scm", "tag_regex"},
	}
	pbr = vcsTool{name: "pbr", variable: "PBR_VERSION"}
)

func usesVersioningit(root *toml.Node, b *BuildSystem) *toml.Node {
	if n := root.Get(hatchSource...); n.Text() == "versioningit" {
		return n
	}
	if b.needs("versioningit") != nil && root.Get("tool", "hatch", "version") == nil {
		return root.Get("build-system", "requires")
	}
	return nil
}

func usesPoetryPlugin(root *toml.Node, b *BuildSystem) *toml.Node {
	n := root.Get("tool", "poetry-dynamic-versioning", "enable")
	if n != nil && n.Kind == toml.Bool && n.Bool && b.needs("poetry-dynamic-versioning") != nil {
		return n
	}
	return nil
}

// VersionVariables are the environment variables by which the tools take a
// version instead of asking version control, each once.
func VersionVariables() []string {
	var all []string
	for _, t := range append(slices.Clone(vcsTools), setuptoolsSCM, pbr) {
		if t.variable != "" && !slices.Contains(all, t.variable) {
			all = append(all, t.variable)
		}
	}
	return all
}

// needs is the build requirement of a name; nil if there is none.
func (b *BuildSystem) needs(name string) *Requirement {
	n := slices.IndexFunc(b.Requires, func(r Requirement) bool { return r.NormalizedName() == name })
	if n < 0 {
		return nil
	}
	return &b.Requires[n]
}

// vcsVersion finds out whether the project's backend asks version control for
// the version.
func (r *reader) vcsVersion(root *toml.Node, dir string) {
	b := r.p.BuildSystem
	if b == nil || r.p.Version.V != "" {
		return
	}
	set := func(t vcsTool, pos source.Pos) {
		v := &VCSVersion{Pos: pos, Tool: t.name, Variable: t.variable, Fallback: t.fallback != nil && root.Get(t.fallback...) != nil}
		// Words such as "default" and "default-unprefixed" name patterns of the
		// tool, which are like the usual one.
		if n := root.Get(t.tag...); t.tag != nil && strings.Contains(n.Text(), "(?P<") {
			v.Tag = source.At[string]{V: n.Str, Pos: n.Pos()}
		}
		r.p.VCSVersion = v
	}
	for _, t := range vcsTools {
		if n := t.used(root, b); n != nil {
			set(t, n.Pos())
			return
		}
	}
	for _, name := range []string{"setuptools-scm", "vcs-versioning", "flit-scm"} {
		if need := b.needs(name); need != nil && r.scmCounts(root, dir) {
			set(setuptoolsSCM, need.Pos)
			return
		}
	}
	if need := b.needs("pbr"); need != nil {
		set(pbr, need.Pos)
	}
}

// scmCounts reports whether the version comes from setuptools-scm. A project
// may require setuptools-scm only for its list of files.
func (r *reader) scmCounts(root *toml.Node, dir string) bool {
	if root.Get("tool", "setuptools_scm") != nil {
		return true
	}
	if root.Get("tool", "setuptools", "dynamic", "version") != nil {
		return false
	}
	if root.Get("project") != nil {
		return true // its version is dynamic
	}
	cfg, setup := r.optional(path.Join(dir, "setup.cfg")), r.optional(path.Join(dir, "setup.py"))
	if setup != nil && bytes.Contains(setup.Data, []byte("scm_version")) {
		return true
	}
	return cfg != nil && readSetupCfg(cfg).text("metadata", "version").V == "" && setup == nil
}

// GivenVersion is the version that the build gives to a package whose version
// is in version control: by a key, or by a build argument; "" if it gives none.
func (p *Project) GivenVersion(name string, v *VCSVersion) string {
	if s, _ := p.PackageBuild(name); s.Version.V != "" {
		return s.Version.V
	}
	if p.Settings.Version != nil {
		return p.Settings.Version.V
	}
	for _, arg := range versionArguments(name, v) {
		if value := p.passed[arg]; value != "" && !slices.ContainsFunc(p.Settings.Args, func(a Arg) bool { return a.Name == arg }) {
			// It is used, so nothing has to be said about it.
			p.UnusedArgs = slices.DeleteFunc(p.UnusedArgs, func(unused string) bool { return unused == arg })
			return value
		}
	}
	return ""
}

// VersionArgument is the build argument that gives the version to all packages
// of the context whose version is in version control.
const VersionArgument = "VERSION"

// versionArguments are the build arguments that give a package its version: the
// variables of the tool, so that a command line for a Dockerfile fits, and
// VERSION.
func versionArguments(name string, v *VCSVersion) []string {
	args := []string{VersionArgument}
	if v != nil && v.Variable != "" {
		args = append([]string{v.Variable}, args...)
		if v.Variable == scmVariable {
			args = append([]string{scmVariable + "_FOR_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))}, args...)
		}
	}
	return args
}
