package report

import (
	"io"
	"strings"

	"github.com/moult-build/moult/internal/lock"
)

// LockFile is a lock for the user to commit.
type LockFile struct {
	// Filename is its recommended name, Content its text.
	Filename string `json:"filename"`
	Content  string `json:"content"`
	// Packages are the packages in it.
	Packages []LockedPackage `json:"packages"`
}

// LockedPackage is an entry of a lock.
type LockedPackage struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	Marker  string `json:"marker,omitempty"`
}

// NewLockFile writes a lock as pylock.toml (PEP 751). buildFile is the name of
// the build file for the comment at its top.
func NewLockFile(l *lock.Lock, buildFile string) (LockFile, error) {
	content, err := lock.WritePylock(l, "Made by moult. To make it anew:",
		"  docker buildx build --call lock --no-cache-filter wheels -f "+strings.Map(printable, buildFile)+" . > pylock.toml")
	f := LockFile{Filename: string(lock.Pylock), Content: string(content)}
	for _, p := range l.Packages {
		f.Packages = append(f.Packages, LockedPackage{Name: p.Name, Version: p.Version, Marker: p.Marker.String()})
	}
	return f, err
}

// printable removes characters that would end a comment.
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
