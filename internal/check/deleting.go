package check

import (
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/step/whiteout"
)

// DeletingNames reports the paths whose last part means a deletion in a layer.
// pos is the line that brings them into the image.
func DeletingNames(paths []string, pos source.Pos) []Finding {
	var names []string
	for _, name := range paths {
		if strings.HasPrefix(path.Base(name), whiteout.Prefix) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	slices.Sort(names)
	return []Finding{{Rule: DeletingName, Pos: pos,
		Msg:  "the image holds " + enumerate(slices.Compact(names), 5) + ": where it is pulled, such a name is missing and deletes the file with the rest of the name",
		Hint: "rename it or leave it out"}}
}
