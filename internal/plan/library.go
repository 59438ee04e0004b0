package plan

import (
	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/pypkg/stdlib"
)

// LibraryBytecode is the bytecode of the standard library.
type LibraryBytecode struct {
	// Exclude are the names of folders whose modules are not compiled.
	Exclude []string `json:"exclude"`
}

// libraryBytecode is the bytecode that an image needs; nil if its base has
// it, or if nothing is compiled.
func libraryBytecode(python environment.Python, bytecode bool) *LibraryBytecode {
	if !bytecode || python.LibraryBytecode || python.Library == "" {
		return nil
	}
	return &LibraryBytecode{Exclude: stdlib.NotCompiled()}
}
