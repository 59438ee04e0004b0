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

// systemPackages reads apt-get install and similar commands.
func (d *dockerfile) systemPackages(words []string, builder bool, note func(string)) {
	manager := words[0]
	var verb string
	var names []string
	skip := false
	for _, w := range words[1:] {
		switch {
		case skip:
			skip = false
		case w == "-t" || w == "--target-release" || w == "-o" || w == "--repository" || w == "-X" || w == "--virtual":
			skip = true
		case strings.HasPrefix(w, "-"):
		case verb == "":
			verb = w
		case strings.HasPrefix(w, "."):
			// the name of a group of packages that apk removes later
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
		if strings.ContainsAny(name, "$`*/>|&") {
			note("name the package " + name + " under [tool.moult.apt]")
			continue
		}
		if d.bare && debianPython.MatchString(name) {
			continue
		}
		build := builder || compilerPackages.MatchString(name)
		if name == "git" && build && !builder {
			note("git is for the builds of packages alone; write it into " + strings.TrimSuffix(manager, "-get") + ".run where the program starts git")
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

var (
	debLine = regexp.MustCompile(`\bdeb\s+(?:\[[^\]]*\]\s+)?(https?://[^\s"']+)\s+(\S+)((?:\s+[a-z][a-z0-9-]*)*)`)
	keyURL  = regexp.MustCompile(`https?://[^\s"'|;&]*(?:gpg|key|asc|pub)[^\s"'|;&]*`)
	// ofRepository recognises the commands that add one.
	ofRepository = regexp.MustCompile(`keyring|sources\.list|gpg|apt-key|^chmod a\+r`)
)

// repositories finds the package repositories that a RUN adds. A key needs a
// digest, which the Dockerfile does not have. So the repositories are written
// as comments.
func (d *dockerfile) repositories(text string, at []parser.Range) bool {
	text = strings.ReplaceAll(text, "\\\n", " ")
	key := ""
	for _, found := range keyURL.FindAllString(text, -1) {
		if !strings.Contains(text, "deb "+found) {
			key = found
			break
		}
	}
	all := debLine.FindAllStringSubmatch(text, -1)
	for _, m := range all {
		c := []string{"[[PREFIXapt.repositories]]", "url = " + quote(m[1])}
		if suite := strings.Trim(m[2], `"'`); !strings.ContainsAny(suite, "$`") {
			c = append(c, "suite = "+quote(suite))
		}
		if parts := strings.Fields(m[3]); len(parts) > 0 && strings.Join(parts, " ") != "main" {
			c = append(c, "components = "+array(parts))
		}
		if key != "" {
			c = append(c, fmt.Sprintf("key = {url = %s, sha256 = \"...\"}", quote(key)))
		}
		d.later(at, "a repository of packages; fill in the digest of its key", c)
		d.note(at, "deb "+m[1], "the build file has it as a comment: fill in the digest of its key")
	}
	return len(all) > 0
}

// later adds an incomplete part of the build file as a comment.
func (d *dockerfile) later(at []parser.Range, why string, lines []string) {
	head := d.name
	if len(at) > 0 {
		head = fmt.Sprintf("%s:%d", d.name, at[0].Start.Line)
	}
	d.Comments = append(d.Comments, append([]string{head + ": " + why}, lines...))
}
