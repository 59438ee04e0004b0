package plan

import (
	"github.com/moby/patternmatcher"

	"github.com/moult-build/moult/internal/project"
)

// InApp reports whether a file of the project's folder, by its name from
// there, is part of the application that is copied.
func InApp(p *project.Project, name string) bool {
	a := AppOf(p)
	if a == nil || matches(a.Exclude, name) {
		return false
	}
	return len(a.Include) == 0 || matches(a.Include, name)
}

// matches reads .dockerignore patterns. Invalid patterns were refused when
// the project was read.
func matches(patterns []string, name string) bool {
	m, err := patternmatcher.New(patterns)
	if err != nil {
		return false
	}
	ok, err := m.MatchesOrParentMatches(name)
	return ok && err == nil
}
