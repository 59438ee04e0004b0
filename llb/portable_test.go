package llb

import (
	"bytes"
	"testing"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
)

func TestAPortableGraphIsTheSameInEverySession(t *testing.T) {
	graph := func(session string) *bk.Definition {
		folder := bk.Local("context", bk.SessionID(session), bk.IncludePatterns([]string{"app"}))
		st := bk.Scratch().File(bk.Copy(folder, "/app", "/app"))
		def, err := st.Marshal(t.Context(), bk.Platform(amd64))
		if err != nil {
			t.Fatal(err)
		}
		p, err := Portable(def)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	one, other := graph("one"), graph("other")
	for n := range one.Def {
		if !bytes.Equal(one.Def[n], other.Def[n]) {
			t.Fatalf("operation %d differs", n)
		}
		var op pb.Op
		if err := op.UnmarshalVT(one.Def[n]); err != nil {
			t.Fatal(err)
		}
		if src := op.GetSource(); src != nil && src.Attrs[pb.AttrIncludePatterns] == "" {
			t.Error("the source has lost its patterns")
		}
	}
	// What it says can still be read as a graph: every input is there.
	if _, err := bk.NewDefinitionOp(one.ToPB()); err != nil {
		t.Error(err)
	}
}
