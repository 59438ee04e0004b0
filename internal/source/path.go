package source

import "strings"

// LeavesFolder reports whether a clean path that is relative to a folder (path.Clean) leads out of it.
func LeavesFolder(clean string) bool { return clean == ".." || strings.HasPrefix(clean, "../") }
