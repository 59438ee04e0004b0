package imports

import (
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project/start"
)

// Toolkit is an import of a library that opens windows, whenever the program
// starts.
type Toolkit struct {
	Module string
	// File is the source that imports it, at Line and Col.
	File      string
	Line, Col int
}

// toolkits are the modules of such libraries. A program that imports one of them
// at its start opens a window, or fails while it imports it where there is no
// display. Others have uses without one, and are named by the part that opens
// windows.
var toolkits = []string{
	"tkinter", "turtle", "customtkinter", "ttkbootstrap", "PySimpleGUI", "FreeSimpleGUI", "pyautogui", "pynput", "wx", "kivy.app", "pyglet.window",
	"arcade", "dearpygui.dearpygui", "PyQt5.QtWidgets", "PyQt6.QtWidgets", "PySide2.QtWidgets", "PySide6.QtWidgets",
}

// windows are calls that open a window, by the module that has other uses.
var windows = map[string]string{"pygame": "display.set_mode("}

// withoutDisplay are words in a source that sets the library to work without a
// display, or starts one.
var withoutDisplay = []string{"QT_QPA_PLATFORM", "SDL_VIDEODRIVER", "pyvirtualdisplay", "Xvfb"}

// toolkit records an import of a library that opens windows.
func (w *walk) toolkit(name string, i start.Import, file string) {
	names := []string{name}
	for _, n := range i.Names {
		names = append(names, name+"."+n)
	}
	for _, name := range names {
		call := windows[name]
		if call == "" && !slices.Contains(toolkits, name) {
			continue
		}
		content, err := w.Files.Read(file)
		if err != nil || !strings.Contains(string(content), call) ||
			slices.ContainsFunc(withoutDisplay, func(word string) bool { return strings.Contains(string(content), word) }) {
			continue
		}
		if w.locate(name).kind != source {
			w.opened = append(w.opened, Toolkit{Module: name, File: file, Line: i.Line, Col: i.Col})
			return
		}
	}
}
