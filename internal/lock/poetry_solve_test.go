package lock

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/hostile"
	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep508"
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

// Half of the packages need an older version of one, in both of their own versions,
// and half a newer one, so that no choice fits.
func TestAPoetryLockThatContradictsItselfIsRefusedSoon(t *testing.T) {
	const packages = 150
	var b strings.Builder
	entry := func(name, version string, needs ...string) {
		fmt.Fprintf(&b, "[[package]]\nname = %q\nversion = %q\ndescription = \"\"\noptional = false\npython-versions = \"*\"\nfiles = [{file = \"%s-%s-py3-none-any.whl\", hash = \"sha256:%s\"}]\n", name, version, name, version, sha)
		if len(needs) > 0 {
			fmt.Fprintf(&b, "[package.dependencies]\n%s\n", strings.Join(needs, "\n"))
		}
		b.WriteString("\n")
	}
	name := func(n int) string { return fmt.Sprintf("p%d", n%packages) }
	entry("x", "1.0")
	entry("x", "2.0")
	for n := range packages {
		needs := []string{[]string{`x = "<2"`, `x = ">=2"`}[n%2]}
		for k := range 10 {
			needs = append(needs, name(n+k+1)+` = "*"`)
		}
		entry(name(n), "1.0", needs...)
		entry(name(n), "2.0", needs...)
	}
	b.WriteString("[metadata]\nlock-version = \"2.0\"\npython-versions = \"^3.9\"\ncontent-hash = \"0\"\n")
	l, err := Read(&source.File{Name: "poetry.lock", Data: []byte(b.String())}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	p := &Project{Name: "demo"}
	for n := range packages {
		r, err := pep508.ParseRequirement(name(n))
		if err != nil {
			t.Fatal(err)
		}
		p.Main = append(p.Main, Requirement{Requirement: r})
	}
	// Half a second on a quiet machine, and half a minute without the bound on tries.
	hostile.Bounded(t, func() {
		_, err := Select(l, Selection{Member: "demo", Project: p}, linux("3.13.1", "x86_64"))
		if err == nil || !strings.Contains(err.Error(), "the lock gives x twice for this environment") {
			t.Errorf("got %v", err)
		}
	})
}
