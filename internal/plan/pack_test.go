package plan

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// someProject makes n packages with sizes as real projects have them: many
// small ones, few large ones.
func someProject(n int) []Package {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	packages := make([]Package, n)
	for i := range packages {
		packages[i] = Package{
			Name: fmt.Sprintf("package-%03d", i),
			Size: int64(1000 * (1 + r.ExpFloat64()*300)),
		}
	}
	return packages
}

// changed counts the layers of after that are not among before.
func changed(before, after []Layer) int {
	n := 0
	for _, l := range after {
		if !slices.ContainsFunc(before, func(o Layer) bool { return slices.Equal(l.Packages, o.Packages) }) {
			n++
		}
	}
	return n
}

func TestEveryPackageIsInOneLayer(t *testing.T) {
	for _, n := range []int{0, 1, 5, 90, 400, 2000} {
		packages := someProject(n)
		layers := pack(packages, nil)
		if len(layers) > maxAlone+shared {
			t.Errorf("%d packages give %d layers", n, len(layers))
		}
		var placed []string
		for _, l := range layers {
			placed = append(placed, l.Packages...)
		}
		slices.Sort(placed)
		if len(placed) != n || len(slices.Compact(placed)) != n {
			t.Errorf("%d packages, but %d are placed", n, len(placed))
		}
	}
}

// Below the bound on large packages a change stays in its own layer; above it
// one other package may move, out of a layer of its own or into one.
func TestAChangeOfOnePackageStaysInItsLayer(t *testing.T) {
	for _, c := range []struct{ packages, most int }{{5, 1}, {40, 1}, {90, 3}, {400, 3}} {
		packages := someProject(c.packages)
		before := pack(packages, nil)
		for i := range packages {
			without := slices.Delete(slices.Clone(packages), i, i+1)
			if n := changed(before, pack(without, nil)); n > c.most {
				t.Errorf("%d packages: removing %s changed %d layers", c.packages, packages[i].Name, n)
			}
			added := append(slices.Clone(packages), Package{Name: fmt.Sprintf("new-%d", i), Size: int64(i) * 20_000})
			sortPackages(added)
			if n := changed(before, pack(added, nil)); n > c.most {
				t.Errorf("%d packages: adding %s changed %d layers", c.packages, fmt.Sprintf("new-%d", i), n)
			}
			upgraded := slices.Clone(packages)
			upgraded[i].Size += upgraded[i].Size / 50
			if n := changed(before, pack(upgraded, nil)); n > c.most {
				t.Errorf("%d packages: upgrading %s changed %d layers", c.packages, packages[i].Name, n)
			}
		}
	}
}

func TestWhatIsBuiltHereStandsAlone(t *testing.T) {
	layers := pack([]Package{{Name: "a", Size: 10}, {Name: "app", Origin: Built{Source: "app"}}, {Name: "b", Size: 10}}, nil)
	if !slices.Equal(layers[0].Packages, []string{"app"}) {
		t.Errorf("the first layer is %v", layers[0].Packages)
	}
}

func TestTinyPackagesKeepToThemselves(t *testing.T) {
	packages := someProject(300)
	packages[7].Size = 0
	for _, l := range pack(packages, nil) {
		var small, large bool
		for _, name := range l.Packages {
			p := packages[slices.IndexFunc(packages, func(p Package) bool { return p.Name == name })]
			if p.Size > 0 && p.Size < tiny {
				small = true
			} else {
				large = true
			}
		}
		if small && large {
			t.Errorf("a layer holds tiny and other packages: %v", l.Packages)
		}
	}
}

func TestTheLayersOfLargePackagesAreInPipsOrder(t *testing.T) {
	// pip would install them in this order: what others require first, and
	// otherwise against the order of the names.
	want := []string{"opencv-python-headless", "numpy", "opencv-python", "albumentations"}
	var packages []Package
	for _, name := range slices.Sorted(slices.Values(want)) {
		packages = append(packages, Package{Name: name, Size: smallest})
	}
	var got []string
	for _, l := range pack(packages, map[string]int{"opencv-python": 1, "albumentations": 1}) {
		got = append(got, l.Packages...)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
