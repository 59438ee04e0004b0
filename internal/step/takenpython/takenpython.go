// Package takenpython is the layout of a Python that was taken out of its image, so that steps compile bytecode with it
// and do not depend on the rest of the image: a new base with the same Python compiles and installs nothing again.
// moult-build makes the folder (TakeInterpreter), moult-install starts what is in it.
package takenpython

import (
	"os"
	"path/filepath"
)

// The parts of the folder.
const (
	// Program is the interpreter.
	Program = "bin/python"
	// Loader is its dynamic loader; an interpreter that is linked statically has none.
	Loader = "loader"
	// Libraries has the shared libraries that it needs.
	Libraries = "libraries"
	// Home is its prefix (PYTHONHOME). The standard library in it is the part that is read at the start and to decode
	// sources (PEP 263).
	Home = "home"
)

// Command returns the argument list by which an interpreter runs a script that compiles, and the variables that it needs.
// at is a program, or the folder of one that was taken out of its image.
func Command(at, script string) (argv, env []string) {
	argv = []string{at}
	if info, err := os.Stat(at); err == nil && info.IsDir() {
		argv = []string{filepath.Join(at, Program)}
		env = []string{"PYTHONHOME=" + filepath.Join(at, Home)}
		loader := filepath.Join(at, Loader)
		if _, err := os.Stat(loader); err == nil {
			argv = append([]string{loader, "--library-path", filepath.Join(at, Libraries)}, argv...)
		}
	}
	// Without site, user site and bytecode of imported modules. Not -I, which would ignore the hash seed.
	return append(argv, "-s", "-S", "-B", "-X", "utf8", "-c", script), env
}
