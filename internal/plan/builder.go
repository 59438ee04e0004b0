package plan

import (
	"strings"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/project"
)

// alpine ends the tags of the official images for musl.
const alpine = "-alpine"

// Builder is the reference of the image with the compiler. If the build file
// does not name one, the base decides: the base has to run what the builder
// compiles, so the builder must have the same kind of C library, and not a
// newer one.
func Builder(p *project.Project, python project.Python, env environment.Environment) string {
	if p.Settings.Builder != nil {
		return p.Settings.Builder.V
	}
	if env.Python.FreeThreaded {
		// No official image has such a Python, only the one that is named for it.
		if p.Settings.PythonFrom != nil {
			return p.Settings.PythonFrom.V
		}
		return p.Settings.Base.V
	}
	if BuilderKnown(p) {
		return defaultBuilder + python.Minor
	}
	return builderFor(python, env)
}

// BuilderKnown reports whether the builder's image is known before the base
// is.
func BuilderKnown(p *project.Project) bool {
	return p.Settings.Builder != nil || p.Settings.Base == nil
}

// defaultBuilder is the repository of the official images.
const defaultBuilder = "python:"

// debianReleases are the Debian releases of the official images, newest
// first, with the minor version of their glibc 2.x.
var debianReleases = []struct {
	name  string
	glibc int
}{{"", 41}, {"-bookworm", 36}, {"-bullseye", 31}}

// lastBullseye is the last Python 3.x that has official images on Debian 11.
const lastBullseye = 13

// builderFor is the default builder for a base from the build file.
func builderFor(python project.Python, env environment.Environment) string {
	if env.Libc.Family == "musl" {
		return defaultBuilder + python.Minor + alpine
	}
	if image, ok := redHatBuilder(python, env.Distribution); ok {
		return image
	}
	tag := ""
	for _, r := range debianReleases {
		if r.name == "-bullseye" && python.Y > lastBullseye {
			break
		}
		tag = r.name
		if env.Libc.Family == "" || env.Libc.Major > 2 || env.Libc.Minor >= r.glibc {
			break
		}
	}
	return defaultBuilder + python.Minor + tag
}

// redHatBuilders is the repository of Red Hat's images with Python and a
// compiler.
const redHatBuilders = "registry.access.redhat.com/ubi"

// redHatBuilder is Red Hat's image for the Python of one of its releases,
// because no official image of Python has a C library as old as theirs.
func redHatBuilder(python project.Python, d environment.Distribution) (image string, ok bool) {
	if d.Manager() != environment.Dnf {
		return "", false
	}
	major, _, _ := strings.Cut(d.Version, ".")
	switch major {
	case "8", "9", "10":
		return redHatBuilders + major + "/python-" + strings.ReplaceAll(python.Minor, ".", ""), true
	}
	return "", false
}
