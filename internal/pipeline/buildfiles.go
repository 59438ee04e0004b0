package pipeline

import (
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/source"
)

// buildFiles checks that the files that the build of the project's wheel reads
// (its readme, its licence) are in the build context. Without them the backend
// fails, and does not know of .dockerignore. Those that .dockerignore leaves out
// are sent to the build all the same, because its "*.md" keeps them out of the
// image and does not mean the wheel.
func (p *Project) buildFiles() error {
	// setuptools goes on without such a file.
	if p.BuildSystem == nil || p.BuildSystem.Backend.V == "" || strings.HasPrefix(p.BuildSystem.Backend.V, "setuptools.") {
		return nil
	}
	var names []source.At[string]
	for _, f := range p.BuildPatterns {
		if !strings.ContainsAny(f.V, "*?[") {
			names = append(names, f)
		} else if err := p.buildPattern(f); err != nil {
			return err
		}
	}
	for _, f := range append(slices.Clone(p.BuildFiles), names...) {
		if p.files.Ignored(f.V) {
			p.SentAnyway = append(p.SentAnyway, path.Clean(f.V))
			continue
		}
		ok, err := p.exists(f.V)
		if err != nil {
			return err
		}
		if !ok {
			return source.Errorf(f.Pos, "the build of the project's wheel needs %s, and there is no such file in the build context", f.V).
				WithHint("check the name, and that .dockerignore does not leave it out: the line \"!%s\" at its end sends it", path.Clean(f.V))
		}
	}
	return nil
}

// exists reports whether a file exists whose name may look like a pattern, as
// the client takes names in requests for patterns.
func (p *Project) exists(name string) (bool, error) {
	if !strings.ContainsAny(name, "*?[") {
		return p.files.Exists(name)
	}
	found, err := p.files.Matching(strings.NewReplacer("*", "[*]", "?", "[?]", "[", "[[]").Replace(name))
	return len(found) > 0, err
}

// buildPattern sends the files of a pattern if .dockerignore leaves out all of
// them, because backends refuse a pattern without a file.
func (p *Project) buildPattern(f source.At[string]) error {
	names, err := p.files.Matching(f.V)
	if err != nil || len(names) == 0 {
		return err
	}
	for _, name := range names {
		if !p.files.Ignored(name) {
			return nil
		}
	}
	p.SentAnyway = append(p.SentAnyway, names...)
	return nil
}
