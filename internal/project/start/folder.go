package start

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
)

// folderOf is the folder of the project in which a call starts a source: a
// command names files and modules from its own folder. "." is the project's, and ""
// an unknown one.
func (f *finder) folderOf(name string, c call) string {
	own := Within(f.dir, name)
	folder := ""
	switch {
	case c.file != "":
		if path.IsAbs(c.file) {
			return ""
		}
		above, ok := strings.CutSuffix("/"+own, "/"+path.Clean(c.file))
		if !ok {
			return ""
		}
		folder = strings.TrimPrefix(above, "/")
	case slices.ContainsFunc([]string{"--app-dir", "--pythonpath", "--chdir", "--working-dir", "PYTHONPATH"}, func(word string) bool { return strings.Contains(c.text, word) }):
		return ""
	default:
		from, ok := f.importedFrom(name, c.module)
		if !ok || path.Base(from) == "src" {
			return "" // its modules are installed, or on the path
		}
		folder = from
	}
	return path.Clean(folder)
}

// maxOpening is the number of sources of which inFolder reads what they open.
const maxOpening = 20

// inFolder lets a command run in a subfolder of the project, if the file that says
// the command runs it there, or if the program opens files by relative paths that
// only this folder has.
func inFolder(in Input, c project.Command) (project.Command, error) {
	p := in.Project
	if p.Settings.Workdir != nil {
		return relocated(p, in, c, path.Clean(p.Settings.Workdir.V))
	}
	found := c.Why == project.CommandByFile || c.Why == project.CommandByCode
	switch {
	case !found, c.From == ".", c.From == "" && !strings.Contains(c.File, "/"), p.BuildSystem != nil && !c.NextToPackage:
		return c, nil
	case len(p.Settings.Steps) > 0, p.Settings.Healthcheck != nil:
		return c, nil // they run in the working folder, too, and were written for the application's
	}
	f := &finder{in: in, p: p, dir: p.Dir, looked: map[string]*module{}}
	if _, err := f.sources(); err != nil {
		return c, err
	}
	folder, by, err := f.runsIn(c)
	if err != nil || folder == "" || entered(c.Cmd) == folder {
		return c, err
	}
	why := "as there"
	if by != "" {
		why = "because " + by
	}
	if c.Cmd, err = f.asFile(c); err != nil {
		return c, err
	}
	c, err = relocated(p, in, c, path.Join(p.AppDir(), folder))
	if err == nil {
		c.Workdir = path.Join(p.AppDir(), folder)
		c.Reason += fmt.Sprintf("; it runs in %s, %s", folder, why)
	}
	return c, err
}

// unasked are files that programs read from their working folder without being told.
var unasked = map[string][]string{
	"streamlit": {".streamlit/config.toml"}, "chainlit": {".chainlit/config.toml", "chainlit.md"}, "gunicorn": {"gunicorn.conf.py"}, "scrapy": {"scrapy.cfg"},
}

// asFile is a command that starts a source by its file, if it starts it as a module
// and the source imports nothing by the path from the project's folder.
func (f *finder) asFile(c project.Command) ([]string, error) {
	module := strings.ReplaceAll(strings.TrimSuffix(c.File, ".py"), "/", ".")
	if len(c.Cmd) < 3 || c.Cmd[0] != "python" || c.Cmd[1] != "-m" || c.Cmd[2] != module {
		return c.Cmd, nil
	}
	m, err := f.look(path.Join(f.dir, c.File))
	if err != nil || m == nil || slices.ContainsFunc(m.reaches, func(name string) bool {
		top, _, _ := strings.Cut(name, ".")
		return top == "" || f.module(nil, top)
	}) {
		return c.Cmd, err
	}
	return append([]string{"python", c.File}, c.Cmd[3:]...), nil
}

// runsIn is the subfolder in which a command has to run, with the reason if no
// file says it; "" if there is none.
func (f *finder) runsIn(c project.Command) (folder, why string, err error) {
	opens, by, err := f.opening(c.File)
	if err != nil {
		return "", "", err
	}
	for _, name := range unasked[divided(c.Cmd).words[0]] {
		opens, by[name] = append(opens, name), divided(c.Cmd).words[0]
	}
	folders := []string{""}
	if c.From != "" {
		folders = append(folders, c.From)
	}
	for dir := path.Dir(c.File); dir != "." && c.From == ""; dir = path.Dir(dir) {
		folders = append(folders, dir)
	}
	has, err := f.existing(folders, opens)
	if err != nil {
		return "", "", err
	}
	// A folder that lacks what the project's folder has is not the one.
	folders = slices.DeleteFunc(folders[1:], func(dir string) bool {
		return slices.ContainsFunc(opens, func(name string) bool { return has[name] && !has[path.Join(dir, name)] })
	})
	if len(folders) > 0 && c.From != "" {
		return c.From, "", nil
	}
	most := 0
	for _, dir := range folders {
		found, first := 0, ""
		for _, name := range opens {
			if has[path.Join(dir, name)] && !has[name] {
				found++
				if first == "" {
					first = name
				}
			}
		}
		if found > 0 && found >= most { // the nearest to the project's folder
			folder, most, why = dir, found, by[first]+" opens "+first
		}
	}
	return folder, why, nil
}

// opening are the relative paths that a source and those that it imports open,
// each with one of them.
func (f *finder) opening(rel string) (paths []string, by map[string]string, err error) {
	by = map[string]string{}
	if rel == "" {
		return nil, by, nil
	}
	name := path.Join(f.dir, rel)
	seen := map[string]bool{name: true}
	for next := []string{name}; len(next) > 0 && len(paths) < maxOpens; next = next[1:] {
		m, err := f.look(next[0])
		if err != nil {
			return nil, nil, err
		}
		if m == nil {
			continue
		}
		if m.chdirs {
			return nil, by, nil // it chooses its working folder itself
		}
		for _, at := range m.opens {
			if by[at] == "" && len(paths) < maxOpens {
				by[at], paths = Within(f.dir, next[0]), append(paths, at)
			}
		}
		for _, to := range f.imported(next[0], m) {
			if !seen[to] && len(seen) < maxOpening {
				seen[to] = true
				next = append(next, to)
			}
		}
	}
	return paths, by, nil
}

// existing are those of some files that folders of the project have, by their
// paths from the project's folder.
func (f *finder) existing(folders, files []string) (map[string]bool, error) {
	var names []string
	for _, dir := range folders {
		for _, file := range files {
			names = append(names, path.Join(f.dir, dir, file))
		}
	}
	has := map[string]bool{}
	if len(names) == 0 {
		return has, nil
	}
	found, err := f.in.Files.Existing(names)
	if err != nil {
		return nil, fmt.Errorf("looking for files that the program opens: %w", err)
	}
	for _, name := range found {
		has[Within(f.dir, name)] = true
	}
	return has, nil
}
