package plan

import (
	"io/fs"
	"slices"
	"strings"
)

// AsTheyAre is the mode of files that the build file says nothing of: the umask
// of a checkout must neither make files unreadable nor change the layer. It is
// u=rwX,go=rX in a form without "=X", which BuildKit 0.17 to 0.20 ignore: their
// folders could not be entered.
const AsTheyAre = "a+X,u+rw,go+r,go-w,a-s"

// CopyMode is the mode of copied files in the notation of chmod(1), for a mode
// of the build file, or 0 where it says none. Permission bits alone would make
// folders that nobody can enter.
func CopyMode(bits uint32) string {
	if bits == 0 {
		return AsTheyAre
	}
	// X looks at the mode before, so it comes before x.
	var first, rest []string
	for n, class := range []string{"u", "g", "o"} {
		b := bits >> (6 - 3*n) & 7
		set, unset := "", ""
		for i, letter := range []string{"r", "w", "x"} {
			switch {
			case b&(4>>i) != 0:
				set += letter
			case letter == "x" && b&4 != 0:
				first = append(first, class+"+X")
			default:
				unset += letter
			}
		}
		if set != "" {
			rest = append(rest, class+"+"+set)
		}
		if unset != "" {
			rest = append(rest, class+"-"+unset)
		}
	}
	return strings.Join(slices.Concat(first, rest, []string{"a-s"}), ",")
}

// LacksSearch reports whether a mode lets somebody read and not execute.
func LacksSearch(bits uint32) bool {
	perm := fs.FileMode(bits).Perm()
	return perm != 0 && perm>>2&0o111&^perm != 0
}
