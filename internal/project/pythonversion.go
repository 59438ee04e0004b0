package project

import (
	"path"
	"strconv"
	"strings"

	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/source/regex"
)

// pythonVersionFile looks for .python-version in the project's folder and those
// above it.
func (r *reader) pythonVersionFile() {
	for dir := r.p.Dir; ; dir = path.Dir(dir) {
		file, err := r.files.file(path.Join(dir, ".python-version"))
		if err != nil {
			r.fail(err)
			return
		}
		if file != nil {
			request, environment, err := parsePythonVersionFile(file)
			r.fail(err)
			r.p.PythonVersion, r.p.PyenvName = request, environment
			return
		}
		if dir == "." {
			return
		}
	}
}

// parsePythonVersionFile reads .python-version as pyenv and uv write it: one
// version a line, of which the first counts; "#" starts a comment. The request
// is nil for an empty file. pyenv also writes the name of a virtual environment,
// which only the author's machine has: environment is this name, and the request
// the version at its end, as in "shop-3.12", or nil. So is "system".
func parsePythonVersionFile(file *source.File) (request *PythonRequest, environment string, err error) {
	text := strings.TrimPrefix(string(file.Data), "\ufeff")
	for i, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		word := strings.TrimSpace(line)
		if word == "" {
			continue
		}
		// pyenv also reads several versions on one line.
		word = strings.Fields(word)[0]
		pos := source.Pos{File: file, Line: i + 1, Col: 1 + strings.Index(line, word)}
		word, _, _ = strings.Cut(word, "/envs/")
		if !pyenvName(word) {
			request, err = personalPython(source.At[string]{V: word, Pos: pos})
			return request, "", err
		}
		if m := nameEnd.FindStringSubmatch(word); m != nil && knownMinor(m[1]) {
			request = &PythonRequest{Pos: pos, Text: m[1], Minor: m[1]}
		}
		return request, word, nil
	}
	return nil, "", nil
}

var (
	nameForm = regex.New(`^[A-Za-z_][A-Za-z0-9_.-]*$`)
	nameEnd  = regex.New(`[A-Za-z_.-](3\.\d{1,2})(?:\.\d+)?$`)
)

// pyenvName reports whether a word of .python-version is the name of a virtual
// environment, and not the name of an interpreter or a version with an error in
// it.
func pyenvName(word string) bool {
	if !nameForm.MatchString(word) {
		return false
	}
	for _, form := range []*regex.Regexp{pythonForm, otherForm, threadForm, preForm} {
		if form.MatchString(word) {
			return false
		}
	}
	return !strings.HasPrefix(word, "v3") && !strings.HasPrefix(strings.ToLower(word), "python") && !strings.HasPrefix(strings.ToLower(word), "cpython")
}

var (
	pythonForm = regex.New(`^(?i:(?:cpython|python)[-@]?)?(\d{1,4})(?:\.(\d{1,4}))?(?:\.(\d{1,4}))?(-(?:linux|macos|darwin|windows)[-\w.]*)?$`)
	otherForm  = regex.New(`^(?i)(pypy|graalpy|graalpython|pyston|jython|ironpython|micropython|rustpython|stackless|miniconda|miniforge|mambaforge|anaconda|cinder|activepython)`)
	threadForm = regex.New(`^(?i)(?:(?:cpython|python)[-@]?)?\d+\.\d+(?:\.\d+)?(t|\+freethreaded)(?:-(?:linux|macos|darwin|windows)[-\w.]*)?$`)
	preForm    = regex.New(`^(?i)(?:(?:cpython|python)[-@]?)?\d+\.\d+(?:\.\d+)?(?:-dev|(?:a|b|rc)\d+)$`)
)

// personalPython reads the version in a file that says what a person works with,
// as .python-version and Pipfile do. For one that is too old to be built for, it
// is the oldest that can be: Pipenv only warns of such a difference, too.
func personalPython(v source.At[string]) (*PythonRequest, error) {
	if m := pythonForm.FindStringSubmatch(v.V); m != nil && trimZeros(m[1]) == "3" && m[2] != "" {
		// Nobody has one before 3.3 any more: "3.1" is a "3.10" that lost its zero.
		if minor := "3." + trimZeros(m[2]); older(minor) && minor >= "3.3" {
			return &PythonRequest{Pos: v.Pos, Text: oldestMinor(), Minor: oldestMinor(), Asked: minor}, nil
		}
	}
	return parsePython(v)
}

// parsePython reads a Python version: "3.13", "3.13.2", "3", or a longer name
// of uv such as "cpython-3.13".
func parsePython(v source.At[string]) (*PythonRequest, error) {
	m := pythonForm.FindStringSubmatch(v.V)
	switch {
	case m != nil:
	case otherForm.MatchString(v.V):
		return nil, source.Errorf(v.Pos, "%q is not CPython, the only Python that images are built with", v.V).WithHint("write a version such as %q", newestMinor())
	case threadForm.MatchString(v.V):
		request, err := parsePython(source.At[string]{V: threadedBase(v.V), Pos: v.Pos})
		if err == nil {
			request.Text, request.FreeThreaded = v.V, true
		}
		return request, err
	case preForm.MatchString(v.V):
		return nil, source.Errorf(v.Pos, "%q is a pre-release of Python", v.V).WithHint("write a released version such as %q", newestMinor())
	default:
		return nil, source.Errorf(v.Pos, "%q is not a Python version", v.V).WithHint("write one such as %q", newestMinor())
	}
	request := &PythonRequest{Pos: v.Pos}
	major, minor, micro := trimZeros(m[1]), m[2], m[3]
	request.Text = major
	if minor != "" {
		request.Minor = major + "." + trimZeros(minor)
		request.Text = request.Minor
	}
	if micro != "" {
		request.Full = request.Minor + "." + trimZeros(micro)
		request.Text = request.Full
	}
	switch {
	case major == "2":
		return nil, source.Errorf(v.Pos, "Python %s is Python 2", request.Text).WithHint("Moult builds for Python %s and newer", oldestMinor())
	case minor == "" && major != "3", minor != "" && !knownMinor(request.Minor):
		return nil, unknownPython(request)
	}
	return request, nil
}

var releaseForm = regex.New(`\d+(?:\.\d+)+`)

// firstThreaded is the first Python 3.x that has a free-threaded variant.
const firstThreaded = 13

// freeThreaded refuses a free-threaded Python where no image is named that has
// it: the official images do not.
func (r *reader) freeThreaded() {
	s := &r.p.Settings
	request := s.Python
	if request == nil {
		request = r.p.PythonVersion
	}
	if request == nil || !request.FreeThreaded {
		return
	}
	release := threadedBase(request.Text)
	for _, known := range Releases {
		if known.Minor == request.Minor && known.Y < firstThreaded {
			r.fail(source.Errorf(request.Pos, "Python %s has no free-threaded variant, the first is 3.%dt", request.Minor, firstThreaded).WithHint("write %q", release))
			return
		}
	}
	if s.Base == nil && s.PythonFrom == nil {
		r.fail(source.Errorf(request.Pos, "%q is a free-threaded Python, which the official images do not have", request.Text).
			WithHint("write %q, or name an image that has python%st as the base", release, request.Minor))
	}
}

// threadedBase is the release of a free-threaded Python.
func threadedBase(text string) string { return releaseForm.FindString(text) }

func trimZeros(digits string) string {
	if t := strings.TrimLeft(digits, "0"); t != "" {
		return t
	}
	return "0"
}

func unknownPython(request *PythonRequest) *source.Error {
	for _, release := range Releases {
		if release.Minor == request.Minor {
			return source.Errorf(request.Pos, "Python %s is not released yet", request.Text)
		}
	}
	err := source.Errorf(request.Pos, "there is no Python %s that can be built for", request.Text)
	if m := minorForm.FindStringSubmatch(request.Text); m != nil && older(m[1]) {
		return err.WithHint("known are %s to %s; if the code runs with Python %s, write python = %q in the build file, which precedes other files",
			oldestMinor(), newestMinor(), oldestMinor(), oldestMinor())
	}
	return err.WithHint("known are %s to %s", oldestMinor(), newestMinor())
}

// older reports whether a release of Python 3 is older than those that can be
// built for.
func older(minor string) bool {
	of := func(minor string) int {
		n, _ := strconv.Atoi(strings.TrimPrefix(minor, "3."))
		return n
	}
	return of(minor) < of(oldestMinor())
}
