package check

import (
	"bytes"
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/check/libraries"
	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/source"
)

// Libraries reports shared libraries that packages need and an image does not
// have. positions are the lines that ask for packages, by their names.
func Libraries(needs []libraries.Need, env environment.Environment, positions map[string]source.Pos) []Finding {
	var packages []string
	missing := map[string][]string{}
	for _, n := range needs {
		if missing[n.Package] == nil {
			packages = append(packages, n.Package)
		}
		missing[n.Package] = append(missing[n.Package], n.Library)
	}
	var found []Finding
	for _, name := range packages {
		f := Finding{Rule: MissingLibrary, Pos: positions[name],
			Msg: fmt.Sprintf("%s needs %s, which the image does not have", name, enumerate(missing[name], 6))}
		var debian []string
		for _, library := range missing[name] {
			if p := DebianPackage(library, env.Distribution); p != "" && !slices.Contains(debian, quoted(p)) {
				debian = append(debian, quoted(p))
			}
		}
		switch {
		case len(debian) > 0:
			f.Hint = fmt.Sprintf("write apt.run = [%s] under [tool.moult]", strings.Join(debian, ", "))
		case env.Distribution.IsDebian():
			f.Hint = "add the Debian package that has it to apt.run under [tool.moult]"
		}
		found = append(found, f)
	}
	return found
}

//go:embed libraries.txt
var debianLibraries []byte

// DebianPackage returns the Debian or Ubuntu package that has a shared library;
// "" if it is not known or the distribution is another one.
func DebianPackage(library string, d environment.Distribution) string {
	if !d.IsDebian() {
		return ""
	}
	for line := range bytes.Lines(debianLibraries) {
		fields := strings.Fields(string(line))
		if len(fields) < 2 || fields[0] != library || fields[0] == "#" {
			continue
		}
		if len(fields) > 2 && d.Time64() {
			return fields[2]
		}
		return fields[1]
	}
	return ""
}
