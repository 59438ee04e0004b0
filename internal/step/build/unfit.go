package build

import (
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/tags"
)

var (
	// unresolved matches pip's messages for a package that it cannot install.
	unresolved = regexp.MustCompile(`(?:No matching distribution found for|Failed building wheel for) ([A-Za-z0-9][A-Za-z0-9._-]*)`)
	// wanted matches pip's messages that have a requirement with a limit.
	wanted = regexp.MustCompile(`(?:No matching distribution found for|Collecting) ([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?((?:[<>=!~]=?=?[^\s(;]+)+)`)
	// skipped is a line of pip's log.
	skipped = regexp.MustCompile(`Skipping link: none of the wheel's tags \([^)]*\) are compatible [^:]*: (\S+\.whl)`)
)

// UnfitWheel is the prefix, in a failed step's output, of the name of a wheel
// that an index has and that does not fit.
const UnfitWheel = "moult: unfit wheel "

// unfitWheels finds in pip's log the wheels of packages that pip could not
// install: those of the newest version that has wheels and that was asked for.
func unfitWheels(output, log string) []string {
	newest := map[string]pep440.Version{}
	files := map[string][]string{}
	for _, m := range unresolved.FindAllStringSubmatch(output, -1) {
		files[pep503.Normalize(strings.TrimRight(m[1], "._-"))] = nil
	}
	limits := map[string][]pep440.SpecifierSet{}
	for _, m := range wanted.FindAllStringSubmatch(output, -1) {
		if set, err := pep440.ParseSpecifierSet(m[2]); err == nil {
			name := pep503.Normalize(m[1])
			limits[name] = append(limits[name], set)
		}
	}
	for line := range strings.Lines(log) {
		m := skipped.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		file, err := url.PathUnescape(path.Base(m[1]))
		if err != nil {
			continue
		}
		w, err := tags.ParseWheelFilename(file)
		if err != nil {
			continue
		}
		of, blamed := files[w.Name]
		if !blamed || slices.ContainsFunc(limits[w.Name], func(s pep440.SpecifierSet) bool { return !s.Contains(w.Version, pep440.PrereleasesAllowed) }) {
			continue
		}
		switch order := w.Version.Compare(newest[w.Name]); {
		case len(of) == 0 || order > 0:
			newest[w.Name], files[w.Name] = w.Version, []string{file}
		case order == 0 && !slices.Contains(of, file):
			files[w.Name] = append(of, file)
		}
	}
	var all []string
	for _, of := range files {
		all = append(all, of...)
	}
	slices.Sort(all)
	return all
}
