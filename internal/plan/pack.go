package plan

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
)

// The number of layers is limited: registries and runtimes support about
// 127, and each layer costs a request at every pull. With the layers of the
// base, the application and the steps the image stays below 60.
const (
	// maxAlone is the number of packages with a layer of their own.
	maxAlone = 34
	// shared is the number of shared layers for the other packages. tinies is
	// the number of these that hold only tiny packages, so that an upgrade of a
	// tiny package does not push a package of thirty times its size.
	shared, tinies = 14, 4
	// smallest is the minimum size, in bytes, for a layer of its own.
	smallest = 256 << 10
	// tiny is the size, in bytes, below which a package is tiny.
	tiny = 48 << 10
)

// pack assigns packages to layers so that a package does not move when
// another one is added, removed or changed. A large package has a layer of
// its own; a hash of its name assigns a small one to a shared layer for its
// size. If there are more large packages than layers for them, the largest
// have their own; then a package that is added or removed moves one other
// package, the smallest with its own layer.
//
// Packages must be sorted by name. The layers have a fixed order: those of a
// single package as pip would install them, then the shared ones. If two
// packages have the same file, the image has that of the later layer.
func pack(packages []Package, order map[string]int) []Layer {
	alone := alone(packages)
	var layers []Layer
	var buckets [shared]Layer
	for _, p := range packages {
		if alone[p.Name] {
			layers = append(layers, Layer{ID: "packages/" + p.Name, Kind: LayerPackages, Packages: []string{p.Name}, Size: p.Size})
			continue
		}
		number := bucket(p)
		b := &buckets[number]
		b.ID, b.Kind = fmt.Sprintf("packages/shared-%02d", number), LayerPackages
		b.Packages = append(b.Packages, p.Name)
		b.Size += p.Size
	}
	// pip installs a package after those that it requires, and otherwise against
	// the order of their names.
	slices.SortStableFunc(layers, func(a, b Layer) int {
		return cmp.Or(cmp.Compare(order[a.Packages[0]], order[b.Packages[0]]), -cmp.Compare(a.Packages[0], b.Packages[0]))
	})
	for _, b := range buckets {
		if len(b.Packages) > 0 {
			layers = append(layers, b)
		}
	}
	return layers
}

// alone returns the packages with a layer of their own: those built from the
// project's own sources, which change most often, and then the largest.
func alone(packages []Package) map[string]bool {
	var large []Package
	for _, p := range packages {
		if p.BuiltFrom() != "" || p.Size >= smallest {
			large = append(large, p)
		}
	}
	slices.SortFunc(large, func(a, b Package) int {
		return cmp.Or(
			-cmp.Compare(btoi(a.BuiltFrom() != ""), btoi(b.BuiltFrom() != "")),
			-cmp.Compare(a.Size, b.Size),
			cmp.Compare(a.Name, b.Name))
	})
	names := map[string]bool{}
	for _, p := range large[:min(len(large), maxAlone)] {
		names[p.Name] = true
	}
	return names
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// bucket is the shared layer of a package. A size of 0 is unknown.
func bucket(p Package) int {
	h := fnv.New32a()
	h.Write([]byte(p.Name))
	if p.Size > 0 && p.Size < tiny {
		return int(h.Sum32() % tinies)
	}
	return tinies + int(h.Sum32()%(shared-tinies))
}

// sortPackages sorts packages in the order that later code depends on.
func sortPackages(packages []Package) {
	slices.SortFunc(packages, func(a, b Package) int { return cmp.Compare(a.Name, b.Name) })
}
