package plan

import (
	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
)

// PythonFrom is the image whose Python is added to a base without one.
type PythonFrom struct {
	// Image is its reference.
	Image string     `json:"image"`
	Pos   source.Pos `json:"-"`
}

func pythonFrom(p *project.Project) *PythonFrom {
	if p.Settings.PythonFrom == nil {
		return nil
	}
	return &PythonFrom{Image: p.Settings.PythonFrom.V, Pos: p.Settings.PythonFrom.Pos}
}

// AddPython returns the environment of a base to which another image's Python
// is added. It does not check the versions of their C libraries, because the
// needs of that Python are not known yet.
func AddPython(p *project.Project, base string, of environment.Environment, from environment.Environment) (environment.Environment, error) {
	s := p.Settings.PythonFrom
	switch {
	case of.Python.Interpreter == from.Python.Interpreter && of.Python.Interpreter != "":
		return of, source.Errorf(s.Pos, "the base %s already has a Python %s at the same path, %s", base, of.Python.Name(), of.Python.Interpreter).
			WithHint("leave python.from out to use it, or take a base without Python")
	case of.Libc.Family == "":
		return of, source.Errorf(s.Pos, "the base %s has no C library that Moult knows, and the Python of %s needs %s", base, s.V, from.Libc).
			WithHint("take a base with a C library")
	case from.Libc.Family != of.Libc.Family:
		return of, source.Errorf(s.Pos, "the Python of %s is for %s, but the base %s has %s", s.V, from.Libc, base, of.Libc).
			WithHint("%s", fitting[of.Libc.Family])
	}
	of.Python = from.Python
	return of, nil
}

// PythonFor is an image whose Python fits a C library.
func PythonFor(libc environment.Libc, release string) string {
	if libc.Family == "musl" {
		return defaultBuilder + release + alpine
	}
	return DefaultBase(release)
}

// fitting names an image with a Python for a C library.
var fitting = map[string]string{
	"musl":  "take it from an image for musl, such as python:X-alpine",
	"glibc": "take it from an image for glibc, such as python:X-slim",
}
