// Package check finds problems of a project that do not stop a build: its
// image is unsafe, large, slow to build or not reproducible.
//
// The input is plain data that a build has anyway: the project, its lock, the
// plan for a platform, the build's arguments, and the inspection of the
// packages' files. The output are Findings, each with its Rule and its line.
// Package frontend shows them as warnings of a build and as the answer to
// `docker buildx build --check`. The package does not know BuildKit and asks
// no clock.
//
// Every rule has a page in docs/rules with an example that breaks it and one
// that does not; the tests run them.
package check

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/moult-build/moult/internal/source"
)

// Rule is one kind of problem that this package looks for.
type Rule struct {
	// Name is what people write to skip it: "NoLock".
	Name string
	// Description is one sentence for all of its findings.
	Description string
	// Level says whether a finding ends a build.
	Level Level
	// Fixed is true for a rule that cannot be skipped, because a build that
	// breaks it cannot go on.
	Fixed bool
}

// Level is how serious a finding is.
type Level int

// The levels.
const (
	// Warning is shown, and the build continues.
	Warning Level = iota
	// Error ends the build.
	Error
)

// Page is the name of the rule's page in the folder docs/rules: "no-lock".
func (r *Rule) Page() string {
	var b strings.Builder
	lower := false // whether the letter before it is lower case
	for _, c := range r.Name {
		if lower && unicode.IsUpper(c) {
			b.WriteByte('-')
		}
		lower = unicode.IsLower(c)
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}

// URL is the address of the rule's page.
func (r *Rule) URL() string {
	return "https://github.com/moult-build/moult/blob/main/docs/rules/" + r.Page() + ".md"
}

// Finding is one place that breaks a rule.
type Finding struct {
	Rule *Rule
	// Pos is the position to show; invalid if no line of a file is the cause.
	Pos source.Pos
	// Msg is what is wrong there, without a final full stop; Hint says what to
	// do, and may be empty.
	Msg, Hint string
}

// Text is the message with its hint. Names in it may come from packages, so
// nothing in it can change a terminal.
func (f Finding) Text() string {
	if f.Hint == "" {
		return source.Printable(f.Msg)
	}
	return source.Printable(f.Msg + "; " + f.Hint)
}

// Error returns the finding as an error at its position.
func (f Finding) Error() *source.Error {
	return &source.Error{Pos: f.Pos, Msg: f.Rule.Name + ": " + source.Printable(f.Msg), Hint: source.Printable(f.Hint)}
}

// Sort puts findings in the order in which they are shown: by file and line,
// those without a place first.
func Sort(findings []Finding) {
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(fileOf(a.Pos), fileOf(b.Pos)), cmp.Compare(a.Pos.Line, b.Pos.Line),
			cmp.Compare(a.Rule.Name, b.Rule.Name), cmp.Compare(a.Msg, b.Msg))
	})
}

func fileOf(pos source.Pos) string {
	if !pos.IsValid() {
		return ""
	}
	return pos.File.Name
}
