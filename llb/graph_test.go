package llb

import (
	"slices"
	"sync"
	"testing"

	bk "github.com/moby/buildkit/client/llb"

	"github.com/moult-build/moult/internal/plan"
)

// withCheck is a plan whose application has the outputs of a stage that also
// has a step without outputs.
func withCheck() *plan.Plan {
	p := testPlan()
	p.Stages = []plan.Stage{{Name: "web", Workdir: "/src", Dir: ".", Steps: []plan.Step{
		{Name: "bundle", Run: []string{"make"}},
		{Name: "lint", Run: []string{"make", "lint"}, Outputs: &plan.Outputs{}},
	}}}
	p.App.Added = []plan.Added{{Stage: "web", From: "/src/dist", To: "/app/static"}}
	return p
}

func TestWhatIsAskedOfAGraphChangesNothingElse(t *testing.T) {
	whole := func(e Encoded, err error) [][]byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		all := marshal(t, e.State)
		for _, check := range e.Checks {
			all = append(all, marshal(t, check)...)
		}
		return all
	}
	for _, target := range Targets {
		want := whole(NewGraph(withCheck(), testWorld()).Target(target))
		shared := NewGraph(withCheck(), testWorld())
		var all sync.WaitGroup
		for _, ask := range []func() bk.State{shared.Application, shared.Inspection, shared.Installed, func() bk.State { return shared.Suspects([]string{"*.key"}) }} {
			all.Go(func() { ask() })
		}
		all.Wait()
		for range 2 {
			if got := whole(shared.Target(target)); !slices.EqualFunc(got, want, slices.Equal) {
				t.Errorf("%s: %d operations, without other questions %d", target, len(got), len(want))
			}
		}
	}
	if e, err := NewGraph(withCheck(), testWorld()).Target(TargetRuntime); err != nil || len(e.Checks) != 1 {
		t.Errorf("the image has %d checks, %v", len(e.Checks), err)
	}
}
