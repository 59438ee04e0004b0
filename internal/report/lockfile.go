package report

import (
	"io"

	"github.com/moult-build/moult/internal/lock"
)

// LockFile is a lock that is to be committed.
type LockFile struct {
	// Filename is what it is to be called, Content its text.
	Filename string `json:"filename"`
	Content  string `json:"content"`
	// Packages are what it holds.
	Packages []LockedPackage `json:"packages"`
}

// LockedPackage is an entry of a lock.
type LockedPackage struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	Marker  string `json:"marker,omitempty"`
}

// lockComment stands at the head of a lock.
var lockComment = []string{
	"Made by moult; to make it anew:",
	"  docker buildx build --call lock --no-cache-filter wheels -f BUILDFILE . > pylock.toml",
}

// NewLockFile gives a lock as pylock.toml.
func NewLockFile(l *lock.Lock) (LockFile, error) {
	content, err := lock.WritePylock(l, lockComment...)
	f := LockFile{Filename: string(lock.Pylock), Content: string(content)}
	for _, p := range l.Packages {
		f.Packages = append(f.Packages, LockedPackage{Name: p.Name, Version: p.Version, Marker: p.Marker.String()})
	}
	return f, err
}

// Text implements Printer.
func (f LockFile) Text(w io.Writer) error {
	_, err := io.WriteString(w, f.Content)
	return err
}
