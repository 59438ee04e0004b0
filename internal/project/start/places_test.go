package start

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// A source of the largest size has more than ten thousand imports, and each may be
// a module of each folder above.
func TestImportsThatTheProjectHasNotCostNothing(t *testing.T) {
	files := tree(needs + "]\n")
	var all strings.Builder
	for n := range 5000 {
		fmt.Fprintf(&all, "import a%d.b%d\n", n%2000, n)
	}
	for n := range 10 {
		files[fmt.Sprintf("a%d/b/f%d.py", n, n)] = file(all.String())
	}
	f := &finder{in: input(t, files), dir: ".", looked: map[string]*module{}}
	f.p = f.in.Project
	if _, err := f.sources(); err != nil {
		t.Fatal(err)
	}
	for _, s := range f.all {
		if _, err := f.look(s.Name); err != nil {
			t.Fatal(err)
		}
	}
	allocations := testing.AllocsPerRun(1, func() {
		f.importers = nil
		if err := f.readImporters(); err != nil {
			t.Fatal(err)
		}
	})
	if allocations > 2000 {
		t.Errorf("%v allocations for %d imports", allocations, 10*5000)
	}
}

func TestTheModulesThatAFileReaches(t *testing.T) {
	f := &finder{in: input(t, tree(needs+"]\n-- a/b/c.py --\n-- a/b/__init__.py --\n-- a/x.py --\n-- x.py --\n")), dir: "."}
	if _, err := f.sources(); err != nil {
		t.Fatal(err)
	}
	for imported, want := range map[string][]string{
		"x":       {"a/x", "x"},
		"a.b.c.f": {"a", "a/b", "a/b/c"},
		"b.c":     {"a/b", "a/b/c"},
		".c":      {"a/b/c"},
		"..x.y":   {"a/x"},
		"....x":   {"x"},
		".":       nil,
		"":        nil,
		"os.path": nil,
	} {
		var got []string
		f.places().reached(foldersAbove("a/b/c.py"), imported, func(at string) { got = append(got, at) })
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", imported, got, want)
		}
	}
}
