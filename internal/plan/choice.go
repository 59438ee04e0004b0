package plan

import (
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/pypkg/indexpage"
	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/tags"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// choices are the packages of an unlocked project that pip does not choose: those
// that are pinned to an index, and those with build settings.
func choices(p *project.Project, env environment.Environment, req *project.Requested) ([]Source, error) {
	own := pep503.Normalize(p.Name.V)
	var all []Source
	one := func(name string, indexes []Index, pos source.Pos) error {
		s, err := choice(p, env, req, name, indexes, pos)
		if s != nil {
			all = append(all, *s)
		}
		return err
	}
	for n, b := range req.IndexPins {
		if n > 0 && req.IndexPins[n-1].Name == b.Name {
			return nil, source.Errorf(b.Pos, "%s is pinned to two indexes, %s and %s", b.Name, req.IndexPins[n-1].Index.Name, b.Index.Name).
				WithHint("choose extras and groups that pin it to one index")
		}
		if b.Index.URL.V == "" {
			return nil, undefinedIndex(p, b)
		}
		index := Index{Name: b.Index.Name, URL: b.Index.URL.V, Secret: b.Index.Secret.V}
		if err := one(b.Name, []Index{index}, b.Pos); err != nil {
			return nil, err
		}
	}
	for _, name := range p.PackagesBuilt() {
		assigned := slices.ContainsFunc(req.IndexPins, func(b project.IndexPin) bool { return b.Name == name })
		local := slices.ContainsFunc(req.Locals, func(l project.Local) bool { return l.Name == name })
		said, _ := p.PackageBuild(name)
		if assigned || local || name == own || said.Path != "" {
			continue
		}
		from := indexes(p, req.Options)
		switch {
		case req.Options.NoIndex && onlyFromSource(said):
			continue // pip can do that itself, with what it finds by links
		case req.Options.NoIndex:
			from = nil
		case len(from) == 0:
			from = []Index{{URL: indexpage.Default}}
		}
		if err := one(name, from, said.Pos); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// choice says how the file of a package is chosen from indexes; nil if pip
// chooses it.
func choice(p *project.Project, env environment.Environment, req *project.Requested, name string, indexes []Index, pos source.Pos) (*Source, error) {
	said, _ := p.PackageBuild(name)
	where := pos
	if said.Pos.IsValid() {
		where = said.Pos
	}
	set := pep440.SpecifierSet{}
	asked := false
	for _, line := range req.Lines {
		if line.Name != name {
			continue
		}
		asked = true
		if strings.Contains(line.Text, " --hash=") || req.Options.RequireHashes {
			return nil, source.Errorf(where, "these settings of %s need a requirement without a hash, and %s pins it by hash", name, at(line.Pos)).
				WithHint("a requirement file whose every line is pinned and hashed is a lock: name it with lock = %q", at(line.Pos))
		}
		if line.Direct {
			if !said.Builds() {
				return nil, nil // an address of its own says more than an index
			}
			return nil, source.Errorf(where, "these build settings of %s need a release from an index, and %s names a URL", name, at(line.Pos)).
				WithHint("lock the project: then the settings apply to every source of a package")
		}
		set = set.And(line.Specifier)
	}
	for _, line := range req.Constraints {
		if line.Name == name && !line.Direct {
			set = set.And(line.Specifier)
		}
	}
	if !asked {
		return nil, nil // whether it is needed at all, only the resolver tells
	}
	if len(indexes) == 0 {
		return nil, source.Errorf(where, "these build settings of %s need a release from an index, and the requirements say --no-index", name).
			WithHint("lock the project: then the settings apply to every source of a package; or pin %s to an index", name)
	}
	if said.NoIsolation {
		return nil, source.Errorf(where, "%s is to be built without isolation, and only a lock says which packages its build sees", name).
			WithHint("lock the project, for instance with uv lock, or list the requirements of its build in build-requires")
	}
	return &Source{Name: name, Pos: pos, Origin: &Choice{
		Requirement: name + set.String(), Indexes: indexes, Target: env.Target().Text(),
		NoBinary: said.NoBinary, Pre: req.Options.Pre,
	}}, nil
}

// onlyFromSource reports whether no-binary is the only build setting of a
// package.
func onlyFromSource(said project.PackageSettings) bool {
	only := said.NoBinary
	said.NoBinary = false
	return only && !said.Builds()
}

// noBinary are pip's options for packages that must be built from source and
// that pip chooses, because only other packages may need them.
func noBinary(p *project.Project, b *Building) []string {
	var lines []string
	for _, name := range p.PackagesBuilt() {
		said, _ := p.PackageBuild(name)
		if said.NoBinary && said.Path == "" && !slices.ContainsFunc(b.Sources, func(s Source) bool { return s.Name == name }) {
			lines = append(lines, "--no-binary "+name)
		}
	}
	return lines
}

// checkSettingsUsed finds a package of the resolver's result that was compiled without
// its build settings. Before the resolver has run, only the project's own requirements
// are known.
func (u Unlocked) checkSettingsUsed(in Input, name tags.Wheel) error {
	if u.Building == nil || slices.ContainsFunc(u.Building.Sources, func(s Source) bool { return s.Name == name.Name }) {
		return nil
	}
	said, ok := in.Project.PackageBuild(name.Name)
	compiled := slices.ContainsFunc(name.Tags.Platforms, func(p string) bool { return strings.HasPrefix(p, "linux_") })
	said.NoBinary = false // pip was told
	if !ok || !said.Builds() || !compiled {
		return nil
	}
	for _, line := range in.Requested.Lines {
		if line.Name == name.Name {
			return nil
		}
	}
	return source.Errorf(said.Pos, "%s is a dependency of another package only; without a lock, build settings apply only to the project's own requirements", name.Name).
		WithHint("add %s to the project's dependencies, or lock the project", name.Name)
}

// undefinedIndex is the error for a package that is pinned to an index that is
// not defined.
func undefinedIndex(p *project.Project, b project.IndexPin) error {
	names := make([]string, len(p.Indexes))
	for n, i := range p.Indexes {
		names[n] = i.Name
	}
	err := source.Errorf(b.Pos, "%s is pinned to the index %q, which is not defined", b.Name, b.Index.Name)
	if near := toml.Nearest(b.Index.Name, names); near != "" {
		return err.WithHint("did you mean %q?", near)
	}
	return err.WithHint("add it to [[tool.moult.index]], with name = %q and its url; an index that is a folder needs a lock", b.Index.Name)
}

// at is a position in the form for the middle of a sentence.
func at(pos source.Pos) string {
	if pos.File == nil {
		return "the project"
	}
	return strings.TrimSpace(pos.File.Name)
}
