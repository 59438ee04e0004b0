package plan

import (
	"cmp"
	"hash/fnv"
	"slices"
)

// Layers are an image's scarce good: registries and runtimes bear about 127,
// and each costs a request at every pull. With the base's own, the
// application's and the steps' the image stays below 60.
const (
	// maxAlone is how many packages get a layer of their own.
	maxAlone = 32
	// shared is how many layers the other packages are spread over.
	shared = 12
	// smallest is the least size, in bytes, that is worth a layer.
	smallest = 256 << 10
)

// pack spreads packages over layers so that a package does not move when
// another one comes, goes or changes: a large package stands alone, a small
// one in the shared layer that its name hashes to. What counts as large
// doubles until no more than maxAlone packages are; only a project that
// crosses that bound sees packages move.
//
// Packages must be sorted by name. Layers come out in a fixed order: those of
// a single large package by its name, then the shared ones.
func pack(packages []Package) []Layer {
	threshold := int64(smallest)
	for count(packages, threshold) > maxAlone {
		threshold *= 2
	}
	var alone []Layer
	var buckets [shared]Layer
	for _, p := range packages {
		if large(p, threshold) && len(alone) < maxAlone {
			alone = append(alone, Layer{Packages: []string{p.Name}, Size: p.Size})
			continue
		}
		b := &buckets[bucket(p.Name)]
		b.Packages = append(b.Packages, p.Name)
		b.Size += p.Size
	}
	layers := alone
	for _, b := range buckets {
		if len(b.Packages) > 0 {
			layers = append(layers, b)
		}
	}
	return layers
}

// large reports whether a package gets a layer of its own: by its size, or
// because it is built from the project's own sources, which change most.
func large(p Package, threshold int64) bool {
	return p.Built != "" || p.Size >= threshold
}

func count(packages []Package, threshold int64) int {
	n := 0
	for _, p := range packages {
		if p.Built == "" && p.Size >= threshold {
			n++
		}
	}
	return n
}

func bucket(name string) int {
	h := fnv.New32a()
	h.Write([]byte(name))
	return int(h.Sum32() % shared)
}

// sortPackages puts packages in the order everything after depends on.
func sortPackages(packages []Package) {
	slices.SortFunc(packages, func(a, b Package) int { return cmp.Compare(a.Name, b.Name) })
}
