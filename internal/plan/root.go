package plan

import "github.com/moult-build/moult/internal/project"

// Root says on which root file system a step of the image runs.
type Root string

const (
	// RootImage is the image with all that came before the step.
	RootImage Root = "image"
	// RootBase is a root file system of the step's own: the base with the
	// layers that have nothing to do with the application, the files of the
	// application that the step names as its inputs, and the outputs of the
	// steps before it. What else changes does not run the step again.
	RootBase Root = "base"
	// RootBuilder is the same on the builder.
	RootBuilder Root = "builder"
)

// rootOf chooses the root file system of a step of the image.
func rootOf(s project.Step) Root {
	switch {
	case s.InBuilder:
		return RootBuilder
	case s.Inputs != nil:
		return RootBase
	default:
		return RootImage
	}
}

// RootLayers are the layers that are put on the base or the builder for a step
// with RootBase or RootBuilder, in order. A step that does not name its inputs
// gets the whole application.
func (p *Plan) RootLayers(s Step) []Layer {
	var all, app []Layer
	for _, l := range p.Layers {
		switch l.Kind {
		case LayerSystem, LayerAppBytecode, LayerStep:
			// The base has its packages; nobody needs the bytecode; what the
			// steps before left comes after the inputs.
		case LayerApp:
			if s.Inputs == nil {
				app = append(app, l)
			}
		case LayerPackages:
			if l, ok := p.layerExcluding(l, s.ExcludePackages); ok {
				all = append(all, l)
			}
		default:
			all = append(all, l)
		}
	}
	return append(all, app...)
}
