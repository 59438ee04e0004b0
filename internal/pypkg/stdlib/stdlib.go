// Package stdlib lists the parts of Python's standard library that an image
// does not need, because no service imports them.
package stdlib

import "slices"

// apart are folders of the library that are programs or tests of their own, and
// those of packages, which are not the library's.
var apart = []string{"test", "tests", "idle_test", "idlelib", "turtledemo", "tkinter", "ensurepip"}

// packages are folders in the library that hold packages.
var packages = []string{"site-packages", "dist-packages"}

// NotCompiled are the names of folders that get no bytecode: tests, windows,
// the installer of pip, the tools of Python 2 and the texts of help().
func NotCompiled() []string {
	return slices.Concat(apart, []string{"lib2to3", "pydoc_data"}, packages)
}

// NotCopied are patterns of what stays behind where another image's Python is
// copied. What somebody may import by chance is copied.
func NotCopied() []string {
	return slices.Concat(apart, []string{"turtle.py"}, packages, []string{"config-*"})
}
