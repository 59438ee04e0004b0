package imports

import (
	"bytes"
	_ "embed"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/check/modules"
)

//go:embed distributions.txt
var distributions []byte

// Distributions are the normalized names of the packages that are known to have
// a module, the usual one first, if they have other names than the module.
func Distributions(module string) []string {
	for line := range bytes.Lines(distributions) {
		fields := strings.Fields(string(line))
		if len(fields) > 1 && fields[0] == module {
			return fields[1:]
		}
	}
	return nil
}

// Likely are the modules that packages of these names probably have. It is for
// callers that look at the packages themselves only if a module is not among
// them. packages are normalized.
func Likely(packages []string) modules.Modules {
	var m modules.Modules
	for _, name := range packages {
		m.Names = append(m.Names, strings.ReplaceAll(name, "-", "_"))
	}
	for line := range bytes.Lines(distributions) {
		fields := strings.Fields(string(line))
		if fields[0] != "#" && slices.ContainsFunc(fields[1:], func(p string) bool { return slices.Contains(packages, p) }) {
			name := strings.ReplaceAll(fields[0], ".", "/")
			m.Names = append(m.Names, name)
			for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
				m.Names = append(m.Names, dir+"/")
			}
		}
	}
	slices.Sort(m.Names)
	m.Names = slices.Compact(m.Names)
	return m
}
