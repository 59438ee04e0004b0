package llb

import (
	"context"
	"strings"
	"testing"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	"github.com/opencontainers/go-digest"
)

func TestAnotherOperationTakesThePlaceOfAFile(t *testing.T) {
	sum := strings.Repeat("a", 64)
	remote := Remote{URL: "https://example.com/a.whl", SHA256: sum, Filename: "a.whl"}
	other := Remote{URL: "https://example.com/b.whl", SHA256: sum, Filename: "b.whl"}
	use := bk.Scratch().
		File(bk.Copy(remote.State(), "/a.whl", "/a.whl")).
		File(bk.Copy(other.State(), "/b.whl", "/b.whl"))
	def, err := use.Marshal(context.Background(), bk.LinuxAmd64)
	if err != nil {
		t.Fatal(err)
	}
	// The step's second output, so that a lost index is seen.
	run := bk.Image("example.com/base").Run(bk.Args([]string{"/download"}))
	with, err := run.AddMount("/out", bk.Scratch()).Marshal(context.Background(), bk.LinuxAmd64)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Substitute(def, map[Remote]*bk.Definition{remote: with})
	if err != nil {
		t.Fatal(err)
	}
	ops := map[string]*pb.Op{}
	var copied *pb.Input
	for _, dt := range got.Def {
		var op pb.Op
		if err := op.UnmarshalVT(dt); err != nil {
			t.Fatal(err)
		}
		for _, in := range op.Inputs {
			if ops[in.Digest] == nil {
				t.Errorf("an input of %s is not there before it", op.String())
			} else if ops[in.Digest].GetExec() != nil {
				copied = in
			}
		}
		ops[string(digest.FromBytes(dt))] = &op
	}
	if copied == nil || copied.Index != 1 {
		t.Errorf("the step's result is used as %v", copied)
	}
	if operations, err := Remotes(got); err != nil || len(operations) != 1 || operations[0] != other {
		t.Errorf("%v, %v", operations, err)
	}
	if all, err := Remotes(def); err != nil || len(all) != 2 {
		t.Errorf("the first graph has changed: %v, %v", all, err)
	}
}
