// Package install installs Python wheels into a virtual environment, without
// Python and without a network.
//
// The input is a wheel file and a Target. The output is a Tree with the files
// at their paths in the image, and a Result with the files and warnings. The
// package runs in a step of a build, in cmd/moult-install: one step installs
// the wheels of one image layer into one Tree. Package bytecode compiles the
// modules.
//
// The rules are those of the specifications for the binary distribution format,
// for recording installed projects and for entry points (packaging.python.org).
// If a specification allows several readings, the package does the same as pip.
// The result depends only on the wheel's bytes and the Target: modes, times,
// the order of RECORD and the text of scripts are fixed.
package install

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"

	"github.com/moult-build/moult/internal/pypkg/wheel"
)

// Wheel is an open wheel whose archive and metadata are valid. Nothing is
// unpacked before Install.
type Wheel struct {
	// Name and Version are those of the file name. A "_" in the name stays,
	// because it may stand for several characters: "google_cloud_storage".
	Name, Version string

	archive  *archive
	distInfo string // the top-level "x-1.dist-info" directory
	dataDir  string // the top-level "x-1.data" directory, whether it exists or not
	record   []wheel.Row
	entries  entryPoints
	warnings []string
}

// Error is the error of a wheel that cannot be installed.
type Error struct {
	// Wheel is the wheel's file name without its directory.
	Wheel string
	// Member is the archive member with the fault; empty for a fault of the whole
	// wheel.
	Member string
	// Err is the cause.
	Err error
}

// Error returns the wheel, the member and the cause on one line.
func (e *Error) Error() string {
	member := printable(e.Member)
	if member == "" {
		return fmt.Sprintf("%s: %v", e.Wheel, e.Err)
	}
	return fmt.Sprintf("%s: %s: %v", e.Wheel, member, e.Err)
}

// printable quotes a name with control characters, which could change a
// terminal or a log.
func printable(name string) string {
	if strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(name)
	}
	return name
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// memberErrorf returns the error of a member; Open and Install add the wheel.
func memberErrorf(member, format string, args ...any) error {
	return &Error{Member: member, Err: fmt.Errorf(format, args...)}
}

// Open reads the wheel at path: the archive's directory and, in .dist-info,
// WHEEL, RECORD and entry_points.txt. The file must have a valid name of a
// wheel, because the name says which project and version the wheel must
// contain. Every error is an *Error.
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
