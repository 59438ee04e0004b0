package start

import (
	"slices"
	"strings"
)

// triedImports are the modules, by their first names, that a source tries to import at its
// top level without another import in place of them: a program that ends where one of them
// is missing, or goes on with less.
func triedImports(all []statement) (tops []string) {
	isImport := func(s statement) bool { return s.tokens[0].is("import") || s.tokens[0].is("from") }
	for n := 0; n < len(all); n++ {
		if all[n].indent > 0 || !all[n].tokens[0].is("try") {
			continue
		}
		body := bodyOf(all, n)
		end := n + 1 + len(body)
		last := end
		for last < len(all) && (all[last].indent > 0 || all[last].tokens[0].is("except")) {
			last++
		}
		if slices.ContainsFunc(all[end:last], isImport) {
			continue
		}
		for _, s := range body {
			tried := &module{}
			tried.imported(s, map[string]string{})
			for _, i := range tried.imports {
				top, _, _ := strings.Cut(i, ".")
				tops = append(tops, top)
			}
		}
	}
	return tops
}
