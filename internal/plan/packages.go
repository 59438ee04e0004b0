package plan

import (
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/source/regex"
)

// What describes in a few words what is installed.
func (p *SystemPackages) What() string {
	all := slices.Clone(p.Packages)
	for _, f := range p.Files {
		all = append(all, f.Filename)
	}
	return "install " + distribution[p.Manager] + " packages " + strings.Join(all, " ")
}

// distribution is the name of the distribution of a package manager, for
// people.
var distribution = map[string]string{
	environment.Apt: "Debian", environment.Apk: "Alpine", environment.Dnf: "Red Hat",
}

// systemSettings are the three tables of the build file by their manager.
func systemSettings(s *project.BaseSettings) map[string]project.SystemPackages {
	return map[string]project.SystemPackages{environment.Apt: s.Apt, environment.Apk: s.Apk, environment.Dnf: s.Dnf}
}

// RunPackages are the distribution's packages that are added to the base;
// nil if there are none. CheckPackages reports their errors.
func RunPackages(p *project.Project, env environment.Environment) *SystemPackages {
	settings := systemSettings(&p.Settings.BaseSettings)
	manager := env.Distribution.Manager()
	if manager == "" {
		manager = env.Manager
	}
	table := settings[manager]
	wanted := table.Run
	if manager != "" && initFromPackage(p, env) {
		// It is the last in the list, so that the position is that of a package of the
		// user, if there is one.
		wanted = append(slices.Clip(wanted), project.SystemPackage{Pos: p.Settings.Init.Pos, Name: initPackage})
	}
	return Packages(p, manager, wanted, env.Platform.Arch)
}

// WantsPackages reports whether packages of a distribution are added to the
// base. Only then the base's package manager matters.
func WantsPackages(s *project.Settings) bool {
	return len(s.Apt.Run)+len(s.Apk.Run)+len(s.Dnf.Run) > 0 || wantsInit(&s.ImageSettings)
}

// MayBringPython reports whether packages may contain an interpreter: if one
// has a name that distributions use for it (python3, python3.12,
// python3-minimal, python313), or is a file.
func MayBringPython(p *SystemPackages) bool {
	return len(p.Files) > 0 || slices.ContainsFunc(p.Packages, pythonPackage.MatchString)
}

var pythonPackage = regex.New(`^python-?3(\.?[0-9]+)?(-minimal)?([=:/].*)?$`)

// CheckPackages reports errors in the packages that the build file adds to the
// base.
func CheckPackages(p *project.Project, base string, env environment.Environment) error {
	settings := systemSettings(&p.Settings.BaseSettings)
	kind := env.Distribution.Manager()
	if kind == "" {
		kind = env.Manager
	}
	if len(settings[kind].Run) == 0 {
		// The build file has packages only of other distributions, so the base is
		// not the one that its author expected.
		for _, manager := range environment.Managers {
			for _, pkg := range settings[manager].Run {
				if !holds(p, pkg.Condition, env.Platform.Arch) {
					continue
				}
				err := source.Errorf(pkg.Pos, "%s.run is for %s, but the base %s is %s", manager, family[manager], base, env.Distribution)
				if kind == "" {
					return err.WithHint("take a base with a package manager, or copy the files with [[tool.moult.files]]")
				}
				return err.WithHint("name this distribution's packages in [tool.moult.%s], too; each base uses its own list", kind)
			}
		}
		return nil
	}
	for _, pkg := range settings[kind].Run {
		if !holds(p, pkg.Condition, env.Platform.Arch) || env.Manager == kind {
			continue
		}
		return source.Errorf(pkg.Pos, "the base %s (%s) has no package manager, so no package can be installed in it", base, env.Distribution).
			WithHint("install it in a stage and copy its files: [[tool.moult.files]] with stage = \"NAME\"; or take a base that has %s", program[kind])
	}
	return nil
}

// family and program are the kinds' names for people.
var (
	family = map[string]string{
		environment.Apt: "Debian and Ubuntu", environment.Apk: "Alpine", environment.Dnf: "Red Hat's family",
	}
	program = map[string]string{environment.Apt: "apt-get", environment.Apk: "apk", environment.Dnf: "dnf or microdnf"}
)

// Packages are the packages of a list that apply to an image with this package
// manager; nil if there are none. arch is the image's architecture in OCI's
// spelling. The environment and the repositories of the installation come from
// the manager's table.
func Packages(p *project.Project, manager string, list []project.SystemPackage, arch string) *SystemPackages {
	if manager == "" {
		return nil
	}
	all := &SystemPackages{Manager: manager}
	for _, pkg := range list {
		if !holds(p, pkg.Condition, arch) {
			continue
		}
		if !all.Pos.IsValid() {
			all.Pos = pkg.Pos
		}
		if pkg.URL != "" {
			file := download(pkg.URL, pkg.SHA256)
			same := func(o Download) bool { return o.SHA256 == file.SHA256 && o.Filename == file.Filename }
			if !slices.ContainsFunc(all.Files, same) {
				all.Files = append(all.Files, file)
			}
		} else {
			all.Packages = append(all.Packages, pkg.Name)
		}
	}
	if len(all.Packages)+len(all.Files) == 0 {
		return nil
	}
	slices.Sort(all.Packages)
	all.Packages = slices.Compact(all.Packages)
	table := systemSettings(&p.Settings.BaseSettings)[manager]
	for _, v := range table.Env {
		all.Env = append(all.Env, Variable{v.Name, v.Value.V})
	}
	for _, r := range table.Repositories {
		if !holds(p, r.Condition, arch) {
			continue
		}
		repository := Repository{URL: r.URL.V, Suite: r.Suite, Components: r.Components, KeyFile: r.Key.File, Pos: r.Pos}
		if r.Key.URL != "" {
			key := download(r.Key.URL, r.Key.SHA256)
			repository.Key = &key
		}
		all.Repositories = append(all.Repositories, repository)
	}
	return all
}

// download is a file by its URL, which also names it.
func download(url, sha256 string) Download {
	name := url
	if at := strings.IndexAny(name, "?#"); at >= 0 {
		name = name[:at]
	}
	return Download{URL: url, Filename: path.Base(name), SHA256: sha256}
}

// holds reports whether an entry of a list applies.
func holds(p *project.Project, c project.Condition, arch string) bool {
	return c.Holds(arch, p.Settings.Extras)
}

// builderPackages are the packages of the builder. If only one of the three
// tables has some, it says the builder's package manager. If several have, the
// default builder's distribution decides, or else Debian's, because most
// images have it.
func builderPackages(p *project.Project, builder string, arch string) *SystemPackages {
	manager := BuilderManager(p, builder)
	list := systemSettings(&p.Settings.BaseSettings)[manager].Build
	if manager == environment.Apk && p.Settings.Builder == nil {
		// The official Alpine images have no compiler.
		list = append(slices.Clip(list), project.SystemPackage{Pos: p.Settings.Pos, Name: "build-base"})
	}
	return Packages(p, manager, list, arch)
}

// BuilderManager is the kind of package manager of a builder's image, as far
// as its reference and the lists say it.
func BuilderManager(p *project.Project, builder string) string {
	if p.Settings.Builder == nil {
		switch {
		case strings.HasSuffix(builder, alpine):
			return environment.Apk
		case strings.HasPrefix(builder, redHatBuilders):
			return environment.Dnf
		}
		return environment.Apt
	}
	var kinds []string
	for _, manager := range environment.Managers {
		if len(systemSettings(&p.Settings.BaseSettings)[manager].Build) > 0 {
			kinds = append(kinds, manager)
		}
	}
	if len(kinds) == 1 {
		return kinds[0]
	}
	switch {
	case strings.Contains(builder, "alpine"):
		return environment.Apk
	case strings.Contains(builder, "ubi"), strings.Contains(builder, "fedora"), strings.Contains(builder, "rocky"), strings.Contains(builder, "alma"):
		return environment.Dnf
	default:
		return environment.Apt
	}
}
