package fromdockerfile

import (
	"cmp"
	"path"
	"regexp"
	"slices"
	"strings"
)

// absent writes the command as a comment if no entry copies the file that it
// starts into the image. With this command the build would fail; without it,
// the build may find the command of the project itself.
func (d *dockerfile) absent() {
	if h := d.Healthcheck; h != nil {
		if name := d.absentFile(h.Cmd); name != "" {
			why := "nothing that could be carried over puts a file at " + name
			d.Comments = append(d.Comments, []string{d.name + ": " + why, "[PREFIXhealthcheck]", "cmd = " + array(h.Cmd)})
			d.note(nil, "HEALTHCHECK "+strings.Join(h.Cmd, " "), why+": copy it with [[tool.moult.files]], or make it in a stage; the build file has the health check as a comment")
			d.Healthcheck = nil
		}
	}
	entry, cmd := d.absentFile(d.Entrypoint), d.absentFile(d.Cmd)
	if d.Entrypoint != nil && entry == "" && !interpreter.MatchString(path.Base(d.Entrypoint[0])) {
		cmd = "" // arguments
	}
	if entry == "" && cmd == "" {
		return
	}
	name := entry
	if name == "" {
		name = cmd
	}
	why := "nothing that could be carried over puts a file at " + name + ": copy it with [[PREFIXfiles]], or make it in a stage, then take the lines out of the comment"
	lines := []string{d.name + ": " + why}
	if d.Entrypoint != nil {
		lines = append(lines, "entrypoint = "+array(d.Entrypoint))
	}
	if d.Cmd != nil {
		lines = append(lines, "cmd = "+array(d.Cmd))
	}
	d.Absent = lines
	d.note(nil, strings.Join(append(slices.Clone(d.Entrypoint), d.Cmd...), " "), strings.ReplaceAll(why, "PREFIX", "tool.moult."))
	d.Entrypoint, d.Cmd = nil, nil
}

// interpreter matches programs whose first argument may be a file to run.
var interpreter = regexp.MustCompile(`^(python[0-9.]*|sh|bash)$`)

// ofBase matches folders with programs of the base and its packages.
var ofBase = regexp.MustCompile(`^/(usr/)?(local/)?s?bin/`)

// absentFile returns the file that a command starts if it is certainly not in
// the image; otherwise "".
func (d *dockerfile) absentFile(command []string) string {
	if len(command) == 0 || !d.project.known() {
		return ""
	}
	program := command[0]
	if interpreter.MatchString(path.Base(program)) && len(command) > 1 && !strings.HasPrefix(command[1], "-") && strings.ContainsAny(command[1], "./") {
		program = command[1]
		if !strings.HasPrefix(program, "/") {
			program = "./" + program
		}
	}
	if !strings.Contains(program, "/") || strings.ContainsAny(program, "$`") {
		return ""
	}
	full := clean(d.workdir, program)
	if ofBase.MatchString(full) {
		if _, copied := d.source(full); !copied {
			return "" // the base's, or a package's
		}
	}
	if d.laid(full) || d.Base != "" && !d.ofDebian() && !strings.HasPrefix(full, d.home+"/") {
		return ""
	}
	return full
}

// laid reports whether a file of the image belongs to the project, or is copied
// by an entry of files.
func (d *dockerfile) laid(full string) bool {
	if rel, ok := below(d.home, full); ok && d.project.exists(rel) {
		return true
	}
	if d.home == "/" {
		if rel, ok := below(defaultFolder, full); ok && d.project.exists(rel) {
			return true
		}
	}
	return slices.ContainsFunc(d.Files, func(f File) bool {
		target := f.To
		if strings.HasSuffix(target, "/") && !d.project.folder(f.From) {
			target += path.Base(cmp.Or(f.From, f.URL))
		}
		rel, ok := below(path.Clean(target), full)
		if f.Image != "" || f.URL != "" || strings.ContainsAny(f.From, "*?[") {
			return ok || path.Dir(full) == path.Clean(f.To)
		}
		return ok && d.project.exists(path.Join(f.From, rel))
	})
}
