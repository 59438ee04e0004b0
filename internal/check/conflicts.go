package check

import (
	"fmt"
	"slices"

	"github.com/moult-build/moult/internal/check/conflict"
	"github.com/moult-build/moult/internal/source"
)

// Conflicts reports packages that have the same files. positions are the lines
// that ask for packages, by their names. Two packages give one finding, however
// many files they share.
func Conflicts(conflicts []conflict.Conflict, positions map[string]source.Pos) []Finding {
	type pair struct{ loser, winner string }
	files := map[pair][]string{}
	modules := map[pair][]string{}
	var pairs []pair
	for _, c := range conflicts {
		at := pair{c.Loser, c.Winner}
		if !slices.Contains(pairs, at) {
			pairs = append(pairs, at)
		}
		if c.Module {
			modules[at] = append(modules[at], c.Path)
		} else {
			files[at] = append(files[at], c.Path)
		}
	}
	var found []Finding
	for _, at := range pairs {
		if list := modules[at]; list != nil {
			found = append(found, Finding{Rule: ModuleConflict, Pos: positions[at.winner],
				Msg:  fmt.Sprintf("%s and %s both bring the module %s, with different content; the image has that of %s", at.loser, at.winner, enumerate(list, 3), at.winner),
				Hint: fmt.Sprintf("leave one of them out: [tool.moult.package.%s] install = false", at.loser)})
		}
		if list := files[at]; list != nil {
			found = append(found, Finding{Rule: FileConflict, Pos: positions[at.winner],
				Msg: fmt.Sprintf("%s and %s both bring %s, with different content; the image has those of %s",
					at.loser, at.winner, enumerate(list, 3), at.winner)})
		}
	}
	return found
}
