package project

import (
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/source/regex"
	"github.com/moult-build/moult/internal/toml"
)

// pythonHint looks for a release in the files of other tools. They were not
// written for Moult, so text that cannot be parsed is not an error.
func (r *reader) pythonHint() {
	hints := []hint{
		{"runtime.txt", lineHint(regex.New(`(?i)^\s*(?:python[- ]?)?(3\.\d+)(?:\.(?:\d+\w*|[x*]))?\s*$`))},
		{".tool-versions", lineHint(regex.New(`^\s*python\s+(3\.\d+)(\.\d+)?\b`))},
		{"mise.toml", miseHint},
	}
	for _, name := range slices.Concat(ContainerFiles, near(ServiceContainerFiles)) {
		hints = append(hints, hint{name, dockerfileHint})
	}
	r.p.PythonHint = r.firstHint(hints)
	r.p.DevelopmentPython = r.firstHint([]hint{
		{".devcontainer/devcontainer.json", lineHint(regex.New(`^\s*"image"\s*:\s*"(?:[^"]*/)?` + pythonImage))},
		{".devcontainer/Dockerfile", dockerfileHint},
	})
}

// hint is a file that may name a release.
type hint struct {
	name string
	read func(file *source.File) *PythonRequest
}

// firstHint is the release that the first of several files names; nil where none
// does.
func (r *reader) firstHint(hints []hint) *PythonRequest {
	for _, hint := range hints {
		file, err := r.files.file(path.Join(r.p.Dir, hint.name))
		if err != nil || file == nil {
			continue
		}
		request := hint.read(file)
		switch {
		case request == nil:
		case knownMinor(request.Minor):
			return request
		case older(request.Minor) && request.Minor >= "3.3":
			// What is pinned for an older Python runs rather with the oldest one than with
			// the newest.
			request.Asked, request.Minor, request.Text = request.Minor, oldestMinor(), oldestMinor()
			return request
		}
	}
	return nil
}

// lineHint reads the first line that a pattern matches, whose first group is
// the release.
func lineHint(form *regex.Regexp) func(*source.File) *PythonRequest {
	return func(file *source.File) *PythonRequest {
		for n, line := range strings.Split(string(file.Data), "\n") {
			if m := form.FindStringSubmatchIndex(line); m != nil {
				minor := line[m[2]:m[3]]
				return &PythonRequest{Pos: source.Pos{File: file, Line: n + 1, Col: m[2] + 1}, Text: minor, Minor: minor}
			}
		}
		return nil
	}
}

var minorForm = regex.New(`^(3\.\d+)(\.\d+)?$`)

func miseHint(file *source.File) *PythonRequest {
	root, err := toml.Parse(file)
	if err != nil {
		return nil
	}
	n := root.Get("tools", "python")
	if n == nil {
		return nil
	}
	if m := minorForm.FindStringSubmatch(n.Str); m != nil {
		return &PythonRequest{Pos: n.Pos(), Text: m[1], Minor: m[1]}
	}
	return nil
}

var (
	fromLine = regex.New(`(?i)^\s*FROM\s+(?:--\S+\s+)*(\S+)`)
	argLine  = regex.New(`(?i)^\s*ARG\s+(\w+)=["']?([^"'\s]+)`)
	argUse   = regex.New(`\$\{?(\w+)\}?`)
	// imageForm is also "uv:python3.12-bookworm".
	imageForm = regex.New(`(?:^|/)` + pythonImage + `|:python(3\.\d+)\b`)
)

// pythonImage matches "python:3.12-slim" and "python:1-3.12", as images for
// development are named.
const pythonImage = `python:(?:\d+(?:\.\d+)*-)?(3\.\d+)\b`

// dockerfileHint is the Python of the last stage that has one.
func dockerfileHint(file *source.File) (found *PythonRequest) {
	args := map[string]string{}
	for n, line := range strings.Split(string(file.Data), "\n") {
		if m := argLine.FindStringSubmatch(line); m != nil {
			args[m[1]] = m[2]
		}
		m := fromLine.FindStringSubmatchIndex(line)
		if m == nil {
			continue
		}
		image := argUse.ReplaceAllStringFunc(line[m[2]:m[3]], func(use string) string { return args[strings.Trim(use, "${}")] })
		if of := imageForm.FindStringSubmatch(image); of != nil {
			minor := of[1] + of[2]
			found = &PythonRequest{Pos: source.Pos{File: file, Line: n + 1, Col: m[2] + 1}, Text: minor, Minor: minor}
		}
	}
	return found
}
