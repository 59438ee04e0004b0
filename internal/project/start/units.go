package start

import (
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
)

// unitFolders and unitNames are usual places and names of the file by which systemd
// starts a project on a server, without its end ".service".
var (
	unitFolders = []string{"", "deploy", "deployment", "systemd", "deploy/systemd", "etc", "scripts", "contrib"}
	unitNames   = []string{"app", "web", "api", "server", "backend", "bot", "service"}
)

// UnitPatterns match such files of a project, relative to its own folder.
func UnitPatterns() (patterns []string) {
	for _, folder := range unitFolders {
		patterns = append(patterns, path.Join(folder, "*.service"))
	}
	return patterns
}

// MatchesUnit reports whether one of UnitPatterns matches a name, relative to the
// project's folder.
func MatchesUnit(name string) bool {
	folder := path.Dir(name)
	return path.Ext(name) == ".service" && (folder == "." || slices.Contains(unitFolders, folder))
}

// units are the commands of such files, each of another service.
func (f *finder) units() (all []entry, err error) {
	if f.services != nil {
		return *f.services, nil
	}
	names := slices.Clone(unitNames)
	for _, own := range []string{f.p.Name.V, path.Base(f.dir)} {
		if own != "" && own != "." && !strings.Contains(own, "/") && !slices.Contains(names, own) {
			names = append(names, own)
		}
	}
	var files []string
	for _, folder := range unitFolders {
		for _, name := range names {
			files = append(files, path.Join(f.dir, folder, name+".service"))
		}
	}
	found, err := f.in.Files.Existing(files)
	if err != nil {
		return nil, err
	}
	slices.Sort(found)
	for _, file := range found {
		for n, line := range strings.Split(f.evidenceAt(file), "\n") {
			if command, is := strings.CutPrefix(strings.TrimSpace(line), "ExecStart="); is {
				all = append(all, entry{evidence{Within(f.dir, file), n + 1, strings.TrimLeft(command, "-@:+!")}, path.Base(file)})
			}
		}
	}
	f.services = &all
	return all, nil
}

// unit returns the command for the only program that systemd starts on a server.
func (f *finder) unit() (project.Command, error) {
	all, err := f.units()
	if err != nil {
		return project.Command{}, err
	}
	var only project.Command
	for _, one := range all {
		c, err := f.starting(one.evidence, true)
		switch {
		case err != nil:
			return project.Command{}, err
		case c.Cmd == nil || slices.Equal(c.Cmd, only.Cmd):
		case only.Cmd != nil:
			return project.Command{}, nil
		default:
			only = c
		}
	}
	return only, nil
}
