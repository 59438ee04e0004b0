// Package source connects every value that Moult reads with its position in a
// file.
//
// Each reader of a user's file (internal/toml, internal/project,
// internal/lock) takes a File and returns values with a Pos. Code that later
// finds an error in a value returns an *Error at this Pos, and the frontend
// and the command line show the snippet. The package does not know the
// meaning of values.
package source

import (
	"errors"
	"fmt"
)

// File is one of the user's files as it was read from the build context.
type File struct {
	// Name is what the user calls the file: a slash-separated path relative
	// to the project's folder, such as "pyproject.toml".
	Name string
	// Data is the file's whole content.
	Data []byte
}

// Pos is a place in a File. Lines and columns count from 1; a zero Line
// means that the file as a whole is meant. EndLine is the last line of a
// value that spans several, or 0 when it stands on one line.
type Pos struct {
	File    *File
	Line    int
	Col     int
	EndLine int
}

// IsValid reports whether the position names a file.
func (p Pos) IsValid() bool { return p.File != nil }

// String gives "pyproject.toml:5:3", as much of it as is known.
func (p Pos) String() string {
	switch {
	case p.File == nil:
		return "-"
	case p.Line == 0:
		return p.File.Name
	case p.Col == 0:
		return fmt.Sprintf("%s:%d", p.File.Name, p.Line)
	default:
		return fmt.Sprintf("%s:%d:%d", p.File.Name, p.Line, p.Col)
	}
}

// At is a value with the place it was written.
type At[T any] struct {
	V   T
	Pos Pos
}

// Error is something wrong in a user's file, in the words of the user: what
// is wrong, where, and what to write instead.
type Error struct {
	Pos Pos
	// Msg says what is wrong, one sentence without a final full stop.
	Msg string
	// Hint says what to write instead; may be empty.
	Hint string
	// Err is the cause, if another error is one.
	Err error
}

// Errorf makes an Error at pos; like fmt.Errorf it understands %w.
func Errorf(pos Pos, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Pos: pos, Msg: err.Error(), Err: errors.Unwrap(err)}
}

// WithHint sets what to write instead and returns the error.
func (e *Error) WithHint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// Error gives "pyproject.toml:5:3: what is wrong; what to write instead".
func (e *Error) Error() string {
	s := e.Msg
	if e.Hint != "" {
		s += "; " + e.Hint
	}
	if e.Pos.IsValid() {
		return e.Pos.String() + ": " + s
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }
