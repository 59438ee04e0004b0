package check

import (
	"fmt"
	"slices"

	"github.com/moult-build/moult/internal/check/imports"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
)

// Locales is the input of the rule MissingLocale: the locales that an image's
// program sets at its start.
type Locales struct {
	*project.Project
	Plan *plan.Plan
	Set  []imports.Locale
	// File returns the user's file at a path of the image's sources.
	File func(at string) *source.File
}

// Check reports the first of them. The official images have the C locales alone.
func (in Locales) Check() []Finding {
	if len(in.Set) == 0 || in.hasLocales() {
		return nil
	}
	l := in.Set[0]
	file := in.File(l.File)
	hint := `write apt.run = ["locales-all"]` + in.HintTable()
	if !l.IsLinux() {
		hint = "name it as Linux does, as in pt_BR.UTF-8, and " + hint
	}
	return []Finding{{
		Rule: MissingLocale, Pos: source.Pos{File: file, Line: l.Line, Col: l.Col}, Hint: hint,
		Msg: fmt.Sprintf("%s sets the locale %s, which the image does not have, so that the program fails", file.Name, l.Name),
	}}
}

// hasLocales reports whether the build file may bring locales: by a base of the
// project's own, by a package of the distribution, or by a step.
func (in Locales) hasLocales() bool {
	s := &in.Settings
	if sys := in.Plan.System; sys != nil && slices.Contains(sys.Packages, "locales-all") {
		return true
	}
	return s.Base != nil || s.BringsLocales()
}
