package plan

import "github.com/moult-build/moult/internal/project"

// Root says on which root file system a step of the image runs.
type Root string

const (
	// RootImage is the image with all that came before the step.
	RootImage Root = "image"
	// RootBase is a root file system for this step only: the base with the
	// layers that do not depend on the application, the files of the application
	// that are the step's inputs, and the outputs of the steps before it. Other
	// changes do not run the step again.
	RootBase Root = "base"
	// RootBuilder is the same with the builder instead of the base.
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

// RootLayers are the layers that are merged onto the base or the builder for a
// step with RootBase or RootBuilder, in order. A step without inputs gets the
// whole application.
func (p *Plan) RootLayers(s Step) []Layer {
	var all, app []Layer
	for _, l := range p.Layers {
		switch l.Kind {
		case LayerSystem, LayerAppBytecode, LayerFilesBytecode, LayerStep:
			// The base already has its packages, the step does not need the bytecode,
			// and the results of earlier steps come after the inputs.
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
