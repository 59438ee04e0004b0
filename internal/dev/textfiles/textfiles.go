// Package textfiles reads the cases of tests that are folders of small files: one
// text file has them all, each after a line "-- NAME --".
package textfiles

import "strings"

// Split gives the files by name, and their names in order. What stands before
// the first one is a comment.
func Split(text string) (files map[string]string, order []string) {
	files = map[string]string{}
	for line := range strings.Lines(text) {
		if inner, ok := strings.CutPrefix(strings.TrimSpace(line), "-- "); ok && strings.HasSuffix(inner, " --") {
			name := strings.TrimSuffix(inner, " --")
			files[name] = ""
			order = append(order, name)
		} else if len(order) > 0 {
			files[order[len(order)-1]] += line
		}
	}
	return files, order
}
