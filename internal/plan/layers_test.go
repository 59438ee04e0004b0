package plan

import (
	"slices"
	"testing"
)

// layered has a layer of every kind, and a step that keeps nothing.
func layered() *Plan {
	p := &Plan{
		System:          &SystemPackages{Manager: "apt", Packages: []string{"libpq5"}},
		PythonFrom:      &PythonFrom{Image: "python:3.13-slim"},
		LibraryBytecode: &LibraryBytecode{},
		Bytecode:        true,
		Packages:        []Package{{Name: "a", Version: "1"}, {Name: "b", Version: "2"}, {Name: "own", Origin: Built{Source: "own"}}},
		Files:           []Files{{From: "x", To: "/x"}, {From: "y", To: "/y"}},
		App:             &App{Dir: "/app"},
		Init:            &Init{To: "/usr/bin/tini"},
		User:            &User{Name: "app"},
		Folders:         []Folder{{Path: "/data"}, {Path: "/more"}},
		Steps:           []Step{{Run: []string{"test"}, Outputs: &Outputs{}}, {Name: "collect", Run: []string{"x"}}},
	}
	p.Layers = Layers(p, []Layer{
		{ID: "packages/own", Kind: LayerPackages, Packages: []string{"own"}},
		{ID: "packages/shared-00", Kind: LayerPackages, Packages: []string{"a", "b"}},
	})
	return p
}

func ids(layers []Layer) (all []string) {
	for _, l := range layers {
		all = append(all, l.ID)
	}
	return all
}

func TestAPlanHasAllLayersOfTheImageInOrder(t *testing.T) {
	var got []string
	for _, l := range layered().LayersOf(TargetRuntime) {
		got = append(got, l.ID+": "+l.Name)
	}
	want := []string{
		"system-packages: install Debian packages libpq5",
		"python: add Python 0.0 from python:3.13-slim",
		"library-bytecode: compile the standard library",
		"virtual-environment: create the virtual environment",
		"packages/own: install own",
		"packages/shared-00: install a 1, b 2",
		"files/0: copy x to /x",
		"files/1: copy y to /y",
		"application: copy the application to /app",
		"application-bytecode: compile the application",
		"init: add the init process /usr/bin/tini",
		"accounts: add the user app, make /data /more",
		"step/1: run collect",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the layers are\n%q, want\n%q", got, want)
	}
}

func TestOtherTargetsHaveLayersOfTheirOwn(t *testing.T) {
	p := layered()
	for target, want := range map[string][]string{
		TargetVenv:    {"virtual-environment", "packages/own", "packages/shared-00"},
		TargetWheels:  {"wheels"},
		TargetBuilder: nil,
	} {
		if got := ids(p.LayersOf(target)); !slices.Equal(got, want) {
			t.Errorf("%s has the layers %q", target, got)
		}
	}
}

func TestAStepWithARootOfItsOwnGetsWhatItNeeds(t *testing.T) {
	p := layered()
	for _, test := range []struct {
		says string
		step Step
		want []string
	}{
		{"inputs of the application", Step{Inputs: &Patterns{"x"}, Root: RootBase}, []string{
			"python", "library-bytecode", "virtual-environment", "packages/own", "packages/shared-00", "files/0", "files/1", "init", "accounts"}},
		{"no inputs", Step{Inputs: &Patterns{}, ExcludePackages: []string{"own"}, Root: RootBase}, []string{
			"python", "library-bytecode", "virtual-environment", "packages/shared-00", "files/0", "files/1", "init", "accounts"}},
		{"without one that shares a layer", Step{Inputs: &Patterns{}, ExcludePackages: []string{"a", "own"}, Root: RootBase}, []string{
			"python", "library-bytecode", "virtual-environment", "packages/shared-00-without-a-own", "files/0", "files/1", "init", "accounts"}},
		{"the whole application, in the builder", Step{Root: RootBuilder}, []string{
			"python", "library-bytecode", "virtual-environment", "packages/own", "packages/shared-00", "files/0", "files/1", "init", "accounts", "application"}},
	} {
		if got := ids(p.RootLayers(test.step)); !slices.Equal(got, test.want) {
			t.Errorf("%s: it gets %q", test.says, got)
		}
	}
}
