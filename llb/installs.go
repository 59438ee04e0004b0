package llb

import (
	"cmp"
	"slices"

	bk "github.com/moby/buildkit/client/llb"

	"github.com/moult-build/moult/internal/plan"
)

// Install is a layer that a container makes with an interpreter: a few packages, or
// the bytecode of the standard library.
type Install struct {
	Layer bk.State
	// Wheels are the locked files among its packages, which can be fetched before.
	Wheels []bk.State
	// Built is whether a package of it is built first.
	Built bool
}

// Installs returns the layers of packages and of the standard library that a target has,
// those first that take longest: who takes them in this order has little left to do at
// the end.
func (of *Graph) Installs(target string) []Install {
	of.mu.Lock()
	defer of.mu.Unlock()
	g := of.g
	wheels := g.wheels()
	layers := slices.Clone(g.plan.LayersOf(target))
	slices.SortStableFunc(layers, func(x, y plan.Layer) int { return cmp.Compare(effort(y), effort(x)) })
	var all []Install
	for _, l := range layers {
		if l.Kind != plan.LayerPackages && l.Kind != plan.LayerLibrary {
			continue
		}
		i := Install{Layer: g.layer(l)}
		for _, name := range l.Packages {
			pkg := g.packageNamed(name)
			i.Built = i.Built || pkg.BuiltFrom() != ""
			if pkg.Download() != nil {
				i.Wheels = append(i.Wheels, wheels(pkg))
			}
		}
		all = append(all, i)
	}
	return all
}

// effort says how long a layer takes, by the size of its wheels.
func effort(l plan.Layer) int64 {
	if l.Kind == plan.LayerLibrary {
		return 2 << 20 // as long as a wheel of this size with many modules
	}
	return l.Size
}

// Beside returns what else of the image does not need its packages: the other layers, and
// the base if the distribution's packages are added to it.
func (of *Graph) Beside() []bk.State {
	of.mu.Lock()
	defer of.mu.Unlock()
	var all []bk.State
	if of.g.plan.System != nil {
		all = append(all, of.g.base())
	}
	for _, l := range of.g.plan.Layers {
		switch l.Kind {
		case plan.LayerPackages, plan.LayerLibrary, plan.LayerSystem, plan.LayerStep:
		default:
			all = append(all, of.g.layer(l))
		}
	}
	return all
}
