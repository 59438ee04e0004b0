// Package install lays Python wheels out into a virtual environment, without
// Python and without a network.
//
// A wheel file and a Target go in; a tree of files comes out under the
// Target's root, in the places they have in the finished image, together with
// a Result that says what was written and what was odd. It runs inside the
// build, in cmd/moult-install: one step per wheel, its tree becoming one
// image layer. Compiling bytecode is the business of the package bytecode
// below this one.
//
// The rules are those of the binary distribution format, recording installed
// projects, and entry points specifications (packaging.python.org), read the
// way pip reads them wherever the specifications leave room. What comes out
// depends on the wheel's bytes and the Target alone: modes, times, the order
// of RECORD and the text of scripts are all fixed.
package install

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"

	"github.com/moult-build/moult/internal/pypkg/wheel"
)

// Wheel is an opened wheel whose archive and metadata were found sound.
// Nothing is unpacked before Install.
type Wheel struct {
	// Name and Version are those of the file name, unescaped as far as the
	// escaping can be undone: "google_cloud_storage" stays as it is.
	Name, Version string

	archive  *archive
	distInfo string // the top-level "x-1.dist-info" directory
	dataDir  string // the top-level "x-1.data" directory, whether it exists or not
	record   []wheel.Row
	entries  entryPoints
	warnings []string
}

// Error is a wheel that cannot be laid out.
type Error struct {
	// Wheel is the wheel's file name without its directory.
	Wheel string
	// Member is the archive member at fault, empty when it is the wheel as a
	// whole.
	Member string
	// Err is what is wrong.
	Err error
}

// Error names the wheel, the member and what is wrong with it, on one line.
func (e *Error) Error() string {
	member := printable(e.Member)
	if member == "" {
		return fmt.Sprintf("%s: %v", e.Wheel, e.Err)
	}
	return fmt.Sprintf("%s: %s: %v", e.Wheel, member, e.Err)
}

// printable quotes a name with characters that would do something else on a
// terminal, or in a log, than be seen.
func printable(name string) string {
	if strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(name)
	}
	return name
}

// Unwrap gives what is wrong.
func (e *Error) Unwrap() error { return e.Err }

// memberErrorf builds the error of a member; Open and Install add the wheel.
func memberErrorf(member, format string, args ...any) error {
	return &Error{Member: member, Err: fmt.Errorf(format, args...)}
}

// Open reads the wheel at path: the archive's directory, the .dist-info
// directory's WHEEL, RECORD and entry_points.txt. The file name must be a
// wheel's, since it says which project and version must be inside. Every
// error is an *Error.
func Open(path string) (*Wheel, error) {
	w, err := open(path)
	if err != nil {
		return nil, inWheel(filepath.Base(path), err)
	}
	return w, nil
}

// Close releases the file.
func (w *Wheel) Close() error { return w.archive.close() }

// Filename is the wheel's file name without its directory.
func (w *Wheel) Filename() string { return w.archive.filename }

func inWheel(filename string, err error) error {
	if e, ok := err.(*Error); ok {
		e.Wheel = filename
		return e
	}
	return &Error{Wheel: filename, Err: err}
}

func open(path string) (_ *Wheel, err error) {
	name, err := wheel.SplitFilename(filepath.Base(path))
	if err != nil {
		return nil, fmt.Errorf("it is not named as a wheel: %w", err)
	}
	a, err := openArchive(path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			a.close()
		}
	}()

	w := &Wheel{Name: name.Name, Version: name.Version, archive: a}
	w.warnings = append(w.warnings, a.warnings...)
	if w.distInfo, err = findDistInfo(a, name.Name); err != nil {
		return nil, err
	}
	w.dataDir = strings.TrimSuffix(w.distInfo, wheel.DistInfo) + ".data"

	data, err := a.readSmall(w.distInfo + "/WHEEL")
	if err != nil {
		return nil, err
	}
	warning, err := checkWheelVersion(data)
	if err != nil {
		return nil, &Error{Member: w.distInfo + "/WHEEL", Err: err}
	} else if warning != "" {
		w.warnings = append(w.warnings, warning)
	}

	if data, err = a.readSmall(w.distInfo + "/RECORD"); err != nil {
		return nil, err
	}
	if w.record, err = wheel.ParseRecord(data); err != nil {
		return nil, &Error{Member: w.distInfo + "/RECORD", Err: err}
	}

	if a.has(w.distInfo + "/entry_points.txt") {
		if data, err = a.readSmall(w.distInfo + "/entry_points.txt"); err != nil {
			return nil, err
		}
		if w.entries, err = parseEntryPoints(data); err != nil {
			return nil, &Error{Member: w.distInfo + "/entry_points.txt", Err: err}
		}
	}
	return w, nil
}
