package start

import (
	"path"
	"strings"

	"github.com/moult-build/moult/internal/project"
)

// orFolder is a search that takes a program from the code. If this program lies in a
// folder with a Dockerfile of its own, which starts a program of this folder, that one
// is taken in its place: it is the service of which the other file is a part.
func (f *finder) orFolder(find func() (project.Command, error)) func() (project.Command, error) {
	return func() (project.Command, error) {
		c, err := find()
		if err != nil || c.Cmd == nil {
			return c, err
		}
		file := c.File
		if file == "" { // it is a module of the package
			name, _, err := f.startedBy(c)
			if err != nil || name == "" {
				return c, err
			}
			file = Within(f.dir, name)
		}
		var names []string
		for dir := path.Dir(file); dir != "."; dir = path.Dir(dir) {
			names = append(names, path.Join(f.dir, dir, "Dockerfile"))
		}
		if len(names) == 0 {
			return c, nil
		}
		found, err := f.in.Files.Existing(names)
		if err != nil || len(found) == 0 {
			return c, err
		}
		started, uncopied := f.started, f.uncopied
		for _, name := range names {
			content := f.evidenceAt(name)
			if content == "" {
				continue
			}
			own, at, err := f.ofStages(Within(f.dir, name), content)
			if err != nil {
				return c, err
			}
			if own.Cmd != nil && strings.HasPrefix(at, path.Dir(name)+"/") && !isPreparing(at) {
				return own, nil
			}
			f.started, f.uncopied = started, uncopied
		}
		return c, nil
	}
}
