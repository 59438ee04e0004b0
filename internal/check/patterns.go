package check

import (
	"fmt"

	"github.com/moult-build/moult/internal/plan"
)

// EmptyPatterns reports patterns that select no file.
func EmptyPatterns(empty []plan.Pattern) []Finding {
	var found []Finding
	for _, p := range empty {
		hint := "correct or remove it; it is relative to the build file's folder, and .dockerignore may leave the files out"
		found = append(found, Finding{Rule: EmptyPattern, Pos: p.Pos,
			Msg: fmt.Sprintf("%s: %q matches no file", p.Key, p.Text), Hint: hint})
	}
	return found
}
