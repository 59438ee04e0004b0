package frontend

import (
	"errors"
	"fmt"
	"reflect"
	"testing"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/solver/pb"
	"github.com/opencontainers/go-digest"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/step/protocol"
)

// solveError is the failure of a vertex as BuildKit tells it.
func solveError(op *pb.Op, description map[string]string, mounts ...string) error {
	return fmt.Errorf("failed to solve: %w", &errdefs.SolveError{
		Solve: &errdefs.Solve{Op: op, Description: description, MountIDs: mounts}, Err: errors.New("exit code: 1"),
	})
}

func exec(args []string, mounts ...string) *pb.Op {
	e := &pb.ExecOp{Meta: &pb.Meta{Args: args}}
	for _, m := range mounts {
		e.Mounts = append(e.Mounts, &pb.Mount{Dest: m})
	}
	return &pb.Op{Op: &pb.Op_Exec{Exec: e}}
}

func TestAFailedStepIsKnownByItsIDAndItsCommand(t *testing.T) {
	unpack := protocol.Unpack{Archive: "/moult/archive/file", Output: protocol.Output}
	described := map[string]string{protocol.Description: "download abc", "llb.customname": "x"}
	var known vertexIDs
	known.add(&bk.Definition{Metadata: map[digest.Digest]bk.OpMetadata{
		digest.FromString("known"): {Description: map[string]string{protocol.Description: "wheel x"}},
		digest.FromString("other"): {},
	}})
	for says, test := range map[string]struct {
		err  error
		want failedStep
		ok   bool
	}{
		"a step": {
			solveError(exec(unpack.Args(), "/", protocol.Output), described, "", "id-7"),
			failedStep{id: protocol.DownloadID("abc"), command: unpack, mounts: map[string]string{"/": "", protocol.Output: "id-7"}}, true,
		},
		"a source":        {solveError(&pb.Op{}, described), failedStep{id: protocol.DownloadID("abc"), mounts: map[string]string{}}, true},
		"another program": {solveError(exec([]string{"/bin/sh"}), nil), failedStep{mounts: map[string]string{}}, true},
		"no operation":    {solveError(nil, nil), failedStep{mounts: map[string]string{}}, true},
		"an older daemon's": {
			errdefs.WrapVertex(solveError(exec(unpack.Args()), nil), digest.FromString("known")),
			failedStep{id: protocol.WheelID("x"), command: unpack, mounts: map[string]string{}}, true,
		},
		"what an older daemon finds before it runs": {
			errdefs.WrapVertex(errors.New("not found"), digest.FromString("known")),
			failedStep{id: protocol.WheelID("x"), mounts: map[string]string{}}, true,
		},
		"a vertex without an id": {errdefs.WrapVertex(errors.New("not found"), digest.FromString("other")), failedStep{mounts: map[string]string{}}, false},
		"something else":         {errors.New("no such image"), failedStep{mounts: map[string]string{}}, false},
		"nothing has happened":   {nil, failedStep{mounts: map[string]string{}}, false},
	} {
		if got, ok := known.failed(test.err); ok != test.ok || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: %+v, %v", says, got, ok)
		}
	}
}

// Two packages may be asked for by one requirement, at two indexes.
func TestTheChoiceOfAPackageIsKnownByItsName(t *testing.T) {
	pick := &plan.Choice{Requirement: "torch<3"}
	building := &plan.Building{Sources: []plan.Source{{Name: "a", Origin: pick}, {Name: "torch", Origin: pick}}}
	err := notChosen(failedStep{id: protocol.ChooseID("torch")}, "x\nmoult-build: the index has no torch\n", building)
	if err == nil || err.Error() != "the index has no torch" {
		t.Errorf("got %v", err)
	}
	if err := notChosen(failedStep{id: protocol.WheelID("torch")}, "moult-build: x", building); err != nil {
		t.Errorf("a build has chosen nothing: %v", err)
	}
}
