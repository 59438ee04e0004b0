package project

import (
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/source/regex"
	"github.com/moult-build/moult/internal/toml"
)

// Process is a line of a Procfile.
type Process struct {
	Name, Command string
	Pos           source.Pos
}

var processLine = regex.New(`^([A-Za-z0-9_-]+)\s*:\s*(.+?)\s*$`)

// processes reads a Procfile.
func processes(file *source.File) []Process {
	var all []Process
	for n, line := range strings.Split(strings.TrimPrefix(string(file.Data), "\ufeff"), "\n") {
		line = strings.TrimRight(line, "\r")
		if m := processLine.FindStringSubmatch(line); m != nil {
			all = append(all, Process{m[1], m[2], source.Pos{File: file, Line: n + 1, Col: 1 + strings.Index(line, m[2])}})
		}
	}
	return all
}

// procfile reads the Procfile next to the build file. Its processes are targets of
// the same names, if the build file names no command and no such target: each
// is the image with another command.
func (r *reader) procfile(base *toml.Node) {
	if r.p.Script {
		return
	}
	file, err := r.files.file(path.Join(r.p.Dir, "Procfile"))
	if err != nil || file == nil {
		r.fail(err)
		return
	}
	r.p.Processes = processes(file)
	if base != nil && (base.Get("cmd") != nil || base.Get("entrypoint") != nil) {
		return
	}
	taken := map[string]bool{}
	for _, name := range slices.Concat(ReservedTargets, targetNames(r.p.Targets)) {
		taken[name] = true
	}
	for _, p := range r.p.Processes {
		if !taken[p.Name] {
			taken[p.Name] = true
			r.p.Targets = append(r.p.Targets, Target{Pos: p.Pos, Name: p.Name, Description: "runs " + p.Name + " of the Procfile", Process: true})
		}
	}
}

// byProcess reports whether a target is a process of the Procfile, and takes it.
func (r *reader) byProcess(name string) bool {
	is := slices.ContainsFunc(r.p.Targets, func(t Target) bool { return t.Process && t.Name == name })
	if is {
		r.p.Process, r.p.Settings.Target = name, name
	}
	return is
}
