package project

import (
	"errors"

	"github.com/moult-build/moult/internal/source"
)

// Python is the Python that a project is built for.
type Python struct {
	// Minor is "3.13", Major and Micro the numbers as an int: 3 and 13.
	Minor string
	X, Y  int
	// Full is "3.13.2" where the user named a patch version, else "".
	Full string
	// Pos is what decided, for messages; invalid where the default did.
	Pos source.Pos
	// Why says what decided: "python", ".python-version", "requires-python"
	// or "default".
	Why string
}

// ChoosePython gives the Python to use: the key python, else .python-version,
// else the newest stable release that requires-python allows.
func ChoosePython(p *Project) (Python, error) {
	return Python{}, errors.New("not yet")
}
