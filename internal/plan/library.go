package plan

import (
	"slices"

	"github.com/moult-build/moult/internal/environment"
)

// LibraryBytecode is the bytecode of the standard library.
type LibraryBytecode struct {
	// Exclude are the names of folders whose modules are not compiled.
	Exclude []string `json:"exclude"`
}

// notImported are folders of the standard library that no service imports:
// tests, windows and the installer of pip.
var notImported = []string{
	"test", "tests", "idle_test", "idlelib", "turtledemo", "tkinter", "ensurepip", "lib2to3", "pydoc_data",
	"site-packages", "dist-packages",
}

// libraryBytecode is what an image needs of it; nil where its base has it, or
// where nothing is compiled.
func libraryBytecode(python environment.Python, bytecode bool) *LibraryBytecode {
	if !bytecode || python.LibraryBytecode || python.Library == "" {
		return nil
	}
	return &LibraryBytecode{Exclude: slices.Clone(notImported)}
}
