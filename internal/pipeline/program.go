package pipeline

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/moult-build/moult/internal/check/imports"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/project/start"
	"github.com/moult-build/moult/internal/pypkg/stdlib"
)

// readProgram reads what the program's own sources say of its image: the releases of
// Python that it runs with, the locale that it sets, and the logs that it writes. A project whose build file
// names the command says the rest there, too, and the rules tell what it forgets.
func (p *Project) readProgram() error {
	s := &p.Settings
	if s.Cmd != nil || s.Entrypoint != nil || p.Command.Cmd == nil || p.BuildSystem != nil && !p.Command.NextToPackage {
		return nil
	}
	open := project.OpenPythons(p.Project)
	python := p.Chosen.Minor
	limits := s.Base == nil && s.PythonFrom == nil && len(open) > 1 && p.Chosen.Guessed()
	if limits {
		python = open[0].Minor
	}
	found, workdir, err := p.searchProgram(python)
	if err != nil {
		return err
	}
	if limits {
		if err := p.limitPython(append(found.Missing, found.Loops...)); err != nil {
			return err
		}
	}
	for _, l := range found.Locales {
		if l.IsLinux() {
			p.Locale = l.Name
			break
		}
	}
	return p.leaveOutLogs(workdir, found.Logs)
}

// limitPython lets what the program needs of Python's library limit the releases among
// which Moult chooses.
func (p *Project) limitPython(needs []imports.Missing) error {
	limit := project.CodeLimit{}
	for _, m := range needs {
		minor, err := strconv.Atoi(strings.TrimPrefix(m.Since, "3."))
		if m.Presence != stdlib.Removed || err != nil || m.File == "" || limit.Why != "" && minor > limit.Y {
			continue
		}
		limit.Y = minor - 1
		limit.Why = fmt.Sprintf("%s needs %s, which Python does not have since %s", start.Within(p.AppDir(), m.File), m.Module, m.Since)
	}
	if limit.Why == "" {
		return nil
	}
	p.LimitByCode(limit)
	var err error
	p.Chosen, err = project.ChoosePython(p.Project)
	return err
}

// leaveOutLogs leaves the logs out of the application that its program writes and that
// the project has: the image's user may create files there, and change none.
func (p *Project) leaveOutLogs(workdir string, logs []string) error {
	if include := p.Settings.App.Include; include != nil && !p.Command.NextToPackage {
		return nil // the build file names what is copied
	}
	var names []string
	for _, log := range logs {
		if rel, ok := strings.CutPrefix(path.Join(workdir, log), p.AppDir()+"/"); ok && !slices.Contains(names, path.Join(p.Dir, rel)) {
			names = append(names, path.Join(p.Dir, rel))
		}
	}
	if len(names) == 0 {
		return nil
	}
	existing, err := p.files.Existing(names)
	if err != nil || len(existing) == 0 {
		return err
	}
	for _, name := range existing {
		p.WrittenLogs = append(p.WrittenLogs, start.Within(p.Dir, name))
	}
	slices.Sort(p.WrittenLogs)
	p.Command.Reason += "; the image leaves out the logs that it writes: " + strings.Join(p.WrittenLogs, ", ")
	return nil
}

// searchProgram finds what the program needs at its start, as far as its sources are
// near the project's folder. workdir is the folder in which it runs.
func (p *Project) searchProgram(python string) (found imports.Found, workdir string, err error) {
	sources, err := p.files.Sources(p.Dir)
	if err != nil {
		return found, "", err
	}
	tree := imports.NewTree(p.files.ReadFile)
	for _, s := range sources {
		tree.Add(path.Join(p.AppDir(), start.Within(p.Dir, s.Name)), s.Name)
	}
	workdir = p.AppDir()
	if path.IsAbs(p.Command.Workdir) {
		workdir = p.Command.Workdir
	}
	var names []string
	for _, line := range p.Requested.Lines {
		names = append(names, line.Name)
	}
	found, err = imports.Search(imports.Image{Python: python, Command: p.Command.Cmd, Workdir: workdir, Files: tree, Modules: imports.Likely(names)})
	return found, workdir, err
}
