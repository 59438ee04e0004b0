package llb

import (
	"slices"
	"testing"

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
