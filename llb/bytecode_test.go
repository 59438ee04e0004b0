package llb

import (
	"slices"
	"testing"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/step/protocol"
)

// preparedBytecode are the paths whose bytecode is prepared for a copy.
func preparedBytecode(t *testing.T, w World) (paths []string) {
	t.Helper()
	for _, op := range ops(t, allOps(t, partsPlan(), w)) {
		if exec := op.GetExec(); exec != nil {
			if c, err := protocol.Parse(exec.Meta.Args); err == nil {
				if c, ok := c.(protocol.KeepBytecode); ok {
					paths = append(paths, c.Paths...)
				}
			}
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

func TestTheBytecodeOfANamedContextIsPreparedWhereItIsAnImage(t *testing.T) {
	w := partsWorld()
	folder := preparedBytecode(t, w)
	w.ImageContexts = map[string]bool{"assets": true}
	image := preparedBytecode(t, w)
	if len(image) != len(folder)+1 {
		t.Errorf("prepared %q with a folder, %q with an image", folder, image)
	}
}

// compiledFiles are the steps that compile files beside the application.
func compiledFiles(t *testing.T, p *plan.Plan) (all []protocol.Compile, vertices int) {
	t.Helper()
	found := ops(t, definition(t, p, partsWorld(), TargetRuntime))
	for _, op := range found {
		if exec := op.GetExec(); exec != nil {
			if c, err := protocol.Parse(exec.Meta.Args); err == nil {
				if c, ok := c.(protocol.Compile); ok && c.Alike {
					all = append(all, c)
				}
			}
		}
	}
	return all, len(found)
}

func TestFilesWithModulesHaveAStepThatCompilesThemAndOthersHaveNone(t *testing.T) {
	p := partsPlan()
	none, before := compiledFiles(t, p)
	if len(none) != 0 {
		t.Fatalf("without modules there are the steps %+v", none)
	}
	p.Files[3].Bytecode = true
	p.LayFilesBytecode()
	one, after := compiledFiles(t, p)
	if len(one) != 1 || one[0].Path != "/" || !one[0].Checked || one[0].Interpreter == "" {
		t.Errorf("%+v", one)
	}
	if after != before+1 {
		t.Errorf("%d vertices, %d without modules", after, before)
	}
	n := slices.IndexFunc(p.Layers, func(l plan.Layer) bool { return l.Kind == plan.LayerFilesBytecode })
	if files := p.Layers[n-1]; files.Kind != plan.LayerFiles || files.Index != 3 {
		t.Errorf("the layer before it is %+v", files)
	}
	first := string(definition(t, p, partsWorld(), TargetRuntime)[0])
	for range 25 {
		if string(definition(t, p, partsWorld(), TargetRuntime)[0]) != first {
			t.Fatal("the graph is another each time")
		}
	}
}
