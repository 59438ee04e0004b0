package lock

import (
	"slices"
	"testing"

	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/source"
)

func TestPackagesAreExcludedInOneOrder(t *testing.T) {
	at := func(name, version string, line int) *Package {
		parsed, err := pep440.Parse(version)
		if err != nil {
			t.Fatal(err)
		}
		return &Package{Name: name, Version: version, Parsed: parsed, Pos: source.Pos{Line: line}}
	}
	// By lines, q stands between the two versions of p, of which the newer one is first.
	old, other, newer := at("p", "1.0", 5), at("q", "1.0", 7), at("p", "2.0", 10)
	want := []*Package{newer, old, other}
	for _, list := range [][]*Package{{old, other, newer}, {old, newer, other}, {other, old, newer}, {other, newer, old}, {newer, old, other}, {newer, other, old}} {
		if slices.SortFunc(list, excludedFirst); !slices.Equal(list, want) {
			t.Errorf("%s %s, %s %s, %s %s", list[0].Name, list[0].Version, list[1].Name, list[1].Version, list[2].Name, list[2].Version)
		}
	}
}

func TestALargeLockGetsFewAttempts(t *testing.T) {
	for packages, want := range map[int]int{0: 50, 300: 50, 2_000: 10, 20_000: 1, 400_000: 1} {
		if got := attemptsFor(packages); got != want {
			t.Errorf("%d attempts for %d packages, not %d", got, packages, want)
		}
	}
}
