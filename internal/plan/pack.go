package plan

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
)

// Layers are an image's scarce good: registries and runtimes bear about 127,
// and each costs a request at every pull. With the base's own, the
// application's and the steps' the image stays below 60.
const (
	// maxAlone is how many packages get a layer of their own.
	maxAlone = 34
	// shared is how many layers the other packages are spread over, and tinies
	// how many of these hold tiny packages alone: an upgrade of one of them
	// is not to carry the weight of one thirty times its size.
	shared, tinies = 14, 4
	// smallest is the least size, in bytes, that is worth a layer.
	smallest = 256 << 10
	// tiny is the size, in bytes, below which a package is tiny.
	tiny = 48 << 10
)

// pack spreads packages over layers so that a package does not move when
// another one comes, goes or changes: a large package stands alone, a small
// one in the shared layer that its name hashes to, among those for its size.
// Where there are more large packages than layers for them, the largest stand
// alone; then one that comes or goes moves one other package, the one at the
// bound.
//
// Packages must be sorted by name. Layers come out in a fixed order: those of
// a single package by its name, then the shared ones.
func pack(packages []Package) []Layer {
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
	for _, b := range buckets {
		if len(b.Packages) > 0 {
			layers = append(layers, b)
		}
	}
	return layers
}

// alone gives the packages with a layer of their own: those built from the
// project's own sources, which change most, and then the largest.
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

// sortPackages puts packages in the order everything after depends on.
func sortPackages(packages []Package) {
	slices.SortFunc(packages, func(a, b Package) int { return cmp.Compare(a.Name, b.Name) })
}
