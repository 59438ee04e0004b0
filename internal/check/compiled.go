package check

import (
	"fmt"

	"github.com/moult-build/moult/internal/check/compiled"
	"github.com/moult-build/moult/internal/source"
)

// Compiled is the input of the rule for files that Python cannot compile.
type Compiled struct {
	Answer compiled.Answer
	// Python is the image's version: "3.13".
	Python string
	// Application is the line that says which files the application has.
	Application source.Pos
	// Files is true if they come by [[files]], at the line Application.
	Files bool
	// File is the project's file at a path of the image; nil if it is not known.
	File func(at string) *source.File
}

// maxInvalid is the number of files that are reported one by one. A project with
// many of them has them on purpose, such as cases for a formatter.
const maxInvalid = 5

// Check finds files that cannot be compiled.
func (c Compiled) Check() []Finding {
	var found []Finding
	exclude, what := "app.exclude", "the application"
	if c.Files {
		exclude, what = "exclude", "these files"
	}
	for _, f := range c.Answer.Failures[:min(len(c.Answer.Failures), maxInvalid)] {
		one := Finding{Rule: InvalidSyntax, Pos: c.Application,
			Msg:  fmt.Sprintf("Python %s cannot compile it (%s)", c.Python, f.Reason),
			Hint: "what imports it fails: correct it, or leave it out (" + exclude + ")"}
		if file := c.File(f.Path); file != nil {
			one.Pos = source.Pos{File: file, Line: f.Line, Col: f.Column}
		} else {
			at := f.Path
			if f.Line > 0 {
				at = fmt.Sprintf("%s:%d", f.Path, f.Line)
			}
			one.Msg = fmt.Sprintf("Python %s cannot compile %s (%s)", c.Python, at, f.Reason)
		}
		found = append(found, one)
	}
	if more := c.Answer.Failed - len(found); more > 0 {
		files := "files"
		if more == 1 {
			files = "file"
		}
		found = append(found, Finding{Rule: InvalidSyntax, Pos: c.Application,
			Msg:  fmt.Sprintf("Python %s cannot compile %d more %s of %s", c.Python, more, files, what),
			Hint: "the log of the step that compiles " + what + " names them all"})
	}
	return found
}
