package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/check/imports"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
)

// Displays is the input of the rule MissingDisplay: the libraries for windows that
// an image's program imports at its start.
type Displays struct {
	*project.Project
	Toolkits []imports.Toolkit
	// File returns the user's file at a path of the image's sources.
	File func(at string) *source.File
}

// overTk are the libraries that need the one of Tk, which the slim images lack.
var overTk = []string{"tkinter", "turtle", "customtkinter", "ttkbootstrap", "PySimpleGUI", "FreeSimpleGUI", "pyautogui"}

// Check reports the first of them. A container has no display unless it is
// started with one.
func (in Displays) Check() []Finding {
	if len(in.Toolkits) == 0 || in.hasDisplay() {
		return nil
	}
	t := in.Toolkits[0]
	file := in.File(t.File)
	packages := `"xvfb", "xauth"`
	if slices.Contains(overTk, t.Module) {
		packages += `, "libtk8.6"`
	}
	return []Finding{{
		Rule: MissingDisplay, Pos: source.Pos{File: file, Line: t.Line, Col: t.Col},
		Msg:  fmt.Sprintf("%s imports %s at its start, which opens windows, and the image has no display", file.Name, t.Module),
		Hint: fmt.Sprintf(`start a program without windows, or write init = true, apt.run = [%s] and cmd = ["xvfb-run", "--auto-servernum", ...]`, packages),
	}}
}

// displayVariables tell programs of a display, or to do without one.
var displayVariables = []string{"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "SDL_VIDEODRIVER"}

// hasDisplay reports whether the build file has anything of a display: a base of
// the project's own, a variable, or a package of the distribution.
func (in Displays) hasDisplay() bool {
	s := &in.Settings
	words := slices.Concat(s.Entrypoint.Strings(), s.Cmd.Strings())
	return s.Base != nil ||
		slices.ContainsFunc(s.Env, func(v project.Variable) bool { return slices.Contains(displayVariables, v.Name) }) ||
		slices.ContainsFunc(s.Apt.Run, func(a project.SystemPackage) bool {
			return strings.HasPrefix(a.Name, "xvfb") || strings.HasPrefix(a.Name, "xserver") || strings.HasPrefix(a.Name, "x11") || strings.Contains(a.Name, "vnc") || a.Name == "xauth"
		}) ||
		slices.ContainsFunc(words, func(w string) bool { return strings.Contains(w, "xvfb") || strings.Contains(w, "Xvfb") })
}
