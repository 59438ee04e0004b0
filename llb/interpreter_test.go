package llb

import (
	"slices"
	"testing"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/step/protocol"
)

// A step that compiles is mounted the interpreter by its content, and has nothing of the base in its root.
func TestWhatCompilesSeesOnlyTheInterpreterThatWasTaken(t *testing.T) {
	w := partsWorld()
	official, ok := environment.Usual([]string{"PATH=/usr/local/bin:/usr/bin", "PYTHON_VERSION=3.13.5"})
	if !ok {
		t.Fatal("no official image")
	}
	taken := Interpreter(bk.Image("docker.io/library/compiler:1"), official, w)
	w.Interpreter = &taken
	p := partsPlan()
	p.Files[3].Bytecode = true
	p.LayFilesBytecode()
	seen := map[string]bool{}
	for _, op := range ops(t, allOps(t, p, w)) {
		exec := op.GetExec()
		if exec == nil {
			continue
		}
		command, err := protocol.Parse(exec.Meta.Args)
		if err != nil {
			t.Fatal(err)
		}
		interpreter := ""
		switch c := command.(type) {
		case protocol.InstallWheels:
			interpreter = c.Interpreter
		case protocol.Compile:
			interpreter = c.Interpreter
			if c.Source != protocol.Source {
				t.Errorf("the sources of %s are at %s", c.Path, c.Source)
			}
		}
		if interpreter == "" {
			continue
		}
		seen[exec.Meta.Args[1]] = true
		mount := func(dest string) *pb.Mount {
			n := slices.IndexFunc(exec.Mounts, func(m *pb.Mount) bool { return m.Dest == dest })
			if n < 0 {
				t.Fatalf("%q has no mount %s", exec.Meta.Args, dest)
			}
			return exec.Mounts[n]
		}
		if root := mount(pb.RootMount); root.Input != int64(pb.Empty) || interpreter != protocol.Python {
			t.Errorf("%q runs %s in the root of input %d", exec.Meta.Args, interpreter, root.Input)
		}
		if m := mount(protocol.Python); !m.Readonly || m.Selector != protocol.TakenPython || m.ContentCache == pb.MountContentCache_OFF {
			t.Errorf("%q has the interpreter as %+v", exec.Meta.Args, m)
		}
	}
	if !seen["wheels"] || !seen["compile"] {
		t.Errorf("what compiles: %v", seen)
	}
}
