package start

import (
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/source/regex"
)

// pythonPath matches a command or a line that adds folders to where Python finds
// modules.
var pythonPath = regex.New(`PYTHONPATH[=: ]+["']?([\w./${}:-]+)`)

// withFolders is a command that runs a program by its file, with the folders in which
// it finds modules that its own folder does not have: one above it, or another one that
// a file of the project adds to PYTHONPATH.
func (f *finder) withFolders(name string, m *module, args []string) []string {
	parts := strings.Split(path.Dir(within(f.dir, name)), "/")
	var above, elsewhere []string
	for _, top := range m.needs {
		switch {
		case f.taken(top) || f.module(parts, top) || slices.Contains(above, top):
		case f.moduleAbove(parts, top):
			above = append(above, top)
		default:
			elsewhere = append(elsewhere, top)
		}
	}
	if len(elsewhere) > 0 {
		for _, folder := range f.addedFolders() {
			if slices.ContainsFunc(elsewhere, func(top string) bool { return f.module(strings.Split(folder, "/"), top) }) {
				args = f.searching(folder, args)
			}
		}
	}
	for n := 0; n < len(parts) && len(above) > 0; n++ {
		if !slices.ContainsFunc(above, func(top string) bool { return !f.module(parts[:n], top) }) {
			return f.searching(strings.Join(parts[:n], "/"), args)
		}
	}
	return args
}

// addedFolders are the folders of the project that its files with commands add to
// PYTHONPATH, by their last names.
func (f *finder) addedFolders() (folders []string) {
	var added []string
	for _, file := range slices.Concat([]string{"Dockerfile"}, composeFiles, taskFiles, startScripts, readmes) {
		for _, m := range pythonPath.FindAllStringSubmatch(f.evidenceIn(file), maxServices) {
			for _, one := range strings.Split(m[1], ":") {
				if base := path.Base(one); base != "." && base != ".." && !slices.Contains(added, base) {
					added = append(added, base)
				}
			}
		}
	}
	if len(added) == 0 {
		return nil
	}
	for folder := range f.folders {
		if rel := within(f.dir, folder); folder != f.dir && slices.Contains(added, path.Base(rel)) {
			folders = append(folders, rel)
		}
	}
	slices.SortFunc(folders, func(a, b string) int {
		if d := strings.Count(a, "/") - strings.Count(b, "/"); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	return folders
}
