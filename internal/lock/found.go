package lock

import "github.com/moult-build/moult/internal/source"

// Found is what became of looking for a project's lock.
type Found struct {
	// Used is the lock; nil where there is none.
	Used *Lock
	// Others are lock files that lie beside it.
	Others []string
	// NotLocked says why a requirement file that could be the lock is none; nil
	// where there is no such file.
	NotLocked *source.Error
}
