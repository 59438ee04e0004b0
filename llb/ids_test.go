package llb

import (
	"fmt"
	"testing"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/opencontainers/go-digest"

	"github.com/moult-build/moult/internal/step/protocol"
)

// A failure comes back with the id of its vertex. Each step that the frontend
// explains must have the one that it looks for, and no two steps the same.
func TestVerticesAreKnownByTheirIDs(t *testing.T) {
	p := buildingPlan()
	encoded, err := NewGraph(p, testWorld()).Target(TargetRuntime)
	if err != nil {
		t.Fatal(err)
	}
	def, err := encoded.State.Marshal(t.Context(), bk.LinuxAmd64)
	if err != nil {
		t.Fatal(err)
	}
	commands := map[protocol.ID]protocol.Command{}
	for n, op := range ops(t, def.Def) {
		id := protocol.ID(def.Metadata[digest.FromBytes(def.Def[n])].Description[protocol.Description])
		if id == "" {
			continue
		}
		if _, twice := commands[id]; twice && op.GetSource() == nil {
			t.Errorf("two vertices are %q", id)
		}
		commands[id] = command(op)
	}
	want := map[protocol.ID]any{
		protocol.ResolveID: protocol.Resolve{}, protocol.ChooseID("ours"): protocol.Choose{},
		protocol.WheelID("flash"): protocol.BuildWheel{}, protocol.WheelID("odd"): protocol.BuildWheel{},
		protocol.PrepareID("flash"):       protocol.Prepare{},
		protocol.WheelPackagesID("flash"): protocol.Packages{},
		protocol.RunPackagesID:            protocol.Packages{}, protocol.BuildPackagesID: protocol.Packages{},
	}
	for _, pkg := range p.Packages {
		if d := pkg.Download(); d != nil {
			want[protocol.DownloadID(d.SHA256)] = nil
		}
	}
	for id, kind := range want {
		got, ok := commands[id]
		if !ok {
			t.Errorf("no vertex is %q", id)
		} else if gotType, wantType := typeName(got), typeName(kind); kind != nil && gotType != wantType {
			t.Errorf("%q is a %s", id, gotType)
		}
	}
}

func typeName(c any) string { return fmt.Sprintf("%T", c) }
