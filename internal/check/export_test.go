package check

import "fmt"

// Today is the day of the tests, by which the examples of the pages were chosen.
const Today = "2026-11-23"

// Texts are findings with their lines and rules.
func Texts(found []Finding) []string {
	var all []string
	for _, f := range found {
		all = append(all, fmt.Sprintf("%s: %s: %s", f.Pos, f.Rule.Name, f.Text()))
	}
	return all
}
