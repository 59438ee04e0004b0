package llb

import (
	bk "github.com/moby/buildkit/client/llb"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/step/protocol"
)

// Interpreter is the Python of an official image, taken out of it (package takenpython), with answers to what is usually
// read of the image (protocol.Answers). Steps that compile see nothing else of the base. So a new base with the same Python
// runs none of them again, and a builder that has this state from a cache of mode max does not fetch the base.
func Interpreter(base bk.State, of environment.Official, w World) bk.State {
	g := &graph{World: w}
	return g.exec(bk.Scratch().Platform(g.Build), step{
		target: TargetVenv,
		name:   "take the interpreter from the base",
		command: protocol.TakeInterpreter{
			Base: protocol.Base, Interpreter: of.Interpreter, Library: of.Library, Files: of.Files, Folders: of.Folders,
			Output: protocol.Output, Epoch: epoch(),
		},
		options: []bk.RunOption{g.mountReadonly(protocol.Base, base)},
	}).AddMount(protocol.Output, bk.Scratch())
}
