package llb

import (
	"slices"
	"testing"

	bk "github.com/moby/buildkit/client/llb"

	"github.com/moult-build/moult/internal/plan"
)

// The daemon keeps one copy of what a client sends for each hint.
func TestEachSelectionOfTheContextHasAHintOfItsOwn(t *testing.T) {
	p := testPlan()
	p.Files = []plan.Files{
		{From: "deploy", To: "/etc/one"},
		{From: "deploy", Include: []string{"*.conf"}, To: "/etc/two"},
		{From: "deploy", Include: []string{"*.sh"}, To: "/etc/three"},
		{From: "deploy", Exclude: []string{"x"}, To: "/etc/four"},
	}
	p.Building.Resolve.Files = []string{"vendor/a/one.whl", "vendor/b/one.whl"}
	seen := map[string]Selection{}
	w := testWorld()
	inner := w.Context
	w.Context = func(s Selection) bk.State {
		if o, ok := seen[s.Hint]; ok && (o.Dir != s.Dir || !slices.Equal(o.Include, s.Include) || !slices.Equal(o.Exclude, s.Exclude)) {
			t.Errorf("%q stands for %+v and %+v", s.Hint, o, s)
		}
		seen[s.Hint] = s
		return inner(s)
	}
	definition(t, p, w, TargetRuntime)
	if len(seen) < 7 {
		t.Errorf("only %d selections: %v", len(seen), seen)
	}
}
