package project

import (
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/toml"
)

// Locker is the tool that manages and locks a project, as far as its tables
// say it; "" if it is not known.
type Locker string

// The lockers.
const (
	LockerUV     Locker = "uv"
	LockerPoetry Locker = "poetry"
	LockerPDM    Locker = "pdm"
	LockerPipenv Locker = "pipenv"
)

// locker finds the locker of a project that was read from a pyproject.toml.
func locker(root *toml.Node, origin Origin) Locker {
	backend, pdm := "", root.Get("tool", "pdm")
	if n := root.Get("build-system", "build-backend"); n != nil {
		backend = n.Str
	}
	switch {
	case origin == OriginPoetry:
		return LockerPoetry
	case origin != OriginStandard:
		return ""
	case root.Get("tool", "uv") != nil:
		return LockerUV
	// These two keys belong to PDM's build backend, which projects of other tools
	// also use.
	case pdm != nil && slices.ContainsFunc(pdm.Keys(), func(key string) bool { return key != "build" && key != "version" }):
		return LockerPDM
	case root.Get("tool", "poetry") != nil, strings.HasPrefix(backend, "poetry."):
		return LockerPoetry
	}
	return ""
}
