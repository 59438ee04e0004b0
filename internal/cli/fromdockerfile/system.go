package fromdockerfile

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// compilerPackages matches packages that are needed only for a build.
var compilerPackages = regexp.MustCompile(`-dev$|-devel$|^(gcc|g\+\+|make|cmake|build-essential|build-base|musl-dev|pkg-config|pkgconf|cargo|rustc|rust|git|gfortran|clang|llvm|swig|autoconf|automake|libtool|patch|ninja-build|python3-dev|linux-headers)$`)

// debianPython matches the packages of Debian's own Python, which python.from
// replaces.
var debianPython = regexp.MustCompile(`^(python-is-python3|software-properties-common|python3?(\.\d+)?(-(pip|venv|dev|distutils|full|minimal|setuptools|wheel))?|py3-(pip|virtualenv|setuptools|wheel))$`)

// packageFile says what to write instead of the installation of a package file.
const packageFile = `a package file: write it as {url = "...", sha256 = "..."} under apt.run`

// systemPackages reads apt-get install and similar commands.
func (d *dockerfile) systemPackages(words []string, builder bool, note func(string)) {
	manager := words[0]
	var verb string
	var names []string
	skip, suite := false, ""
	for n, w := range words[1:] {
		switch {
		case skip:
			skip = false
		case (w == "-t" || w == "--target-release") && manager != "apk" && len(words) > n+2:
			skip, suite = true, d.expand(words[n+2], d.vars)
		case strings.HasPrefix(w, "--target-release="):
			suite = d.expand(strings.TrimPrefix(w, "--target-release="), d.vars)
		case w == "-t" || w == "-o" || w == "--repository" || w == "-X" || w == "--virtual":
			skip = true
		case strings.HasPrefix(w, "-"):
		case verb == "":
			verb = w
		case manager == "apk" && strings.HasPrefix(w, "."):
			// the name of a group of packages that apk removes later
		case debFile(w):
			note(packageFile)
		default:
			names = append(names, d.expand(w, d.vars))
		}
	}
	if verb != "install" && verb != "add" {
		return // updates and cleaning, which Moult does
	}
	if manager == "dnf" || manager == "microdnf" || manager == "yum" {
		note("name the packages under [tool.moult.dnf]")
		return
	}
	for _, name := range names {
		plain := name
		if strings.Contains(name, "=") {
			plain = strings.TrimSuffix(name, "*") // apt's curl=8.*
		}
		if strings.ContainsAny(plain, "$`*/>|&") {
			note("name the package " + name + " under [tool.moult.apt]")
			continue
		}
		if d.bare && debianPython.MatchString(name) {
			continue
		}
		// A version says more than a suite, and apt takes only one of both.
		if suite != "" && !strings.ContainsAny(suite, "$`") && !strings.Contains(name, "=") {
			name += "/" + suite
			if len(names) > 1 {
				note("-t only prefers " + suite + ", and " + name + " takes the package from nowhere else: leave /" + suite + " out where it does not have the package")
			}
		}
		build := builder || compilerPackages.MatchString(plainName(name))
		if plainName(name) == "git" && build && !builder {
			d.gitForBuilds = append(d.gitForBuilds, func() {
				note("git is for the builds of packages alone; write it into " + strings.TrimSuffix(manager, "-get") + ".run where the program starts git")
			})
		}
		switch {
		case manager == "apk" && build:
			d.ApkBuild = append(d.ApkBuild, name)
		case manager == "apk":
			d.ApkRun = append(d.ApkRun, name)
		case build:
			d.AptBuild = append(d.AptBuild, name)
		default:
			d.AptRun = append(d.AptRun, name)
		}
	}
}

// later adds an incomplete part of the build file as a comment.
func (d *dockerfile) later(at []parser.Range, why string, lines []string) {
	head := d.name
	if len(at) > 0 {
		head = fmt.Sprintf("%s:%d", d.name, at[0].Start.Line)
	}
	d.Comments = append(d.Comments, append([]string{head + ": " + why}, lines...))
}

// plainName is the name of a package without its version and suite.
func plainName(name string) string {
	name, _, _ = strings.Cut(name, "=")
	name, _, _ = strings.Cut(name, "/")
	return name
}
