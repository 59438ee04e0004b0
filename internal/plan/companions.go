package plan

import (
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/pypkg/tags"
)

// withCompanions adds the Debian packages without which packages cannot work to
// those of the build file.
func withCompanions(in Input, system *SystemPackages, packages []Package) *SystemPackages {
	d := in.Environment.Distribution
	auto := in.Project.Settings.Apt.Automatic
	// The default bases have apt. Another one may have been made without it, as
	// distroless images are.
	apt := in.Project.Settings.Base == nil || in.Environment.Manager == environment.Apt
	if auto != nil && !auto.V || !apt || !d.IsDebian() {
		return system
	}
	at := func(name string) int {
		return slices.IndexFunc(packages, func(p Package) bool { return p.Name == name })
	}
	installed := func(name string) bool { return at(name) >= 0 }
	requested := func(name string) bool {
		return in.Requested != nil && slices.ContainsFunc(in.Requested.Lines, func(l project.Line) bool { return l.Name == name })
	}
	for _, c := range companions {
		if !installed(c.python) || c.requested && !requested(c.python) || slices.ContainsFunc(c.without, installed) {
			continue
		}
		if c.recent && !isTwelveOrThirteen(d) || !c.suits(packages[at(c.python)]) {
			continue
		}
		if slices.Contains(c.debian, java) && hasJava(in.Project, system) {
			continue
		}
		names := c.debian
		if c.newer != nil && d.Time64() {
			names = c.newer
		}
		for _, name := range names {
			system = withPackage(in.Project, system, name, c.python, in.Environment.Platform.Arch)
		}
	}
	if isTwelveOrThirteen(d) {
		for _, program := range in.Command.Programs {
			system = withPackage(in.Project, system, program.Package, program.For, in.Environment.Platform.Arch)
		}
	}
	if in.Project.Locale != "" && !in.Project.Settings.BringsLocales() {
		system = withPackage(in.Project, system, allLocales, "the locale "+in.Project.Locale, in.Environment.Platform.Arch)
	}
	if system != nil {
		slices.Sort(system.Packages)
	}
	return system
}

// isTwelveOrThirteen reports whether a release is Debian 12 or 13.
func isTwelveOrThirteen(d environment.Distribution) bool {
	return d.ID == "debian" && (d.Version == "12" || d.Version == "13")
}

// suits reports whether the wheel of a package is one that lacks the libraries.
func (c companion) suits(pkg Package) bool {
	if !c.compiled && !c.pure {
		return true
	}
	file := ""
	switch o := pkg.Origin.(type) {
	case Built:
		return true
	case *Download:
		file = o.Filename
	case Resolved:
		file = o.Filename
	}
	w, err := tags.ParseWheelFilename(file)
	if err != nil {
		return false
	}
	// Wheels that pip has built have a plain platform tag, which no index accepts.
	plain := func(platform string) bool { return strings.HasPrefix(platform, "linux_") }
	return c.compiled && slices.ContainsFunc(w.Tags.Platforms, plain) || c.pure && slices.Contains(w.Tags.Platforms, "any")
}

// withHeaders adds the Debian packages without which packages cannot be compiled to
// those of the build file for the builder: for its sources, and for what is requested of
// pip and has no wheel.
func withHeaders(p *project.Project, python project.Python, b *Building, env environment.Environment, requested []string) {
	auto := p.Settings.Apt.Automatic
	if auto != nil && !auto.V || p.Settings.Builder != nil || BuilderManager(p, b.Image) != environment.Apt || !strings.HasPrefix(b.Image, defaultBuilder) || strings.HasSuffix(b.Image, "-bullseye") {
		return
	}
	// A builder is of the base's release. Where that is no Debian, it is an official image,
	// and those of older releases of Python are still on Debian 12.
	newer := !strings.HasSuffix(b.Image, "-bookworm") && python.Y > lastBookworm
	if d := env.Distribution; d.ID == "debian" {
		newer = d.Version != "12"
	}
	for _, c := range companions {
		if !slices.ContainsFunc(b.Sources, func(s Source) bool { return s.Name == c.python }) && (c.compiled || c.wheel || !slices.Contains(requested, c.python)) {
			continue
		}
		names := c.build
		if newer {
			names = slices.Concat(names, c.buildNewer)
		}
		for _, name := range names {
			b.System = withPackage(p, b.System, name, c.python, env.Platform.Arch)
		}
	}
	if b.System != nil {
		slices.Sort(b.System.Packages)
	}
}

// lastBookworm is the last Python 3.x whose official images stayed on Debian 12.
const lastBookworm = 8

// allLocales is the package with every locale, compiled.
const allLocales = "locales-all"

// java is the package that starts programs in Java.
const java = "default-jre-headless"

// hasJava reports whether the build file brings a Java of its own: a package of the
// distribution, or a variable that names its place.
func hasJava(p *project.Project, system *SystemPackages) bool {
	return system != nil && slices.ContainsFunc(system.Packages, func(name string) bool { return strings.Contains(name, "jre") || strings.Contains(name, "jdk") }) ||
		slices.ContainsFunc(p.Settings.Env, func(v project.Variable) bool { return v.Name == "JAVA_HOME" })
}

// withPackage adds one Debian package for a Python package, if the build file
// does not name it.
func withPackage(p *project.Project, system *SystemPackages, name, reason, arch string) *SystemPackages {
	if system == nil {
		// The table's environment and repositories are for these packages, too.
		only := []project.SystemPackage{{Name: name, Pos: p.Settings.Pos}}
		system = Packages(p, environment.Apt, only, arch)
		system.Packages = nil
	}
	if !slices.ContainsFunc(system.Packages, func(have string) bool { return aptName(have) == name }) {
		system.Packages = append(system.Packages, name)
		system.Automatic = append(system.Automatic, Automatic{Package: name, For: reason})
	}
	return system
}

// aptName is a package's name without architecture, version and suite.
func aptName(text string) string {
	if n := strings.IndexAny(text, ":=/"); n >= 0 {
		return text[:n]
	}
	return text
}
