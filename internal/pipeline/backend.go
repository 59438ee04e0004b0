package pipeline

import (
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
)

// backends are the build backends that some packages have, the one to write
// first. A project with another one of the same package cannot be built.
var backends = map[string][]string{
	"setuptools": {"setuptools.build_meta", "setuptools.build_meta:__legacy__"},
	"hatchling":  {"hatchling.build", "hatchling.ouroboros"},
	"poetry":     {"poetry.core.masonry.api", "poetry.masonry.api"},
	"flit_core":  {"flit_core.buildapi"},
	"uv_build":   {"uv_build"},
}

// wrongBackend is the error for a build backend that does not exist; nil if it
// may.
func wrongBackend(p *project.Project) error {
	b := p.BuildSystem
	if b == nil || b.Backend.V == "" || len(b.BackendPath) > 0 {
		return nil
	}
	top, _, _ := strings.Cut(b.Backend.V, ":")
	top, _, _ = strings.Cut(top, ".")
	known := backends[top]
	if known == nil || slices.Contains(known, b.Backend.V) {
		return nil
	}
	return source.Errorf(b.Backend.Pos, "%s has no build backend %q, so that nothing can build the project", top, b.Backend.V).
		WithHint("write build-backend = %q", known[0])
}
