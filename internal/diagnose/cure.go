package diagnose

import (
	"bytes"
	_ "embed"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/source/regex"
)

//go:embed cures.txt
var cures []byte

//go:embed elsewhere.txt
var elsewhere []byte

// Missing is a file or a program that a build did not find.
type Missing struct {
	// Kind is "header", "library", "module" (of pkg-config) or "program".
	Kind string
	// Name is its name for this kind: "libpq-fe.h", "pq", "libpq", "pg_config".
	Name string
	// Package is the Debian package that has it; "" if it is not known.
	Package string
}

// messages are those of compilers, linkers and build scripts. The named group
// is the kind of the missing thing, and matches its name.
var messages = []*regex.Regexp{
	// gcc and clang
	regex.New(`(?m)fatal error: (?P<header>[\w./+-]+): No such file or directory`),
	regex.New(`(?m)fatal error: '(?P<header>[\w./+-]+)' file not found`),
	// ld, lld
	regex.New(`(?m)cannot find -l(?P<library>[\w.+-]+)`),
	regex.New(`(?m)unable to find library -l(?P<library>[\w.+-]+)`),
	// pkg-config and pkgconf, meson, the build script of mysqlclient
	regex.New(`(?m)No package '(?P<module>[\w.+-]+)' found`),
	regex.New(`(?m)Package (?P<module>[\w.+-]+) was not found in the pkg-config search path`),
	regex.New(`(?m)Package '(?P<module>[\w.+-]+)'(?:, required by '[^']*',)? not found`),
	regex.New(`(?m)Dependency "(?P<module>[\w.+-]+)" not found`),
	regex.New(`(?m)Dependency (?P<module>[\w.+-]+) found: NO`),
	regex.New(`(?m)pkg-config --exists (?P<module>mysqlclient)`),
	regex.New(`(?m)error: (?P<module>[\w.+-]+) is not installed or not in path`),
	regex.New(`(?m)pkg-config error: (?P<module>[\w.+-]+)`),
	// setuptools, distutils, shells, Python, make, meson, cmake
	regex.New(`(?m)error: command '(?:[\w./-]*/)?(?P<program>[\w.+-]+)' failed: No such file or directory`),
	regex.New(`(?m)unable to execute '(?:[\w./-]*/)?(?P<program>[\w.+-]+)'`),
	regex.New(`(?m)Error: (?P<program>pg_config|mysql_config|[\w]+-config) executable not found`),
	regex.New(`(?m)\b(?P<program>[\w.+-]+): (?:command )?not found\s*$`),
	regex.New(`(?m)No such file or directory: '(?:[\w./-]*/)?(?P<program>[\w.+-]+)'`),
	regex.New(`(?m)Could not run (?P<program>[\w]+-config)`),
	regex.New(`(?m)Unknown compiler\(s\): \[\['?(?P<program>[\w.+-]+)'`),
	regex.New(`(?m)(?:Cannot find|Could not find|can't find) (?P<program>cmake|ninja|cargo|swig|make|gcc|pkg-config) (?:executable|program)`),
	regex.New(`(?m)Did not find (?P<program>pkg-config|cmake|ninja)\b`),
	regex.New(`(?m)(?P<program>[Cc]argo), the Rust package manager, is not installed`),
	regex.New(`(?m)(?P<program>CMake) (?:must be installed|is not installed|is required)`),
}

// phrases are messages that do not contain the name of the missing thing.
var phrases = []struct {
	text string
	what Missing
}{
	{"can't find Rust compiler", Missing{Kind: "program", Name: "cargo"}},
	{"Cannot find a suitable Rust compiler", Missing{Kind: "program", Name: "cargo"}},
	{"Problem with the CMake installation", Missing{Kind: "program", Name: "cmake"}},
	{"make sure the libxml2 and libxslt development packages are installed", Missing{Kind: "module", Name: "libxml-2.0"}},
	{"make sure the libxml2 and libxslt development packages are installed", Missing{Kind: "module", Name: "libxslt"}},
	{"Can not find valid pkg-config name", Missing{Kind: "module", Name: "mysqlclient"}},
	{"The headers or library files could not be found for jpeg", Missing{Kind: "header", Name: "jpeglib.h"}},
	{"The headers or library files could not be found for zlib", Missing{Kind: "header", Name: "zlib.h"}},
	{"GDAL API version must be specified", Missing{Kind: "program", Name: "gdal-config"}},
	{"No MPI compiler", Missing{Kind: "program", Name: "mpicc", Package: "libopenmpi-dev"}},
	{"no acceptable C compiler found in", Missing{Kind: "program", Name: "gcc"}},
	{"Broken toolchain: cannot link a simple C program", Missing{Kind: "program", Name: "gcc"}},
}

// lookedFor are programs that build scripts try and do not need. They count
// only if nothing else is missing.
var lookedFor = []string{"git", "pkg-config", "ld", "ldconfig", "uname", "hg", "svn", "lsb_release"}

// Miss finds in the output of a build what the build did not find. The most
// probable cause comes first.
func Miss(output string) []Missing {
	var found []Missing
	add := func(m Missing) {
		m.Name = strings.TrimSuffix(m.Name, ".")
		if m.Kind == "program" {
			m.Name = strings.ReplaceAll(strings.ReplaceAll(m.Name, "CMake", "cmake"), "Cargo", "cargo")
		}
		if m.Package == "" {
			m.Package = packageOf(m)
		}
		// If no Debian package is known for a program or a module, it is more often a
		// consequence than the cause.
		if m.Package == "" && m.Kind != "header" && m.Kind != "library" || slices.Contains(found, m) {
			return
		}
		found = append(found, m)
	}
	for _, p := range phrases {
		if strings.Contains(output, p.text) {
			add(p.what)
		}
	}
	for _, re := range messages {
		for _, m := range re.FindAllStringSubmatch(output, -1) {
			for n, kind := range re.SubexpNames() {
				if kind != "" {
					add(Missing{Kind: kind, Name: m[n]})
				}
			}
		}
	}
	byChance := func(m Missing) bool { return slices.Contains(lookedFor, m.Name) }
	if slices.ContainsFunc(found, func(m Missing) bool { return !byChance(m) }) {
		found = slices.DeleteFunc(found, byChance)
	}
	return found
}

// packageOf finds the Debian package in the list; "" if there is none. For a
// header, the end of its path must match.
func packageOf(m Missing) string {
	best, known := "", ""
	for line := range bytes.Lines(cures) {
		f := strings.Fields(string(line))
		if len(f) != 3 || f[0] != m.Kind {
			continue
		}
		if f[1] == m.Name {
			return f[2]
		}
		if m.Kind != "header" {
			continue
		}
		if strings.HasSuffix(m.Name, "/"+f[1]) && len(f[1]) > len(best) {
			best, known = f[1], f[2]
		}
		// Headers in one folder usually belong to one package.
		if dir := path.Dir(f[1]); dir != "." && path.Dir(m.Name) == dir && best == "" {
			known = f[2]
		}
	}
	return known
}

// cure says in one sentence what a failed build misses, and what to write for a
// builder with a kind of package manager; "" if nothing is missing.
func cure(found []Missing, manager string) string {
	if len(found) == 0 {
		return ""
	}
	var what, packages []string
	for _, m := range found {
		what = append(what, m.what())
		if name := nameFor(m.Package, manager); name != "" && !slices.Contains(packages, `"`+name+`"`) {
			packages = append(packages, `"`+name+`"`)
		}
	}
	if len(what) > 3 {
		what = append(what[:3], "...")
	}
	if len(packages) == 0 {
		return fmt.Sprintf("%s is missing: add the %s package that has it to %s.build under [tool.moult]", strings.Join(what, ", "), families[manager], manager)
	}
	return fmt.Sprintf("%s is missing: write %s.build = [%s] under [tool.moult]", strings.Join(what, ", "), manager, strings.Join(packages, ", "))
}

// families are the names of distributions by the kind of package manager.
var families = map[string]string{environment.Apt: "Debian", environment.Apk: "Alpine", environment.Dnf: "Red Hat"}

// nameFor returns the name that a Debian package has for a kind of package
// manager; "" if it is not known.
func nameFor(debian, manager string) string {
	if manager == environment.Apt {
		return debian
	}
	for line := range bytes.Lines(elsewhere) {
		f := strings.Fields(string(line))
		if len(f) != 3 || f[0] != debian || strings.HasPrefix(f[0], "#") {
			continue
		}
		name := f[1]
		if manager == environment.Dnf {
			name = f[2]
		}
		if name != "-" {
			return name
		}
	}
	return ""
}

func (m Missing) what() string {
	switch m.Kind {
	case "library":
		return "the library " + m.Name
	case "program":
		return "the program " + m.Name
	}
	return m.Name
}
