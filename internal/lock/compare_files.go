package lock

import (
	"fmt"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/source"
)

// requirementFiles compares the lines of the project's requirement files with
// what is installed. The lock alone is installed, so that a line which it does
// not satisfy would have no effect.
func (c *checker) requirementFiles() error {
	for _, r := range c.project.Files {
		if c.lock.reads(r.Pos.File) || !c.holds(r.Marker, c.sel.Extras...) {
			continue
		}
		if err := c.requirementLine(r); err != nil {
			return err
		}
	}
	for _, r := range c.project.Limits {
		if c.lock.reads(r.Pos.File) || r.Direct || !c.holds(r.Marker, c.sel.Extras...) {
			continue
		}
		for _, p := range c.chosen {
			if p.Name == r.NormalizedName() && !satisfies(p, r) {
				return c.fileDiffers(r, "the constraint %s%s is broken by %s, which holds %s", r.Name, r.Specifier, c.lock.Names(), p.Version)
			}
		}
	}
	return nil
}

// requirementLine compares one line.
func (c *checker) requirementLine(r Requirement) error {
	name, what := r.NormalizedName(), r.Name
	if r.Name == "" {
		name, what = "", r.Origin.Path
	}
	if name != "" && name == pep503.Normalize(c.project.Name) || name == "" && (what == "." || what == "") {
		return nil // the project itself
	}
	at := slices.IndexFunc(c.chosen, func(p Chosen) bool {
		return name != "" && p.Name == name || name == "" && p.Source.Path == what
	})
	switch {
	case at < 0:
		return c.fileDiffers(r, "%s is not in %s, and only what the lock has is installed", what, c.lock.Names())
	case !r.Direct && !satisfies(c.chosen[at], r):
		return c.fileDiffers(r, "%s asks for %s%s, but %s holds %s", r.Pos.File.Name, r.Name, r.Specifier, c.lock.Names(), c.chosen[at].Version)
	}
	return nil
}

// satisfies reports whether a package has a version that a requirement asks
// for. What is not a release of an index has none to compare.
func satisfies(p Chosen, r Requirement) bool {
	return p.Version == "" || p.Source.Kind != FromIndex || r.Specifier.Contains(p.Parsed, pep440.PrereleasesAllowed)
}

func (c *checker) fileDiffers(r Requirement, format string, args ...any) error {
	err := source.Errorf(r.Pos, "%s", fmt.Sprintf(format, args...)).
		WithHint("lock it with the rest of the project, or write lock = false to have pip resolve all of it")
	err.Err = ErrStale
	return err
}

// reads reports whether the lock was read from a file, also by an include.
func (l *Lock) reads(file *source.File) bool {
	if file == nil {
		return true
	}
	same := func(f *source.File) bool { return f.Name == file.Name }
	return same(l.File) || slices.ContainsFunc(l.Together, same) || slices.ContainsFunc(l.Files, same)
}

// Names gives the names of the files that are the lock, for messages.
func (l *Lock) Names() string {
	names := []string{l.File.Name}
	for _, f := range l.Together {
		names = append(names, f.Name)
	}
	return strings.Join(names, ", ")
}
