package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/source"
)

// The build targets, chosen by --target.
const (
	// TargetRuntime is the image.
	TargetRuntime = "runtime"
	// TargetBuilder is the builder with its packages.
	TargetBuilder = "builder"
	// TargetVenv is only the virtual environment, at its path.
	TargetVenv = "venv"
	// TargetWheels is a folder of all wheels.
	TargetWheels = "wheels"
)

// Targets are all build targets, the default first.
var Targets = []string{TargetRuntime, TargetBuilder, TargetVenv, TargetWheels}

// Layer is one layer of the image.
type Layer struct {
	// ID tells the layers of one image apart.
	ID   string    `json:"id"`
	Kind LayerKind `json:"kind"`
	// Name describes in words how it is made, for the progress and the image's
	// history.
	Name string `json:"name"`
	// Packages are the names of the Python packages in it, sorted.
	Packages []string `json:"packages,omitempty"`
	// Size is the sum of the sizes of their wheels in bytes.
	Size int64 `json:"size,omitempty"`
	// Index is the index of a LayerFiles or a LayerFilesBytecode in the plan's Files, and of a LayerStep
	// in its Steps.
	Index int `json:"index,omitempty"`
	// Pos is the line that asks for it.
	Pos source.Pos `json:"-"`
}

// LayerKind says what is in a layer. All but packages, files and steps are in
// an image at most once, and the field of the plan that describes them has
// the same name.
type LayerKind string

// The kinds of layers, in the order in which an image has them.
const (
	// LayerSystem are the distribution's packages of System.
	LayerSystem LayerKind = "system-packages"
	// LayerPython is the Python of PythonFrom.
	LayerPython LayerKind = "python"
	// LayerLibrary is the bytecode of the standard library.
	LayerLibrary LayerKind = "library-bytecode"
	// LayerSkeleton is the virtual environment without packages.
	LayerSkeleton LayerKind = "virtual-environment"
	// LayerPackages are some of Packages.
	LayerPackages LayerKind = "packages"
	// LayerFiles is one of Files.
	LayerFiles LayerKind = "files"
	// LayerFilesBytecode is the bytecode of one of Files.
	LayerFilesBytecode LayerKind = "files-bytecode"
	// LayerApp is the application, LayerAppBytecode the bytecode of its
	// modules and the modes of its folders.
	LayerApp         LayerKind = "application"
	LayerAppBytecode LayerKind = "application-bytecode"
	// LayerInit is the init process of another image.
	LayerInit LayerKind = "init"
	// LayerAccounts are User and Folders. It comes after all copied files,
	// because it sets the owners of folders.
	LayerAccounts LayerKind = "accounts"
	// LayerStep is what one of Steps writes.
	LayerStep LayerKind = "step"
	// LayerWheels are all wheels, only in the target wheels.
	LayerWheels LayerKind = "wheels"
)

// Layers returns all layers of a plan's image in order. packages are the
// layers of the virtual environment's packages, whose names are not set yet.
func Layers(p *Plan, packages []Layer) []Layer {
	var all []Layer
	add := func(kind LayerKind, pos source.Pos, format string, args ...any) {
		all = append(all, Layer{ID: string(kind), Kind: kind, Name: fmt.Sprintf(format, args...), Pos: pos})
	}
	if p.System != nil {
		add(LayerSystem, p.System.Pos, "%s", p.System.What())
	}
	if p.PythonFrom != nil {
		add(LayerPython, p.PythonFrom.Pos, "add Python %s from %s", p.Environment.Python.Name(), p.PythonFrom.Image)
	}
	if p.LibraryBytecode != nil {
		add(LayerLibrary, source.Pos{}, "compile the standard library")
	}
	add(LayerSkeleton, source.Pos{}, "create the virtual environment")
	for _, l := range packages {
		all = append(all, p.named(l))
	}
	for n, f := range p.Files {
		all = append(all, Layer{ID: fmt.Sprintf("files/%d", n), Kind: LayerFiles, Name: f.What(), Index: n, Pos: f.Pos})
	}
	if a := p.App; a != nil {
		add(LayerApp, source.Pos{}, "copy the application to %s", a.Dir)
		switch {
		case p.Bytecode:
			add(LayerAppBytecode, source.Pos{}, "compile the application")
		case a.Open:
			add(LayerAppBytecode, source.Pos{}, "open the application's folders without modules")
		}
	}
	if p.Init != nil {
		add(LayerInit, source.Pos{}, "add the init process %s", p.Init.To)
	}
	if p.User != nil || len(p.Folders) > 0 {
		name, pos := p.accounts()
		add(LayerAccounts, pos, "%s", name)
	}
	for n, s := range p.Steps {
		if !s.HasNoOutputs() {
			all = append(all, Layer{ID: fmt.Sprintf("step/%d", n), Kind: LayerStep, Name: "run " + s.What(), Index: n, Pos: s.Pos})
		}
	}
	return all
}

// LayFilesBytecode adds the layers of the bytecode of Files, each after its
// files. Whether files have modules is known only after the plan is made.
func (p *Plan) LayFilesBytecode() {
	var all []Layer
	for _, l := range p.Layers {
		all = append(all, l)
		if l.Kind == LayerFiles && p.Files[l.Index].Bytecode {
			f := p.Files[l.Index]
			all = append(all, Layer{
				ID: fmt.Sprintf("files-bytecode/%d", l.Index), Kind: LayerFilesBytecode, Name: "compile the modules of: " + f.What(), Index: l.Index, Pos: f.Pos,
			})
		}
	}
	p.Layers = all
}

// LayerOfStep is the layer of one of the plan's steps. A step with empty
// outputs has no layer in the plan.
func (p *Plan) LayerOfStep(index int) Layer {
	n := slices.IndexFunc(p.Layers, func(l Layer) bool { return l.Kind == LayerStep && l.Index == index })
	if n < 0 {
		return Layer{Kind: LayerStep, Index: index}
	}
	return p.Layers[n]
}

// named is a layer of packages with its name.
func (p *Plan) named(l Layer) Layer {
	versions := map[string]string{}
	for _, pkg := range p.Packages {
		versions[pkg.Name] = pkg.Version
	}
	all := make([]string, len(l.Packages))
	for n, name := range l.Packages {
		all[n] = strings.TrimSpace(name + " " + versions[name])
	}
	l.Name = "install " + strings.Join(all, ", ")
	return l
}

// accounts returns the name of the layer of the user and the folders, and the
// line that asks for it.
func (p *Plan) accounts() (name string, pos source.Pos) {
	pos = p.Image.Pos
	if p.User != nil {
		name, pos = "add the user "+p.User.Name, p.User.Pos
	}
	for n, f := range p.Folders {
		switch {
		case name == "":
			name = "make " + f.Path
		case n == 0:
			name += ", make " + f.Path
		default:
			name += " " + f.Path
		}
		if !pos.IsValid() {
			pos = f.Pos
		}
	}
	return name, pos
}

// LayersOf returns the layers of a build target above its base.
func (p *Plan) LayersOf(target string) []Layer {
	switch target {
	case TargetRuntime:
		return p.Layers
	case TargetVenv:
		return p.EnvironmentLayers(nil)
	case TargetWheels:
		return []Layer{{ID: string(LayerWheels), Kind: LayerWheels, Name: "collect the wheels"}}
	default:
		return nil
	}
}

// EnvironmentLayers are the layers of the virtual environment without some
// packages. Such a package is also removed from a shared layer, because a
// stage may make the files that it is built from.
func (p *Plan) EnvironmentLayers(exclude []string) []Layer {
	var all []Layer
	for _, l := range p.Layers {
		switch l.Kind {
		case LayerSkeleton:
			all = append(all, l)
		case LayerPackages:
			if l, ok := p.layerExcluding(l, exclude); ok {
				all = append(all, l)
			}
		}
	}
	return all
}

// layerExcluding is a layer of packages without some of them; false if none is
// left.
func (p *Plan) layerExcluding(l Layer, exclude []string) (Layer, bool) {
	remaining := slices.DeleteFunc(slices.Clone(l.Packages), func(name string) bool { return slices.Contains(exclude, name) })
	if len(remaining) == len(l.Packages) {
		return l, true
	}
	l.Packages = remaining
	l.ID += "-without-" + strings.Join(exclude, "-")
	return p.named(l), len(remaining) > 0
}

// Layer finds the layer of a kind that occurs at most once in an image.
func (p *Plan) Layer(kind LayerKind) (Layer, bool) {
	n := slices.IndexFunc(p.Layers, func(l Layer) bool { return l.Kind == kind })
	if n < 0 {
		return Layer{}, false
	}
	return p.Layers[n], true
}
