package llb

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	bk "github.com/moby/buildkit/client/llb"

	"github.com/moult-build/moult/internal/plan"
)

// Graph is a plan as BuildKit's graph. It encodes each layer and each stage
// once: the image, and everything that is read beside it, take the same states.
// It may be used concurrently.
type Graph struct {
	mu sync.Mutex
	g  *graph
}

// NewGraph returns the graph of a plan. Nothing is encoded before it is needed.
func NewGraph(p *plan.Plan, w World) *Graph { return &Graph{g: newGraph(p, w)} }

// Encoded is a build target as a graph.
type Encoded struct {
	State bk.State
	// Checks are steps without outputs. The result does not depend on them, so
	// they have to be solved separately.
	Checks []bk.State
}

// Target returns the graph of one build target.
func (of *Graph) Target(target string) (Encoded, error) {
	of.mu.Lock()
	defer of.mu.Unlock()
	g := of.g
	g.checks, g.err = nil, nil
	switch target {
	case TargetRuntime, "":
		return g.encoded(g.image()), g.err
	case TargetVenv:
		return g.encoded(g.merge(bk.Scratch(), g.layers(g.plan.LayersOf(target)))), nil
	case TargetWheels:
		return g.encoded(g.collect(g.plan)), nil
	case TargetBuilder:
		if g.plan.Building == nil {
			return Encoded{State: g.Builder}, nil
		}
		return g.encoded(g.builder(g.plan.Building)), nil
	default:
		return Encoded{}, fmt.Errorf("there is no target %q; the targets are %s", target, strings.Join(Targets, ", "))
	}
}

// state returns what a function encodes.
func (of *Graph) state(encode func(g *graph) bk.State) bk.State {
	of.mu.Lock()
	defer of.mu.Unlock()
	return encode(of.g)
}

// encoded is a result with the checks that were met on the way to it.
func (g *graph) encoded(st bk.State) Encoded {
	e := Encoded{State: st}
	for _, check := range g.checks {
		e.Checks = append(e.Checks, *check)
	}
	return e
}

// remembered is an encoded layer or stage.
type remembered struct {
	state bk.State
	// checks are the steps without outputs on the way to the state.
	checks []*bk.State
}

// once encodes a layer or a stage unless it is there.
func (g *graph) once(all map[string]remembered, name string, encode func() bk.State) bk.State {
	r, ok := all[name]
	if !ok {
		before := g.checks
		g.checks = nil
		r.state = encode()
		r.checks, g.checks = g.checks, before
		all[name] = r
	}
	for _, check := range r.checks {
		if !slices.Contains(g.checks, check) {
			g.checks = append(g.checks, check)
		}
	}
	return r.state
}
