package plan

import (
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/project"
)

// companion are Debian packages that a Python package cannot work without, and
// that its wheel does not have.
type companion struct {
	// python is the Python package, by its normalized name.
	python string
	// debian are the names in Debian 12 and older and in Ubuntu 22.04 and older,
	// newer those since the change to 64-bit times; nil if they are the same.
	debian, newer []string
	// requested is true if the Python package uses the others only in some of its
	// functions, so that they are installed only for a direct requirement.
	requested bool
	// without are Python packages that bring the same themselves.
	without []string
}

// companions are sorted by their Python packages. The list has what every
// Dockerfile with these packages installs, and nothing for tastes.
var companions = []companion{
	{python: "cairocffi", debian: []string{"libcairo2"}},
	{python: "cairosvg", debian: []string{"libcairo2"}},
	{python: "ffmpeg-python", debian: []string{"ffmpeg"}, requested: true},
	{python: "gitpython", debian: []string{"git"}, requested: true},
	{python: "graphviz", debian: []string{"graphviz"}, requested: true},
	{python: "konlpy", debian: []string{java}, requested: true},
	{python: "mysqlclient", debian: []string{"libmariadb3"}},
	{python: "opencv-contrib-python", debian: []string{"libgl1", "libglib2.0-0"}, newer: []string{"libgl1", "libglib2.0-0t64"}},
	{python: "opencv-python", debian: []string{"libgl1", "libglib2.0-0"}, newer: []string{"libgl1", "libglib2.0-0t64"}},
	{python: "pdf2image", debian: []string{"poppler-utils"}, requested: true},
	{python: "psycopg", debian: []string{"libpq5"}, without: []string{"psycopg-binary"}},
	{python: "psycopg2", debian: []string{"libpq5"}},
	{python: "pyaudio", debian: []string{"libportaudio2"}},
	{python: "pydub", debian: []string{"ffmpeg"}, requested: true},
	{python: "pyspark", debian: []string{java}, requested: true},
	{python: "pytesseract", debian: []string{"tesseract-ocr"}, requested: true},
	{python: "python-magic", debian: []string{"libmagic1"}, newer: []string{"libmagic1t64"}},
	{python: "pyzbar", debian: []string{"libzbar0"}, newer: []string{"libzbar0t64"}},
	{python: "sounddevice", debian: []string{"libportaudio2"}},
	{python: "tabula-py", debian: []string{java}, requested: true},
	{python: "weasyprint", debian: []string{"libpango-1.0-0", "libpangoft2-1.0-0"}},
}

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
	installed := func(name string) bool {
		return slices.ContainsFunc(packages, func(p Package) bool { return p.Name == name })
	}
	requested := func(name string) bool {
		return in.Requested != nil && slices.ContainsFunc(in.Requested.Lines, func(l project.Line) bool { return l.Name == name })
	}
	for _, c := range companions {
		if !installed(c.python) || c.requested && !requested(c.python) || slices.ContainsFunc(c.without, installed) {
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
			system = withPackage(in, system, name, c.python)
		}
	}
	if in.Project.Locale != "" && !in.Project.Settings.BringsLocales() {
		system = withPackage(in, system, allLocales, "the locale "+in.Project.Locale)
	}
	if system != nil {
		slices.Sort(system.Packages)
	}
	return system
}

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
func withPackage(in Input, system *SystemPackages, name, reason string) *SystemPackages {
	if system == nil {
		// The table's environment and repositories are for these packages, too.
		only := []project.SystemPackage{{Name: name, Pos: in.Project.Settings.Pos}}
		system = Packages(in.Project, environment.Apt, only, in.Environment.Platform.Arch)
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
