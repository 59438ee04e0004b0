package plan

import (
	"strings"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
)

// Pattern is a pattern of the build file that selects files of the build
// context.
type Pattern struct {
	// Key is where it is written: "app.include" or "files.from".
	Key string
	// Text is the pattern as it is written.
	Text string
	Pos  source.Pos
	// Files are the files that it selects, nil for files of the application.
	Files *Files
}

// ContextPatterns are the patterns of which each is meant to select something: those
// of app.include, and each from of [[files]] with a wildcard. A path without one
// that does not exist is an error of the build anyway.
func ContextPatterns(p *project.Project, plan *Plan) []Pattern {
	var all []Pattern
	if plan.App != nil {
		for _, v := range p.Settings.App.Include {
			// An exception selects nothing, and what Moult adds has no line.
			if v.Pos.IsValid() && len(v.V) > 0 && v.V[0] != '!' {
				all = append(all, Pattern{Key: "app.include", Text: v.V, Pos: v.Pos})
			}
		}
	}
	for n := range plan.Files {
		f := &plan.Files[n]
		if !f.OfContext() || len(f.Include) == 0 {
			continue
		}
		for _, set := range p.Settings.Files {
			if set.Pos == f.Pos {
				all = append(all, Pattern{Key: "files.from", Text: set.From.V, Pos: set.From.Pos, Files: f})
			}
		}
	}
	return all
}

// literalPattern is a pattern of .dockerignore that matches one name, whatever
// characters it has.
func literalPattern(name string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(name)
}
