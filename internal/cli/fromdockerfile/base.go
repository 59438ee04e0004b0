package fromdockerfile

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/distribution/reference"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"

	"github.com/moult-build/moult/internal/project"
)

var (
	// official matches the official images that Moult chooses by default.
	official = regexp.MustCompile(`^(?:docker\.io/)?(?:library/)?python:(\d+\.\d+)(\.\d+)?(-slim)?(-bookworm|-trixie|-bullseye)?$`)
	// newest matches official images without a release.
	newest = regexp.MustCompile(`^(?:docker\.io/)?(?:library/)?python(?::(?:3|latest|slim|3-slim))?$`)
	// uvImage matches uv's images with a Python.
	uvImage = regexp.MustCompile(`^ghcr\.io/astral-sh/uv:(?:[0-9.]+-)?python(\d+\.\d+)(?:\.\d+)?-(alpine[0-9.]*|[a-z]+)(-slim)?(?:@.*)?$`)
	// otherPython matches copies of the official images in other registries.
	otherPython = regexp.MustCompile(`^(.*[./:].*/(?:.*/)?python):(\d+\.\d+)(?:\.\d+)?([a-z0-9.-]*)$`)
	// bareImage matches images without Python.
	bareImage = regexp.MustCompile(`^(?:docker\.io/)?(?:library/|.*/)?(ubuntu|debian|cuda|alpine|node|golang|rust|ruby|php|buildpack-deps|openjdk|eclipse-temurin)(?::([A-Za-z0-9_.-]+))?(?:@.*)?$`)
	// conda matches images with conda's Python and its packages.
	conda = regexp.MustCompile(`(?:^|/)(?:miniconda3?|anaconda3?|miniforge3?|mambaforge|micromamba|miniforge-pypy3)(?::|@|$)`)
	// redHat matches images of distributions with rpm, which have no Python or
	// that of the system.
	redHat  = regexp.MustCompile(`(?:^|/)(?:fedora|centos|rockylinux|almalinux|amazonlinux|oraclelinux|opensuse|leap|tumbleweed|ubi[789](?:/ubi(?:-minimal|-micro|-init)?)?|ubi[789]-minimal)(?::|@|$)`)
	debName = regexp.MustCompile(`^(?:python)(3\.\d+)$`)
)

// base reads the image's base. For an official image, which Moult chooses by
// default, it needs only the version of Python.
func (d *dockerfile) base(ref string) {
	tell := func(why string) { d.note(nil, "FROM "+ref, why) }
	if m := official.FindStringSubmatch(ref); m != nil {
		if !d.fits(m[1], ref) {
			return
		}
		d.Python = m[1] + m[2]
		slim := "python:" + m[1] + m[2] + "-slim" + m[4]
		if m[4] != "" {
			// Another release of the distribution has other packages and versions.
			d.Base, d.Python = slim, m[1]
		}
		if m[3] == "" {
			// Dockerfiles use the full image for its compilers, which Moult has only in
			// the builder.
			d.full = true
			tell("the image stands on " + slim + ` instead, compilers are in the builder alone; base = "` + ref + `" keeps it`)
		}
		return
	}
	if newest.MatchString(ref) {
		if d.full = !strings.Contains(ref, "slim"); d.full {
			tell(`the image stands on python:X-slim of the Python that fits the project, compilers are in the builder alone; base = "` + ref + `" keeps it`)
		}
		return
	}
	if m := uvImage.FindStringSubmatch(ref); m != nil {
		if !d.fits(m[1], ref) {
			return
		}
		d.Python = m[1]
		if d.Base = "python:" + m[1] + "-slim-" + m[2]; strings.HasPrefix(m[2], "alpine") {
			d.Base = "python:" + m[1] + "-" + m[2]
		}
		tell("the image needs no uv and stands on " + d.Base)
		return
	}
	if strings.HasPrefix(ref, "ghcr.io/astral-sh/uv:") {
		tell("the image needs no uv and stands on python:X-slim; requires-python or .python-version names the Python")
		return
	}
	switch _, err := reference.ParseNormalizedNamed(ref); {
	case err != nil || ref == "scratch":
		tell("the image stands on python:X-slim; base names another")
		return
	case conda.MatchString(ref):
		tell("Moult installs no packages of conda's: the image stands on python:X-slim; name what environment.yml has as requirements of the project, and libraries under apt.run")
		return
	case redHat.MatchString(ref):
		tell(`the image stands on python:X-slim; base = "` + ref + `" keeps it, with its Python under dnf.run, or python = {version = "...", from = "..."}`)
		return
	}
	d.Base = ref
	if m := otherPython.FindStringSubmatch(ref); m != nil {
		d.Python = m[2]
		if strings.HasSuffix(m[1], "/library/python") && strings.HasPrefix(m[3], "-slim") {
			d.Builder = m[1] + ":" + m[2] + strings.TrimPrefix(m[3], "-slim")
		}
	}
}

// fits reports whether the project can be built for the Python of a base.
func (d *dockerfile) fits(minor, ref string) bool {
	why := ""
	switch {
	case !d.project.allows(minor):
		why = "the project does not allow Python " + minor + ", so that the image has one that fits"
	case !slices.ContainsFunc(project.Releases, func(r project.Release) bool { return r.Minor == minor }):
		why = "Moult does not build for Python " + minor + ", so that the image has one that fits the project"
	}
	if why != "" {
		d.note(nil, "FROM "+ref, why)
	}
	return why == ""
}

// bareBase finds the Python that the Dockerfile installs into a base without
// one.
func (d *dockerfile) bareBase(chain []*instructions.Stage) {
	ref := d.expand(chain[0].BaseName, d.args)
	m := bareImage.FindStringSubmatch(ref)
	if m == nil {
		return
	}
	d.bare = true
	for _, s := range chain {
		for _, c := range s.Commands {
			run, ok := c.(*instructions.RunCommand)
			if !ok {
				continue
			}
			for _, word := range strings.Fields(strings.Join(run.CmdLine, " ")) {
				if found := debName.FindStringSubmatch(word); found != nil {
					d.Python = found[1]
				}
			}
		}
	}
	d.release = releaseOf(m[1], m[2])
}

// distribution describes a release of a distribution: python is its own Python,
// suite the distribution of the official Python image whose C library is not
// newer.
type distribution struct{ python, suite string }

// releaseOf returns the release in an image's tag.
func releaseOf(name, tag string) distribution {
	if name == "alpine" {
		return distribution{"3.12", "alpine"}
	}
	for _, r := range []struct {
		pattern string
		is      distribution
	}{
		{`20\.04|focal`, distribution{"3.8", "bullseye"}},
		{`22\.04|jammy`, distribution{"3.10", "bullseye"}},
		{`24\.04|noble`, distribution{"3.12", "bookworm"}},
		{`bullseye`, distribution{"3.9", "bullseye"}},
		{`bookworm`, distribution{"3.11", "bookworm"}},
		{`trixie`, distribution{"3.13", "trixie"}},
	} {
		if regexp.MustCompile(r.pattern).MatchString(tag) {
			return r.is
		}
	}
	number := regexp.MustCompile(`^(\d+)`).FindString(tag)
	switch {
	case name == "debian" && number == "11":
		return distribution{"3.9", "bullseye"}
	case name == "debian" && number == "12":
		return distribution{"3.11", "bookworm"}
	case name == "debian" && number == "13":
		return distribution{"3.13", "trixie"}
	case name == "ubuntu" && (number == "25" || number == "26"):
		return distribution{"3.13", "trixie"}
	case strings.HasPrefix(tag, "alpine"), strings.HasSuffix(tag, "-alpine"), strings.Contains(tag, "-alpine3"):
		return distribution{"3.12", "alpine"}
	case name == "ubuntu", name != "cuda":
		return distribution{"3.12", "bookworm"}
	}
	return distribution{"3.12", "bullseye"}
}

// python decides on the origin of the Python for a base without one.
func (d *dockerfile) python() {
	if !d.bare {
		return
	}
	guessed := d.Python == ""
	d.Python = cmp.Or(d.project.python(), d.Python, d.release.python)
	for minor := 7; !d.project.allows(d.Python) && minor <= 15; minor++ {
		d.Python = fmt.Sprintf("3.%d", minor)
	}
	suite := "-slim-" + d.release.suite
	if d.release.suite == "alpine" {
		suite = "-alpine"
	}
	d.PythonFrom = "python:" + d.Python + suite
	why := "the base has no Python: python.from adds that of " + d.PythonFrom
	if guessed {
		why += "; another version goes into both places"
	}
	d.note(nil, "FROM "+d.Base, why)
}
