// Package whiteout knows the names that image layers do not have as files.
//
// In a layer's tar file a name that begins with ".wh." is a deletion: whoever
// pulls the layer removes the file that the rest of the name says, and
// ".wh..wh..opq" removes all of a folder. A file system has such names as
// plain files, so a build that passed its tests gives an image that lacks
// what they name.
package whiteout

import "strings"

// Prefix begins the names.
const Prefix = ".wh."

// In gives the first part of a slash-separated path that is such a name, or
// nothing.
func In(path string) (part string, found bool) {
	for part := range strings.SplitSeq(path, "/") {
		if strings.HasPrefix(part, Prefix) {
			return part, true
		}
	}
	return "", false
}

// Reason is what is wrong with such a name, to be put after it.
const Reason = `begins with ".wh.", which deletes other files where the image is pulled`
