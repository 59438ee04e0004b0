package pipeline

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/moult-build/moult/internal/check/imports"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/pypkg/stdlib"
)

// limitPython lets the sources that the command starts limit the releases of Python
// among which Moult chooses: they may import what the newer ones no longer have. It
// reads nothing that the search for the command has not read, and so only for commands
// that it found. A project whose build file names the command may name the release, too,
// and the rules say so.
func (p *Project) limitPython() error {
	s := &p.Settings
	if s.Cmd != nil || s.Entrypoint != nil || p.Command.Cmd == nil || s.Base != nil || s.PythonFrom != nil || p.BuildSystem != nil && !p.Command.NextToPackage {
		return nil
	}
	open := project.OpenPythons(p.Project)
	if len(open) < 2 || !p.Chosen.Guessed() {
		return nil
	}
	found, err := p.usedOfLibrary(open[0].Minor)
	if err != nil {
		return err
	}
	limit := project.CodeLimit{}
	for _, m := range found {
		minor, err := strconv.Atoi(strings.TrimPrefix(m.Since, "3."))
		if err != nil || m.File == "" || limit.Why != "" && minor > limit.Y {
			continue
		}
		limit.Y = minor - 1
		limit.Why = fmt.Sprintf("%s needs %s, which Python does not have since %s", within(p.AppDir(), m.File), m.Module, m.Since)
	}
	if limit.Why == "" {
		return nil
	}
	p.LimitByCode(limit)
	p.Chosen, err = project.ChoosePython(p.Project)
	return err
}

// usedOfLibrary finds what the program needs of Python's library that a release no
// longer has.
func (p *Project) usedOfLibrary(python string) ([]imports.Missing, error) {
	sources, err := p.files.Sources(p.Dir)
	if err != nil {
		return nil, err
	}
	tree := imports.NewTree(p.files.ReadFile)
	for _, s := range sources {
		tree.Add(path.Join(p.AppDir(), within(p.Dir, s.Name)), s.Name)
	}
	workdir := p.AppDir()
	if path.IsAbs(p.Command.Workdir) {
		workdir = p.Command.Workdir
	}
	var names []string
	for _, line := range p.Requested.Lines {
		names = append(names, line.Name)
	}
	found, err := imports.Search(imports.Image{Python: python, Command: p.Command.Cmd, Workdir: workdir, Files: tree, Modules: imports.Likely(names)})
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(append(found.Missing, found.Loops...), func(m imports.Missing) bool { return m.Presence != stdlib.Removed }), nil
}

// within is a name relative to a folder that contains it.
func within(dir, name string) string {
	return strings.TrimPrefix(strings.TrimPrefix(name, strings.TrimSuffix(dir, ".")), "/")
}
