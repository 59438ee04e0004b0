package start

import (
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source/regex"
)

// pythonPath matches a command or a line that adds folders to where Python finds
// modules.
var pythonPath = regex.New(`PYTHONPATH\s*(?:[:?]?=|:)\s*["']?([\w./${}:()-]+)`)

// withFolders is a command that runs a program by its file, with the folder above it
// in which it finds modules that its own folder does not have.
func (f *finder) withFolders(name string, m *module, args []string) []string {
	parts := strings.Split(path.Dir(Within(f.dir, name)), "/")
	var above []string
	for _, top := range slices.Concat(m.needs, m.tries) {
		if !f.taken(top) && !f.module(parts, top) && f.moduleAbove(parts, top) {
			above = append(above, top)
		}
	}
	for n := 0; n < len(parts) && len(above) > 0; n++ {
		if !slices.ContainsFunc(above, func(top string) bool { return !f.module(parts[:n], top) }) {
			return f.searching(strings.Join(parts[:n], "/"), args)
		}
	}
	return args
}

// fromFolders lets a command find modules that its source needs and that only folders
// have which a file of the project adds to PYTHONPATH: all of these, because they may
// need each other.
func fromFolders(in Input, c project.Command) (project.Command, error) {
	found := c.Why == project.CommandByFile || c.Why == project.CommandByCode
	if p := in.Project; !found || c.File == "" || p.BuildSystem != nil && !c.NextToPackage {
		return c, nil
	}
	f := &finder{in: in, p: in.Project, dir: in.Project.Dir, looked: map[string]*module{}}
	if _, err := f.sources(); err != nil {
		return c, err
	}
	m, err := f.look(path.Join(f.dir, c.File))
	if err != nil || m == nil || m.changesPath {
		return c, err
	}
	parts := strings.Split(c.File, "/")
	missing := slices.DeleteFunc(slices.Clone(m.needs), func(top string) bool {
		return f.taken(top) || f.module(parts[:len(parts)-1], top) || f.moduleAbove(parts, top)
	})
	if len(missing) == 0 {
		return c, nil
	}
	folders, by := f.addedFolders()
	if !slices.ContainsFunc(folders, func(folder string) bool {
		return slices.ContainsFunc(missing, func(top string) bool { return f.module(strings.Split(folder, "/"), top) })
	}) {
		return c, nil
	}
	set := divided(c.Cmd)
	for _, folder := range folders {
		if at := path.Join(f.p.AppDir(), folder); !slices.Contains(set.folders, at) {
			set.folders = append(set.folders, at)
		}
	}
	c.Cmd = set.joined()
	c.Reason += ", with the folders that " + by + " adds to PYTHONPATH"
	return c, nil
}

// addedFolders are the folders of the project that the first of its files with commands
// adds to PYTHONPATH, and the name of this file.
func (f *finder) addedFolders() (folders []string, file string) {
	for _, file := range slices.Concat([]string{"Dockerfile"}, composeFiles, taskFiles, startScripts, readmes) {
		for _, m := range pythonPath.FindAllStringSubmatch(f.evidenceIn(file), maxServices) {
			for _, one := range strings.Split(m[1], ":") {
				if folder := f.folderCalled(one); folder != "" && !slices.Contains(folders, folder) {
					folders = append(folders, folder)
				}
			}
		}
		if len(folders) > 0 {
			return folders, file
		}
	}
	return nil, ""
}

// folderCalled is the folder of the project that a path from some place means, by its
// last names; "" for the project's own and an unknown one.
func (f *finder) folderCalled(name string) string {
	for strings.HasPrefix(name, "../") || strings.HasPrefix(name, "./") || strings.HasPrefix(name, "$") || strings.HasPrefix(name, "/") {
		_, rest, ok := strings.Cut(name, "/") // a variable or a dot
		if !ok {
			return ""
		}
		name = rest
	}
	if name = path.Clean(name); name == "." || name == ".." {
		return ""
	}
	for at := name; ; {
		if f.folders[path.Join(f.dir, at)] {
			return at
		}
		_, below, ok := strings.Cut(at, "/") // the place of the project in an image
		if !ok {
			return ""
		}
		at = below
	}
}
