package report

import (
	"io"
	"strings"

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

// NewLockFile gives a lock as pylock.toml; buildFile is the name of the file
// it was made for.
func NewLockFile(l *lock.Lock, buildFile string) (LockFile, error) {
	content, err := lock.WritePylock(l, "Made by moult. To make it anew:",
		"  docker buildx build --call lock --no-cache-filter wheels -f "+strings.Map(printable, buildFile)+" . > pylock.toml")
	f := LockFile{Filename: string(lock.Pylock), Content: string(content)}
	for _, p := range l.Packages {
		f.Packages = append(f.Packages, LockedPackage{Name: p.Name, Version: p.Version, Marker: p.Marker.String()})
	}
	return f, err
}

// printable leaves out what would end a comment.
func printable(r rune) rune {
	if r < ' ' || r == 0x7f {
		return -1
	}
	return r
}

// Text implements Printer.
func (f LockFile) Text(w io.Writer) error {
	_, err := io.WriteString(w, f.Content)
	return err
}
