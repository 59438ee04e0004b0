package lock

import "github.com/moult-build/moult/internal/source"

// Found is the result of the search for a project's lock.
type Found struct {
	// Used is the lock; nil if there is none.
	Used *Lock
	// Unread is true if there is one that cannot be read.
	Unread bool
	// Others are other lock files in the same folder.
	Others []string
	// Empty are lock files in this folder that are empty and therefore passed over.
	Empty []string
	// NotLocked says why a requirement file is not a lock although it could be
	// the project's; nil if there is no such file.
	NotLocked *source.Error
}
