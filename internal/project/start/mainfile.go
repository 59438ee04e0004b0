package start

import (
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
)

// mainFile returns the command for main.py or app.py.
func (f *finder) mainFile() (project.Command, error) {
	for _, base := range []string{"main.py", "app.py"} {
		if ok, err := f.has(base); err != nil || !ok {
			if err != nil {
				return project.Command{}, err
			}
			continue
		}
		c, err := f.file(path.Join(f.dir, base))
		if err == nil && base == "main.py" && len(c.Cmd) > 0 && c.Cmd[0] == "python" {
			c, err = f.orInterface(c)
		}
		if err == nil && base == "main.py" && len(c.Cmd) == 2 && c.Cmd[0] == "python" {
			c, err = f.orInstructed(c)
		}
		if err == nil && base == "main.py" && len(c.Cmd) == 2 && c.Cmd[0] == "python" {
			c, err = f.orApplication(c)
		}
		if err != nil || c.Cmd != nil {
			return c, err
		}
	}
	return project.Command{}, nil
}

// shownBeside are libraries of which one file of a project for the command line makes a
// web interface.
var shownBeside = []string{"streamlit", "chainlit", "gradio"}

// orInterface is the command of the only web interface beside main.py, if main.py is a
// program that does not use its library, and the README does not start main.py alone.
// The project has the library for this file alone.
func (f *finder) orInterface(c project.Command) (project.Command, error) {
	main := path.Join(f.dir, "main.py")
	program, err := f.look(main)
	if err != nil || program == nil {
		return c, err
	}
	var name, library string
	for _, s := range f.all {
		if depth(f.dir, s.Name) > 1 {
			break
		}
		m, err := f.look(s.Name)
		if err != nil {
			return c, err
		}
		if m == nil || s.Name == main {
			continue
		}
		shows := slices.IndexFunc(shownBeside, func(library string) bool { return m.uses(library) && f.in.Has(library) })
		if shows < 0 || shownBeside[shows] == "gradio" && !m.launches {
			continue
		}
		by, err := f.importedBy(s.Name)
		if err != nil {
			return c, err
		}
		if by != "" || isPreparing(s.Name) {
			continue // it is a part of another one
		}
		if name != "" && path.Base(name) != "app.py" {
			return c, nil // several, and none has the usual name
		}
		if name == "" {
			name, library = s.Name, shownBeside[shows]
		}
	}
	if name == "" || program.uses(library) || path.Base(name) != "app.py" && (program.serves || program.loops) {
		return c, nil // main.py goes on for ever itself
	}
	if named, _, err := f.named([]string{main, name}, readmes); err != nil || named == main {
		return c, err
	}
	other, err := f.file(name)
	if err != nil || other.Cmd == nil {
		return c, err
	}
	other.Reason += ", which main.py does not use"
	return other, nil
}

// orInstructed is the command of the only program of the project's folder that the
// README starts, if the README does not name main.py, and main.py is a list of
// statements: such a file tries something out.
func (f *finder) orInstructed(c project.Command) (project.Command, error) {
	if tries, err := f.triesOut(path.Join(f.dir, "main.py")); err != nil || !tries {
		return c, err
	}
	started, uncopied := f.started, f.uncopied
	all, err := f.instructions()
	f.started, f.uncopied = started, uncopied
	if err != nil || len(all) != 1 || !all[0].root || all[0].command.Cmd == nil {
		return c, err
	}
	other := all[0].command
	other.Reason += ", and " + all[0].place.String() + " starts it and does not name main.py"
	return other, nil
}

// triesOut reports whether a file of the project's folder is a list of statements
// that the README does not name and no other file imports.
func (f *finder) triesOut(name string) (bool, error) {
	m, err := f.look(name)
	if err != nil || m == nil || m.guarded || m.defines || m.serves {
		return false, err
	}
	if by, err := f.importedBy(name); err != nil || by != "" {
		return false, err
	}
	return !slices.ContainsFunc(readmes, func(file string) bool { return strings.Contains(f.evidenceIn(file), path.Base(name)) }), nil
}

// orApplication is the command of an app.py with an application, if main.py is a list
// of statements that does not use it and does not go on for ever. The project has the
// server for this file alone.
func (f *finder) orApplication(c project.Command) (project.Command, error) {
	main, name := path.Join(f.dir, "main.py"), path.Join(f.dir, "app.py")
	if ok, err := f.has("app.py"); err != nil || !ok {
		return c, err
	}
	if tries, err := f.triesOut(main); err != nil || !tries || f.looked[main].loops {
		return c, err
	}
	m, err := f.look(name)
	if err != nil || m == nil || len(m.applications) == 0 {
		return c, err
	}
	if by, err := f.importedBy(name); err != nil || by != "" {
		return c, err
	}
	uncopied, unserved := f.uncopied, f.unserved
	other, err := f.file(name)
	if err != nil || other.Cmd == nil {
		f.uncopied, f.unserved = uncopied, unserved
		return c, err
	}
	other.Reason += ", which main.py does not use"
	return other, nil
}
