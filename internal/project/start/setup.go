package start

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// setupFile is the name of the script that packages a project. A file of this name
// may be something else.
const setupFile = "setup.py"

// withoutSetups omits the scripts that package a project: those which import
// setup() or the library that has it.
func (f *finder) withoutSetups(all []Source) ([]Source, error) {
	var failed error
	rest := slices.DeleteFunc(all, func(s Source) bool {
		if path.Base(s.Name) != setupFile {
			return false
		}
		if s.Size > maxSize {
			return true
		}
		content, err := f.in.Files.ReadFile(s.Name)
		if err != nil {
			if !errors.Is(err, fs.ErrNotExist) {
				failed = err
			}
			return true
		}
		m := analyse(string(content))
		return !m.program() && len(m.imports) == 0 || m.uses("setuptools", "distutils", "skbuild", "cx_Freeze") || slices.ContainsFunc(m.reaches, func(name string) bool { return strings.HasSuffix(name, ".setup") })
	})
	return rest, failed
}
