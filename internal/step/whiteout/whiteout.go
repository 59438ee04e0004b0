// Package whiteout detects file names that an image layer cannot contain.
//
// In a layer's tar file a name that begins with ".wh." means a deletion: a
// client that pulls the layer removes the file with the rest of the name, and
// ".wh..wh..opq" removes everything in a folder. In a file system such a name
// is an ordinary file. So without this check a build would succeed and the
// pulled image would lack files.
package whiteout

import "strings"

// Prefix begins the names.
const Prefix = ".wh."

// In returns the first part of a slash-separated path that is such a name,
// or "".
func In(path string) (part string, found bool) {
	for part := range strings.SplitSeq(path, "/") {
		if strings.HasPrefix(part, Prefix) {
			return part, true
		}
	}
	return "", false
}

// Reason is the text that follows such a name in an error.
const Reason = `begins with ".wh.", which deletes other files where the image is pulled`
