package fromdockerfile

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"

	"github.com/moult-build/moult/internal/pypkg/pep503"
)

// Project has the facts of the project of a Dockerfile. The zero value is a
// project of which nothing is known.
type Project struct {
	// Files is the project's folder; nil if it is not known.
	Files fs.FS
	// Packaged is true if the project is built into a wheel, so that its files are
	// not copied. Modules are the names of its modules.
	Packaged bool
	Modules  []string
	// Declared is true if pyproject.toml has the dependencies.
	Declared bool
	// Allows reports whether requires-python, or the Pipfile, allows a release; nil allows all.
	Allows func(minor string) bool
	// Extras and Groups are the names of those of the project.
	Extras, Groups []string
}

func (p Project) allows(minor string) bool { return p.Allows == nil || p.Allows(minor) }

// known reports whether the project's files are known.
func (p Project) known() bool { return p.Files != nil }

// exists reports whether a file of the context exists, or one that matches a
// pattern. It is true if the files are not known.
func (p Project) exists(name string) bool {
	if !p.known() {
		return true
	}
	if strings.ContainsAny(name, "*?[") {
		found, err := fs.Glob(p.Files, name)
		return err == nil && len(found) > 0
	}
	_, err := fs.Stat(p.Files, name)
	return err == nil
}

// matching returns the files that match a pattern, sorted.
func (p Project) matching(pattern string) []string {
	if !p.known() {
		return nil
	}
	found, err := fs.Glob(p.Files, pattern)
	if err != nil {
		return nil
	}
	return found
}

// excluded reports whether .dockerignore leaves a file out of the context.
func (p Project) excluded(name string) bool {
	text, _ := p.text(".dockerignore")
	patterns, err := ignorefile.ReadAll(strings.NewReader(text))
	if err != nil {
		return false
	}
	out, err := patternmatcher.MatchesOrParentMatches(name, patterns)
	return err == nil && out
}

// folder reports whether a name of the context is a folder. If the files are
// not known, a name without an extension counts as one.
func (p Project) folder(name string) bool {
	if !p.known() {
		return !strings.ContainsAny(path.Base(name), ".*?[") || name == "."
	}
	info, err := fs.Stat(p.Files, name)
	return err == nil && info.IsDir()
}

// text returns a small file's content.
func (p Project) text(name string) (string, bool) {
	if !p.known() {
		return "", false
	}
	info, err := fs.Stat(p.Files, name)
	if err != nil || !info.Mode().IsRegular() || info.Size() > 1<<20 {
		return "", false
	}
	content, err := fs.ReadFile(p.Files, name)
	return string(content), err == nil
}

// extra and group report whether the project has one of that name.
func (p Project) extra(name string) bool { return contains(p.Extras, name) }
func (p Project) group(name string) bool { return contains(p.Groups, name) }

func contains(all []string, name string) bool {
	return slices.ContainsFunc(all, func(other string) bool { return pep503.Normalize(other) == pep503.Normalize(name) })
}

// python returns the release in .python-version, which has precedence over
// others.
func (p Project) python() string {
	text, _ := p.text(".python-version")
	first, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	if m := pythonRelease.FindStringSubmatch(strings.TrimSpace(first)); m != nil {
		return m[1]
	}
	return ""
}

var pythonRelease = regexp.MustCompile(`^(?:cpython-)?(3\.\d+)(?:\.\d+)?$`)
