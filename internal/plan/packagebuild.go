package plan

import (
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/lock"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/step/legacy"
)

// PreferSdists marks the packages of a lock that are built from their sdist even
// if a wheel fits. It is called before indexes are asked for files.
func PreferSdists(p *project.Project, chosen []lock.Chosen) ([]lock.Chosen, error) {
	all := slices.Clone(chosen)
	for n, c := range all {
		s, ok := p.PackageBuild(c.Name)
		if err := checkIndex(p, c, s); err != nil {
			return nil, err
		}
		if !ok || !s.NoBinary || c.Source.Kind == lock.FromGit || c.Source.Kind == lock.FromDirectory {
			continue
		}
		if c.Sdist == nil && len(c.Wheels) > 0 {
			return nil, source.Errorf(s.Pos, "%s is to be built from source, but %s holds no sdist of it", c.Name, lockName(c)).
				WithHint("remove no-binary: %s %s has only wheels", c.Name, c.Version)
		}
		one := *c.Package
		one.NoWheel = true
		all[n].Package = &one
	}
	return all, nil
}

// checkIndex checks that a lock takes a package from the index to which
// [tool.moult] pins it. An older lock may name a file of another index.
func checkIndex(p *project.Project, c lock.Chosen, s project.PackageSettings) error {
	if s.Index.V == "" || c.Source.Kind != lock.FromIndex || c.Source.Index == "" {
		return nil
	}
	i := indexByName(p, s.Index.V)
	if i == nil {
		return undefinedIndex(p, project.IndexPin{Name: c.Name, Index: project.Index{Name: s.Index.V}, Pos: s.Index.Pos})
	}
	if sameURL(bare(c.Source.Index), i.URL.V) || strings.EqualFold(c.Source.IndexName, i.Name) {
		return nil
	}
	return source.Errorf(c.Pos, "the lock has %s from %s, but %s pins it to the index %q", c.Name, bare(c.Source.Index), at(s.Index.Pos), i.Name).
		WithHint("pin it to the index in the table of the tool that locks, such as [tool.uv.sources], and lock again")
}

func lockName(c lock.Chosen) string {
	if c.Pos.File != nil {
		return c.Pos.File.Name
	}
	return "the lock"
}

// buildAs adds the project's build settings to the sources of a builder. env is
// the image.
func buildAs(p *project.Project, b *Building, env environment.Environment) {
	manager := BuilderManager(p, b.Image)
	for n := range b.Sources {
		s := &b.Sources[n]
		said, _ := p.PackageBuild(s.Name)
		if s.setupOnly {
			s.Requires = legacy.Requires(env.Python.Interpreter)
		}
		if f := s.Folder(); f != nil {
			f.Exclude = append(f.Exclude, otherMembers(p, f.Dir)...)
			for _, name := range p.SentAnyway {
				if rel, ok := strings.CutPrefix(path.Join("/", name), strings.TrimSuffix(path.Join("/", f.Dir), "/")+"/"); ok {
					f.Exclude = append(f.Exclude, "!"+literalPattern(rel))
				}
			}
			if p.Releases[s.Name] {
				f.Exclude = slices.DeleteFunc(f.Exclude, func(pattern string) bool { return strings.HasSuffix(pattern, ".egg-info") })
			}
		}
		packages := map[string][]project.SystemPackage{environment.Apt: said.Apt, environment.Apk: said.Apk, environment.Dnf: said.Dnf}
		s.System = Packages(p, manager, packages[manager], env.Platform.Arch)
		s.Env = variables(versionVariables(p, *s), p.Settings.Build.Env, said.Env)
		for _, r := range said.BuildRequires {
			s.ExtraRequires = append(s.ExtraRequires, r.Requirement.String())
		}
		slices.Sort(s.ExtraRequires)
		for _, v := range said.ConfigSettings {
			s.Config = append(s.Config, Variable{v.Name, v.Value.V})
		}
		s.Constraints = buildConstraints(p)
		s.AsksNothing = s.AsksNothing && newestBackend(*s, env.Python)
		s.Network = said.Network
	}
}

// newestBackend reports whether nothing keeps a build from the newest backend that
// its own requirements allow. An older one may ask for more, as setuptools before
// 70.1 does; the last one for Python 3.7 is 68.
func newestBackend(s Source, python environment.Python) bool {
	return len(s.ExtraRequires)+len(s.Constraints)+len(s.EnvironmentPackages) == 0 && python.Minor >= 8
}

// versionVariables are the variables by which backends take a version that they
// would ask version control for. Which of them a tree's backend reads is known
// only for folders of the context; the others have no effect.
func versionVariables(p *project.Project, s Source) []project.Variable {
	version := p.Versions[s.Name]
	if s.Folder() == nil {
		version = s.Version
	}
	if version == "" {
		return nil
	}
	var all []project.Variable
	for _, name := range project.VersionVariables() {
		all = append(all, project.Variable{Name: name, Value: source.At[string]{V: version}})
	}
	return all
}

// buildConstraints are the lines that limit build requirements.
func buildConstraints(p *project.Project) []string {
	var lines []string
	for _, r := range p.BuildConstraints() {
		lines = append(lines, r.Requirement.String())
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

// variables merges lists by name; a later list has precedence.
func variables(lists ...[]project.Variable) []Variable {
	var all []Variable
	for _, list := range lists {
		for _, v := range list {
			at := slices.IndexFunc(all, func(o Variable) bool { return o.Name == v.Name })
			if at < 0 {
				all = append(all, Variable{Name: v.Name})
				at = len(all) - 1
			}
			all[at].Value = v.Value.V
		}
	}
	slices.SortFunc(all, func(a, b Variable) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// environmentPackages decides which packages of the environment each source's build sees.
// A build without isolation sees all packages that are not built themselves; other builds
// see those that their build requirements name. The dependencies of these packages are
// added, so that nothing is installed in two versions.
func environmentPackages(p *project.Project, chosen []lock.Chosen, sources []Source) error {
	byName := map[string]lock.Chosen{}
	for _, c := range chosen {
		if !c.Source.Virtual && !isProject(p, c) {
			byName[c.Name] = c
		}
	}
	open := map[string]bool{} // not isolated
	for name := range byName {
		s, _ := p.PackageBuild(name)
		open[name] = s.NoIsolation
	}
	for n := range sources {
		s := &sources[n]
		said, _ := p.PackageBuild(s.Name)
		var roots []string
		for _, r := range said.BuildRequires {
			c, ok := byName[r.NormalizedName()]
			if ok && r.URL == "" && r.Specifier.Contains(c.Parsed, pep440.PrereleasesAllowed) && c.Name != s.Name {
				roots = append(roots, c.Name)
			}
		}
		if said.NoIsolation {
			roots = append(roots, byName[s.Name].Needs()...)
			for name, c := range byName {
				if !open[name] && c.Source.Kind != lock.FromDirectory && !reaches(byName, name, s.Name) {
					roots = append(roots, name)
				}
			}
		}
		reached := closure(byName, roots)
		for name := range reached {
			if name != s.Name {
				s.EnvironmentPackages = append(s.EnvironmentPackages, name)
			}
		}
		slices.Sort(s.EnvironmentPackages)
	}
	return checkOrder(sources)
}

// closure returns some names and all their transitive dependencies, as far as
// they are installed.
func closure(byName map[string]lock.Chosen, from []string) map[string]bool {
	reached := map[string]bool{}
	for queue := slices.Clone(from); len(queue) > 0; queue = queue[1:] {
		name := pep503.Normalize(queue[0])
		c, ok := byName[name]
		if !ok || reached[name] {
			continue
		}
		reached[name] = true
		queue = append(queue, c.Needs()...)
	}
	return reached
}

// reaches reports whether a package needs another, directly or not.
func reaches(byName map[string]lock.Chosen, from, to string) bool {
	return closure(byName, byName[from].Needs())[to]
}

// checkOrder checks that no two builds depend on each other.
func checkOrder(sources []Source) error {
	byName := map[string]*Source{}
	for n := range sources {
		byName[sources[n].Name] = &sources[n]
	}
	const working, done = 1, 2
	state := map[string]int{}
	var visit func(s *Source, by string) error
	visit = func(s *Source, by string) error {
		switch state[s.Name] {
		case done:
			return nil
		case working:
			return source.Errorf(s.Pos, "%s and %s are both needed to build the other", s.Name, by).
				WithHint("build one of them in isolation")
		}
		state[s.Name] = working
		for _, name := range s.EnvironmentPackages {
			if other := byName[name]; other != nil {
				if err := visit(other, s.Name); err != nil {
					return err
				}
			}
		}
		state[s.Name] = done
		return nil
	}
	for n := range sources {
		if err := visit(&sources[n], ""); err != nil {
			return err
		}
	}
	return nil
}
