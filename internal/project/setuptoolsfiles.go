package project

import (
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// setuptoolsFiles reads a project whose metadata is in setup.cfg or setup.py
// instead of pyproject.toml. It reads the fields of setup.cfg. All other fields
// are dynamic: the backend is asked for them.
//
// A setup.py without [build-system] makes the project a package only if the
// project has no other requirements. If there is a requirements.txt, the
// setup.py is usually unused, and the application is copied.
func (r *reader) setuptoolsFiles(dir string) {
	p := r.p
	if p.Origin != OriginNone || r.unpackaged {
		return
	}
	cfg, setup := r.optional(path.Join(dir, "setup.cfg")), r.optional(path.Join(dir, "setup.py"))
	if p.BuildSystem == nil && !r.onlyInSetup(cfg, setup, dir) {
		r.besideRequirementFiles(cfg, setup)
		return
	}
	if cfg == nil && setup == nil {
		return
	}
	p.Origin = OriginSetuptools
	at := source.Pos{File: setup, Line: 1, Col: 1}
	if setup == nil {
		at.File = cfg
	}
	if p.BuildSystem == nil {
		p.BuildSystem = &BuildSystem{
			Pos: at, Requires: r.requirements([]source.At[string]{{V: "setuptools", Pos: at}}),
			Backend: source.At[string]{V: "setuptools.build_meta:__legacy__", Pos: at},
		}
	}
	p.DynamicDependencies, p.DynamicExtras = true, true
	if setup != nil {
		p.Name = source.At[string]{V: setupName(string(setup.Data)), Pos: at}
	}
	if cfg != nil {
		// Arguments of setup() have precedence over the keys of setup.cfg.
		r.setupCfg(readSetupCfg(cfg), setup == nil || shim(string(setup.Data)))
	}
	if !pep503.IsValid(p.Name.V) {
		p.Name = source.At[string]{Pos: p.BuildSystem.Pos}
	}
}

// packaged applies the key packaged.
func (r *reader) packaged() {
	p, key := r.p, r.p.Settings.Packaged
	switch {
	case key == nil:
	case key.V && p.BuildSystem == nil:
		r.fail(source.Errorf(key.Pos, "packaged = true, but no [build-system] of the project is in use").
			WithHint("write one, or leave out packaged"))
	case !key.V && p.BuildSystem != nil && p.DynamicDependencies:
		r.fail(source.Errorf(key.Pos, "packaged = false, but only the build backend knows the project's dependencies").
			WithHint("write them into [project] dependencies, or leave out packaged"))
	case !key.V:
		p.BuildSystem = nil
	}
}

// named refuses a project of setuptools whose name is not known, because its
// wheel is found by the name.
func (r *reader) named() {
	if p := r.p; p.Origin == OriginSetuptools && p.BuildSystem != nil && p.Name.V == "" {
		r.fail(source.Errorf(p.BuildSystem.Pos, "the project's name is neither in pyproject.toml nor in setup.cfg, and setup.py does not give it as a string").
			WithHint(`write name = "NAME" under [metadata] of setup.cfg; the other metadata may stay where it is`))
	}
}

// onlyInSetup reports whether only setup.py or setup.cfg has the requirements
// of a project without [build-system].
func (r *reader) onlyInSetup(cfg, setup *source.File, dir string) bool {
	p := r.p
	if len(p.RequirementFiles) > 0 || p.Settings.Lock.File != "" || len(p.Dependencies) > 0 {
		return false
	}
	for _, name := range []string{"pylock.toml", "Pipfile", "requirements.txt"} {
		if ok, err := r.files.has(path.Join(dir, name)); err != nil || ok {
			r.fail(err)
			return false
		}
	}
	if setup != nil {
		return setupCall.Match(setup.Data) && setupImport.Match(setup.Data) // others are programs of this name
	}
	if cfg == nil {
		return false
	}
	c := readSetupCfg(cfg)
	return c.text("metadata", "name").V != "" && len(c.sections["options"]) > 0
}

// optional reads a file; nil if it does not exist.
func (r *reader) optional(name string) *source.File {
	file, err := r.files.file(name)
	r.fail(err)
	return file
}

// setupCfg reads the keys of setup.cfg; all is true if no other file has them.
func (r *reader) setupCfg(c *setupCfg, all bool) {
	p := r.p
	if name := c.text("metadata", "name"); p.Name.V == "" && name.V != "" {
		p.Name = name
	}
	if v := c.text("options", "python_requires"); v.V != "" && p.RequiresPython.V == "" {
		r.requiresPython(v)
	}
	if o, ok := c.option("options.entry_points", "console_scripts"); ok {
		p.Scripts = append(p.Scripts, r.scripts(entryPoints(o), "console_scripts")...)
	}
	if o, ok := c.option("options.entry_points", "gui_scripts"); ok {
		p.GUIScripts = append(p.GUIScripts, r.scripts(entryPoints(o), "gui_scripts")...)
	}
	if !all || len(p.RequirementFiles) > 0 {
		return
	}
	list, ok := r.installRequires(c)
	if !ok || p.BuildSystem.BackendPath != nil {
		return // the backend may know more, and may be the project's own
	}
	p.Dependencies, p.DynamicDependencies = append(p.Dependencies, list...), false
	for _, o := range c.sections["options.extras_require"] {
		if o.directive() || !pep503.IsValid(o.key) {
			return // an extra with a marker in its name
		}
	}
	for _, o := range c.sections["options.extras_require"] {
		r.addExtra(source.At[string]{V: o.key, Pos: o.pos}, r.requirements(o.requirements()))
	}
	p.DynamicExtras = false
}

// installRequires are the requirements of install_requires; ok is false if only
// setuptools knows them.
func (r *reader) installRequires(c *setupCfg) (list []Requirement, ok bool) {
	needs, _ := c.option("options", "install_requires")
	for _, v := range needs.requirements() {
		if _, err := pep508.ParseRequirement(v.V); err != nil || needs.directive() {
			return nil, false
		}
		list = append(list, r.requirements([]source.At[string]{v})...)
	}
	return list, true
}

// besideRequirementFiles adds what setup.cfg and a list in setup.py require to
// the requirement files of a project that is copied and not installed. They may
// hold only what the author needs in addition; what they say of a package
// counts. A file with hashes has everything: pip would want a hash of every other
// requirement, too.
func (r *reader) besideRequirementFiles(cfg, setup *source.File) {
	p := r.p
	if len(p.RequirementFiles) == 0 || len(p.Dependencies) > 0 || p.staticDependencies || slices.ContainsFunc(p.RequirementFiles, RequirementFile.hashed) {
		return
	}
	var list []Requirement
	if cfg != nil {
		list, _ = r.installRequires(readSetupCfg(cfg))
	}
	if setup != nil {
		texts, ok := setupRequires(setup)
		if !ok {
			texts = nil
		}
		for _, text := range texts {
			if req, err := pep508.ParseRequirement(text.V); err != nil || strings.HasPrefix(strings.ToLower(req.URL), "file:") {
				list = nil // written for setuptools alone, or for one machine
				break
			}
			list = append(list, r.requirements([]source.At[string]{text})...)
		}
	}
	for _, want := range list {
		if !slices.ContainsFunc(p.RequirementFiles, func(f RequirementFile) bool { return f.covers(want.NormalizedName()) }) {
			p.Dependencies = append(p.Dependencies, want)
		}
	}
}

// variants are the ends of names under which a package is published with the same
// modules.
var variants = []string{"-binary", "-headless", "-cpu", "-gpu", "-nightly"}

// covers reports whether a requirement file has a package or a variant of it:
// psycopg2-binary for psycopg2, and scikit-learn for sklearn, which only fails.
func (f RequirementFile) covers(name string) bool {
	return slices.ContainsFunc(f.Requirements, func(r Requirement) bool {
		end, longer := strings.CutPrefix(r.NormalizedName(), name)
		return longer && (end == "" || slices.Contains(variants, end)) || name == "sklearn" && r.NormalizedName() == "scikit-learn"
	})
}

// hashed reports whether pip checks a hash of everything that it installs.
func (f RequirementFile) hashed() bool {
	return f.Options.RequireHashes || slices.ContainsFunc(f.Requirements, func(r Requirement) bool { return len(r.Hashes) > 0 })
}

// entryPoints are the lines "NAME = MODULE:FUNCTION" of an option.
func entryPoints(o setupOption) toml.Entries[source.At[string]] {
	var list toml.Entries[source.At[string]]
	for _, line := range o.lines {
		name, target, ok := strings.Cut(line.V, "=")
		if target, _, _ = strings.Cut(target, "["); ok { // extras of an entry point
			list = append(list, toml.Entry[source.At[string]]{
				Key: strings.TrimSpace(name), KeyPos: line.Pos, V: source.At[string]{V: strings.TrimSpace(target), Pos: line.Pos},
			})
		}
	}
	return list
}

// SetupOnly reports whether the package is described by a setup.py or setup.cfg, and by no table of pyproject.toml.
func (b *BuildSystem) SetupOnly() bool {
	return b != nil && b.Pos.IsValid() && slices.Contains([]string{"setup.py", "setup.cfg"}, path.Base(b.Pos.File.Name))
}
