package project

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/source"
)

// Python is the Python that a project is built for.
type Python struct {
	// Minor is "3.13"; X and Y are 3 and 13.
	Minor string
	X, Y  int
	// Full is "3.13.2" where the user named a patch version, or requires-python
	// allows no other; else "".
	Full string
	// FreeThreaded is true for a Python without the global lock, as "3.14t".
	FreeThreaded bool
	// EndOfLife is the last day the release gets security fixes, as
	// "2029-10-31".
	EndOfLife string
	// Pos is the position that decided, for messages; invalid for the default.
	Pos source.Pos
	// Why says what decided, and Reason says it for people.
	Why    PythonReason
	Reason string
	// only is true if requires-python allows no patch version but Full.
	only bool
}

// Exact is the patch version that the image must have, as "3.13.2"; "" where
// any of the release will do, as where only .python-version names one.
func (p Python) Exact() string {
	if p.Why == PythonByFile && !p.only {
		return ""
	}
	return p.Full
}

// Open reports whether no file names the release. Then the base in the build
// file decides, if there is one.
func (p Python) Open() bool { return p.Why != PythonByKey && p.Why != PythonByFile }

// Guessed reports whether no file says more of the release than which ones are
// possible.
func (p Python) Guessed() bool {
	return p.Why == PythonByRange || p.Why == PythonByDefault || p.Why == PythonByDevelopment
}

// PythonReason says what decided on the Python version.
type PythonReason string

// The reasons, in the order of their precedence.
const (
	PythonByKey     PythonReason = "python"
	PythonByFile    PythonReason = ".python-version"
	PythonByLock    PythonReason = "lock" // see plan.PythonForLock
	PythonByHint    PythonReason = "another tool's file"
	PythonByPins    PythonReason = "pinned requirements" // see plan.PythonForPins
	PythonByRange   PythonReason = "requires-python"
	PythonByDefault PythonReason = "default"
	// PythonByDevelopment comes after the pins, because a host may have written that
	// file for any project.
	PythonByDevelopment PythonReason = "the container for development"
)

// ErrPythonMismatch is the cause of the error for a Python that requires-python
// does not allow.
var ErrPythonMismatch = errors.New("requires-python does not allow this Python")

// ChoosePython returns the Python for the build. The first of these decides:
// the key python, .python-version, the file of another tool, and the newest
// release that requires-python allows and that is a year old. The error is a
// *source.Error.
func ChoosePython(p *Project) (Python, error) {
	newest := newestAllowed(p.Requires)
	if newest == nil {
		return Python{}, source.Errorf(p.RequiresPython.Pos, "no release of Python fits requires-python = %q", p.RequiresPython.V).
			WithHint("known are %s to %s", oldestMinor(), newestMinor())
	}
	request, why := p.Settings.Python, PythonByKey
	if request == nil {
		request, why = p.PythonVersion, PythonByFile
	}
	if request == nil || request.Minor == "" { // "3"
		return openPython(p, request, why), nil
	}
	var chosen Python
	for _, release := range Releases {
		if release.Minor == request.Minor {
			chosen = asPython(release)
		}
	}
	if chosen.Minor == "" {
		return Python{}, unknownPython(request)
	}
	chosen.Why, chosen.Pos, chosen.Full, chosen.FreeThreaded = why, request.Pos, request.Full, request.FreeThreaded
	if why == PythonByFile {
		chosen.Reason = "from " + request.Pos.File.Name
		if p.PyenvName != "" {
			chosen.Reason = "from the name " + p.PyenvName + " in " + request.Pos.File.Name
		}
		if request.Asked != "" {
			chosen.Reason = "the oldest that can be built for, because " + request.Pos.File.Name + " says " + request.Asked
		}
		if _, only := pep440.OnlyPatch(p.Requires, chosen.X, chosen.Y); request.Full != "" && !only {
			chosen.Reason += ", which says " + request.Full + "; a patch version is written as python = \"" + request.Full + "\""
		}
	}
	fits := pep440.AllowsMinor(p.Requires, chosen.X, chosen.Y)
	if chosen.Full != "" {
		version, err := pep440.Parse(chosen.Full)
		fits = err == nil && p.Requires.Contains(version, pep440.PrereleasesAllowed)
	}
	if !fits && request.Asked != "" {
		return Python{}, unknownPython(&PythonRequest{Pos: request.Pos, Text: request.Asked, Minor: request.Asked})
	}
	if !fits {
		err := source.Errorf(request.Pos, "Python %s does not fit requires-python = %q at %s", request.Text, p.RequiresPython.V, p.RequiresPython.Pos).
			WithHint("write %q here, or change requires-python", newest.Minor)
		err.Err = ErrPythonMismatch
		return Python{}, err
	}
	return p.pinned(chosen), nil
}

// pinned takes the patch version of a release that requires-python allows alone.
func (p *Project) pinned(python Python) Python {
	if patch, only := pep440.OnlyPatch(p.Requires, python.X, python.Y); only {
		python.Full, python.only = python.Minor+"."+strconv.Itoa(patch), true
	}
	return python
}

// openPython is the release if no version is named.
func openPython(p *Project, request *PythonRequest, why PythonReason) Python {
	chosen := choiceOfOpen(p, request, why)
	if p.PyenvName != "" && request == nil {
		chosen.Reason += "; .python-version says " + p.PyenvName + ", which is no version"
	}
	return chosen
}

func choiceOfOpen(p *Project, request *PythonRequest, why PythonReason) Python {
	for _, named := range []struct {
		by  *PythonRequest
		why PythonReason
	}{{p.PythonHint, PythonByHint}, {p.DevelopmentPython, PythonByDevelopment}} {
		if named.by == nil || request != nil {
			continue
		}
		for _, release := range Releases {
			if release.Minor == named.by.Minor && pep440.AllowsMinor(p.Requires, release.X, release.Y) {
				chosen := asPython(release)
				chosen.Why, chosen.Pos, chosen.Reason = named.why, named.by.Pos, "from "+named.by.Pos.File.Name
				if named.by.Asked != "" {
					chosen.Reason = "the oldest that can be built for, because " + named.by.Pos.File.Name + " says " + named.by.Asked
				}
				return p.pinned(chosen)
			}
		}
	}
	release := p.newest()
	reason := "the newest that requires-python allows"
	for n := len(Releases) - 1; n >= 0; n-- {
		r := Releases[n]
		if !r.aged() || !p.allows(r) {
			continue
		}
		if release.Minor != r.Minor {
			reason = "the newest that is a year old, because many packages have no wheels for a younger one"
		}
		release = &r
		break
	}
	if p.CodeLimit != nil {
		reason = "the newest that the program runs with"
	}
	chosen := asPython(*release)
	chosen.Why, chosen.Reason = PythonByDefault, p.Limited(reason)
	switch {
	case request != nil:
		chosen.Why, chosen.Pos = why, request.Pos
	case p.RequiresPython.V != "":
		chosen.Why, chosen.Pos = PythonByRange, p.RequiresPython.Pos
	}
	return p.pinned(chosen)
}

// OpenPythons are the releases among which a lock may choose, the newest first;
// none if a file names one.
func OpenPythons(p *Project) []Python {
	if r := p.Settings.Python; r != nil && r.Minor != "" {
		return nil
	} else if r == nil && p.PythonVersion != nil && p.PythonVersion.Minor != "" {
		return nil
	}
	var all []Python
	for n := len(Releases) - 1; n >= 0; n-- {
		if r := Releases[n]; p.allows(r) {
			all = append(all, p.pinned(asPython(r)))
		}
	}
	return all
}

// UsualPythons are those of OpenPythons that are a year old, or all where none
// is.
func UsualPythons(p *Project) []Python {
	all := OpenPythons(p)
	usual := slices.DeleteFunc(slices.Clone(all), func(python Python) bool { return !python.ReleasedBy(yearBefore) })
	if len(usual) == 0 {
		return all
	}
	return usual
}

func asPython(release Release) Python {
	return Python{Minor: release.Minor, X: release.X, Y: release.Y, EndOfLife: release.EndOfLife}
}

// newest is the newest release that the project allows.
func (p *Project) newest() *Release {
	for n := len(Releases) - 1; n >= 0; n-- {
		if p.allows(Releases[n]) {
			return &Releases[n]
		}
	}
	return nil
}

func newestAllowed(set pep440.SpecifierSet) *Release {
	for i := len(Releases) - 1; i >= 0; i-- {
		if pep440.AllowsMinor(set, Releases[i].X, Releases[i].Y) {
			return &Releases[i]
		}
	}
	return nil
}

// PastEndOfLife reports whether the release gets no more fixes on a day such as
// "2026-11-23".
func (p Python) PastEndOfLife(day string) bool { return strings.Compare(p.EndOfLife, day) < 0 }
