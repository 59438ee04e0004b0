package tags

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/wheel"
)

// Build is the optional build number of a wheel, which breaks ties. The zero
// value means that there is none.
type Build struct {
	// Number is the leading digits without leading zeros; "0" for zero.
	Number string
	// Suffix is the rest.
	Suffix string
}

// Compare orders build numbers; no number comes first.
func (b Build) Compare(o Build) int {
	if len(b.Number) != len(o.Number) {
		if len(b.Number) < len(o.Number) {
			return -1
		}
		return 1
	}
	if c := strings.Compare(b.Number, o.Number); c != 0 {
		return c
	}
	return strings.Compare(b.Suffix, o.Suffix)
}

// Wheel is what the file name of a wheel says.
type Wheel struct {
	Filename string
	// Name is normalized.
	Name    string
	Version pep440.Version
	Build   Build
	Tags    Set
}

// ParseWheelFilename reads "name-version[-build]-python-abi-platform.whl".
func ParseWheelFilename(filename string) (Wheel, error) {
	fail := func(format string, args ...any) (Wheel, error) {
		return Wheel{}, fmt.Errorf("%q is not the file name of a wheel: %s", filename, fmt.Sprintf(format, args...))
	}
	parts, err := wheel.SplitFilename(filename)
	if err != nil {
		return fail("%v", err)
	}
	if !isWheelName(parts.Name) {
		return fail("%q is not a project's name", parts.Name)
	}
	w := Wheel{Filename: filename, Name: pep503.Normalize(parts.Name)}
	if w.Version, err = pep440.Parse(parts.Version); err != nil {
		return fail("%v", err)
	}
	if parts.Build != "" {
		digits := len(parts.Build) - len(strings.TrimLeft(parts.Build, "0123456789"))
		w.Build.Number = strings.TrimLeft(parts.Build[:digits], "0")
		if w.Build.Number == "" {
			w.Build.Number = "0"
		}
		w.Build.Suffix, _, _ = strings.Cut(parts.Build[digits:], "\n")
	}
	if w.Tags, err = ParseTag(parts.Tag); err != nil {
		return fail("%v", err)
	}
	return w, nil
}

// isWheelName reports whether a string may stand for a project's name in the
// file name of a wheel, where '-' is written '_'.
func isWheelName(s string) bool {
	for _, r := range s {
		if r != '.' && r != '_' && !unicode.IsLetter(r) && !unicode.IsNumber(r) {
			return false
		}
	}
	return s != "" && !strings.Contains(s, "__")
}

// ParseSdistFilename reads "name-version.tar.gz" or "name-version.zip"; the
// name comes back normalized.
func ParseSdistFilename(filename string) (name string, version pep440.Version, err error) {
	fail := func(reason string) (string, pep440.Version, error) {
		return "", pep440.Version{}, fmt.Errorf("%q is not the file name of an sdist: %s", filename, reason)
	}
	stem, ok := strings.CutSuffix(filename, ".tar.gz")
	if !ok {
		if stem, ok = strings.CutSuffix(filename, ".zip"); !ok {
			return fail("it ends in neither .tar.gz nor .zip")
		}
	}
	dash := strings.LastIndexByte(stem, '-')
	if dash <= 0 {
		return fail("it has no name and version with a dash between them")
	}
	if version, err = pep440.Parse(stem[dash+1:]); err != nil {
		return fail(err.Error())
	}
	return pep503.Normalize(stem[:dash]), version, nil
}
