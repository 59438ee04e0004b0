package llb

import (
	"slices"
	"testing"

	bk "github.com/moby/buildkit/client/llb"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/step/protocol"
)

// What is asked for before the image must be a part of it: another operation would be
// run for nobody.
func TestWhatIsInstalledAheadIsAPartOfTheImage(t *testing.T) {
	for _, p := range []*plan.Plan{testPlan(), partsPlan(), withCheck()} {
		for _, target := range []string{TargetRuntime, TargetVenv} {
			g := NewGraph(p, partsWorld())
			installs := g.Installs(target)
			var all []bk.State
			if target == TargetRuntime {
				all = g.Beside()
			}
			encoded, err := g.Target(target)
			if err != nil {
				t.Fatal(err)
			}
			whole := marshal(t, encoded.State)
			for _, i := range installs {
				all = append(append(all, i.Layer), i.Wheels...)
			}
			for _, st := range all {
				ops := marshal(t, st)
				for _, op := range ops[:len(ops)-1] { // the last one is the result's
					if !slices.ContainsFunc(whole, func(of []byte) bool { return slices.Equal(of, op) }) {
						t.Errorf("%s: %q is not in its graph", target, op)
					}
				}
			}
		}
	}
}

func TestTheLargestLayersAreInstalledFirst(t *testing.T) {
	p := testPlan()
	for n := range p.Layers {
		switch p.Layers[n].ID {
		case "packages/numpy":
			p.Layers[n].Size = 16_000_000
		case "packages/fastapi":
			p.Layers[n].Size = 160_000
		}
	}
	var got []string
	all := NewGraph(p, testWorld()).Installs(TargetRuntime)
	for _, i := range all {
		got = append(got, theLast(t, i.Layer))
	}
	want := []string{"install numpy", "compile /usr/local/lib/python3.13", "install fastapi starlette", "install native"}
	if !slices.Equal(got, want) {
		t.Errorf("the order is %q, want %q", got, want)
	}
	for n, i := range all {
		if i.Built != (n == 3) || len(i.Wheels) != []int{1, 0, 0, 0}[n] {
			t.Errorf("%s: built %t, %d wheels", want[n], i.Built, len(i.Wheels))
		}
	}
}

// theLast is what the step that makes a layer does.
func theLast(t *testing.T, st bk.State) (does string) {
	t.Helper()
	for _, op := range ops(t, marshal(t, st)) {
		if op.GetExec() == nil {
			continue
		}
		switch c := command(op).(type) {
		case protocol.Compile:
			does = "compile " + c.Path
		case protocol.InstallWheels:
			does = "install"
			for _, i := range c.Identities {
				does += " " + i.Name
			}
		}
	}
	return does
}
