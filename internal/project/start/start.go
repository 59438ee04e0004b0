// Package start finds the command of an image: in the build file, else in
// the Procfile, else in the project's scripts, else from the project's
// Python files.
//
// The input are a Project, the files of the build context and the names of the
// packages that will be installed. The output is a command with its reason, or
// an error that names existing files. The package runs nothing: it splits
// source files into Python's tokens, so that comments and strings do not count
// as code.
package start

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
)

// Input is what decides on the command.
type Input struct {
	Project *project.Project
	Files   Files
	// Copied reports whether a file of the context, by its name relative to the
	// context's root, is part of the application in the image.
	Copied func(name string) bool
	// Copyable reports the same for the case that the project's files are copied
	// in addition to its package; nil if this is not possible.
	Copyable func(name string) bool
	// Has reports whether a package, by its normalized name, is installed.
	Has func(name string) bool
	// whole is true for all files, as they would be copied beside a package.
	whole bool
}

// ErrNothing is the cause of the error for a project that has nothing to start.
var ErrNothing = errors.New("there is nothing to start")

// errUncopied is the cause of the error for a program that is not in the image.
var errUncopied = errors.New("the program is not in the image")

// Command finds the command. The error is a *source.Error if the project has
// none.
func Command(in Input) (project.Command, error) {
	if c, ok := byKey(in.Project); ok {
		return c, nil
	}
	c, err := found(in)
	c, err = withExtra(in, c, err)
	c, err = withInstalled(in, c, err)
	for _, adapt := range []func(Input, project.Command) (project.Command, error){
		fromSources, inFolder, fromFolders, listeningOn, withWord, asContained, forPython3,
	} {
		if err == nil {
			c, err = adapt(in, c)
		}
	}
	if c.Cmd != nil && in.Project.OnlyMember {
		c.Reason += fmt.Sprintf("; %s has the only project of the workspace", in.Project.Dir)
		if w := in.Project.Workspace; w != nil && len(w.Members) > 1 {
			c.Reason += " that no other one needs"
		}
	}
	return c, err
}

// found finds the command of a project whose build file has none. If that is a
// file beside the project's package, the project's files are copied too.
func found(in Input) (project.Command, error) {
	c, f, err := search(in)
	if in.Copyable == nil || in.Project.BuildSystem == nil || in.Project.Settings.App.Include != nil {
		return c, err
	}
	better := err == nil && (f.started != "" || f.last || f.weak && f.passed(c))
	// Only an error at a line of the build file says that nothing was found.
	if !better && (err == nil || !errors.As(err, new(*source.Error))) {
		return c, err
	}
	in.Copied, in.whole = in.Copyable, true
	whole, g, again := search(in)
	if better && (again != nil || g.last || !f.last && !starting(whole, cmp.Or(f.started, f.uncopied))) {
		return c, nil
	}
	if again != nil {
		if errors.Is(err, ErrNothing) || errors.Is(err, errUncopied) && !errors.Is(again, ErrNothing) {
			err = again // it names the programs that would be copied, or what they lack
		}
		return c, err
	}
	whole.NextToPackage = true
	whole.Reason += ", and the project's files are copied beside its package for it"
	return whole, nil
}

// starting reports whether a command starts a file of the project.
func starting(c project.Command, rel string) bool {
	module := strings.ReplaceAll(strings.TrimSuffix(rel, ".py"), "/", ".")
	return slices.ContainsFunc(c.Cmd, func(word string) bool { return word == rel || word == module || strings.HasPrefix(word, module+":") })
}

// passed reports whether the search passed over the main.py or app.py of the
// project's folder, because it is not in the image, and took a command of the
// package instead. A main.py that imports the module of this command starts the
// same program.
func (f *finder) passed(c project.Command) bool {
	if f.uncopied != "main.py" && f.uncopied != "app.py" {
		return false
	}
	m := f.looked[path.Join(f.dir, f.uncopied)]
	return m != nil && !slices.ContainsFunc(c.Cmd, func(word string) bool {
		module, _, _ := strings.Cut(word, ":")
		return slices.ContainsFunc(m.reaches, func(r string) bool { return r == module || strings.HasPrefix(r, module+".") })
	})
}

// search finds the command in the project's files.
func search(in Input) (project.Command, *finder, error) {
	f := &finder{in: in, p: in.Project, dir: in.Project.Dir, looked: map[string]*module{}}
	for _, step := range []struct {
		find func() (project.Command, error)
		weak bool
	}{
		{f.procfile, false}, {f.declared, false}, {f.script, false}, {f.runScript, false}, {f.container, false}, {f.unit, false}, {f.task, false}, {f.mainFile, false}, {f.cloudFunction, false}, {f.django, false},
		{f.besideScript, false}, {f.orchestrated, false}, {f.workspacePage, true}, {f.vercel, true}, {f.readme, true}, {f.readmeServer, true}, {f.unbuiltScript, true}, {f.orFolder(f.anyApplication), true}, {f.workspace, true}, {f.mainPackage, false}, {f.anyReadme, true}, {f.orFolder(f.otherFile), true}, {f.orFolder(f.anyInterface), true}, {f.onlyStage, true}, {f.scrapy, false},
		{f.orFolder(f.onlyProgram), true}, {f.worker, true}, {f.loadTest, true}, {f.greetingScript, false},
	} {
		f.weak = step.weak
		c, err := step.find()
		if c.Cmd != nil && f.absent != nil {
			where := "its package"
			if f.functionless {
				where = "its module"
			}
			c.Reason += fmt.Sprintf("; the script %s starts %s, which is not in %s", f.absent.Name.V, f.absent.Target.V, where)
		}
		if c.Cmd != nil && f.over != "" {
			c.Reason += "; " + f.over
		}
		if err != nil || c.Cmd != nil {
			return c, f, err
		}
	}
	return project.Command{}, f, f.ask()
}

// byKey returns the command in the build file.
func byKey(p *project.Project) (project.Command, bool) {
	s := &p.Settings
	if s.Entrypoint == nil && s.Cmd == nil {
		return project.Command{}, false
	}
	c := project.Command{Entrypoint: s.Entrypoint.Strings(), Cmd: s.Cmd.Strings(), Why: project.CommandByKey}
	if s.Cmd != nil {
		c.Pos = s.Cmd.Pos
	} else {
		c.Pos = s.Entrypoint.Pos
	}
	return c, true
}

// usualNames are usual names of modules with an application, the most likely
// first.
var usualNames = []string{"main", "app", "asgi", "wsgi", "server", "api", "application", "__init__", "run", "web", "webapp", "index"}

func rank(name string) int {
	if n := slices.Index(usualNames, strings.TrimSuffix(path.Base(name), ".py")); n >= 0 {
		return n
	}
	return len(usualNames)
}

// has reports whether a source exists. rel is relative to the project's folder.
func (f *finder) has(rel string) (bool, error) {
	_, err := f.sources()
	return f.names[path.Join(f.dir, rel)], err
}

// look reads a source; nil if it does not exist, is too large, or if too many
// sources were read.
func (f *finder) look(name string) (*module, error) {
	if m, ok := f.looked[name]; ok {
		return m, nil
	}
	if len(f.looked) >= maxRead {
		return nil, nil
	}
	var m *module
	for _, s := range f.all {
		if s.Name != name || s.Size > maxSize {
			continue
		}
		content, err := f.in.Files.ReadFile(name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if err == nil {
			m = analyse(string(content))
		}
	}
	f.looked[name] = m
	return m, nil
}

// guessed returns a command that is derived from the code.
func guessed(args []string, reason string, v ...any) project.Command {
	return project.Command{Cmd: args, Why: project.CommandByCode, Reason: fmt.Sprintf(reason, v...), Guessed: true}
}

// file returns the command for one source; the zero value if the source cannot
// be started.
func (f *finder) file(name string) (project.Command, error) {
	m, err := f.look(name)
	if err != nil || m == nil {
		return project.Command{}, err
	}
	rel := Within(f.dir, name)
	copied := f.in.Copied(name)
	for _, framework := range pages(rel) {
		if m.uses(framework.name) && len(m.applications) == 0 && (f.in.Has(framework.name) || slices.Contains(m.needs, framework.name)) {
			if !f.in.Has(framework.name) {
				if f.uninstalled == "" {
					f.uninstalled, f.uninstalledBy = framework.name, rel
				}
				return project.Command{}, nil
			}
			if !copied {
				f.uncopied = cmp.Or(f.uncopied, rel)
				return project.Command{}, nil
			}
			c := guessed(framework.args, "%s is for %s", rel, framework.name)
			c.File = rel
			return c, nil
		}
	}
	if c, err := f.served(name, m); err != nil || c.Cmd != nil {
		return c, err
	}
	if !m.program() {
		return project.Command{}, nil
	}
	return f.program(name, m)
}

// program returns the command that runs a source with Python.
func (f *finder) program(name string, m *module) (project.Command, error) {
	rel := Within(f.dir, name)
	if !f.in.Copied(name) {
		t, ok, err := f.importable(name, m)
		if err != nil || !ok || f.importsBeside(name, m) {
			f.uncopied = cmp.Or(f.uncopied, rel)
			return project.Command{}, err
		}
		return guessed([]string{"python", "-m", strings.TrimSuffix(t.module, ".__main__")}, "%s is a program of the package", rel), nil
	}
	args := []string{"python", rel}
	if strings.Contains(rel, "/") {
		// A program that is started as a file imports modules from its own folder.
		// One that is started with -m imports them from the working directory.
		switch t, ok, err := f.importable(name, m); {
		case err != nil || !ok:
		case t.also != "" && !m.changesPath, t.dir == "" && !f.needsOwnFolder(name, m):
			args = f.withAlso(t, []string{"python", "-m", strings.TrimSuffix(t.module, ".__main__")})
		case t.dir != "" && strings.Contains(t.module, ".") && m.isPartOfPackage():
			// As a file it would have no package to import from.
			args = f.searching(t.dir, []string{"python", "-m", strings.TrimSuffix(t.module, ".__main__")})
		}
		if args[0] == "python" && args[1] == rel && !m.changesPath {
			args = f.withFolders(name, m, args)
		}
	}
	if !strings.Contains(rel, "/") && f.needsSrc(m) {
		args = f.searching("src", args)
	}
	if m.launches && !m.open && m.uses("gradio") {
		args = append([]string{"env", "GRADIO_SERVER_NAME=0.0.0.0"}, args...)
	}
	c := guessed(args, "%s is a program", rel)
	c.File = rel
	if !strings.Contains(rel, "/") && (rel == "main.py" || rel == "app.py") && len(args) == 2 {
		c.Why, c.Guessed = project.CommandByFile, false
	}
	return c, nil
}

// served returns the command that serves an application of a source with the
// installed server.
func (f *finder) served(name string, m *module) (project.Command, error) {
	for _, find := range []func(string, *module) (project.Command, error){f.withBottle, f.shownBy, f.withTools} {
		if c, err := find(name, m); err != nil || c.Cmd != nil {
			return c, err
		}
	}
	a, ok := f.choose(m)
	if !ok {
		var err error
		if a, ok, err = f.borrowed(name, m); err != nil {
			return project.Command{}, err
		}
	}
	if !ok && len(m.named) == 0 || m.blocks {
		return project.Command{}, nil
	}
	open, err := f.reachable(name, m)
	if err != nil {
		return project.Command{}, err
	}
	if m.guarded && f.in.Copied(name) {
		if m.serves && open {
			return project.Command{}, nil // it starts its server itself
		}
		if needs, err := f.mainIsImported(); err != nil || needs {
			return project.Command{}, err
		}
	}
	if !ok && open {
		return project.Command{}, nil
	}
	if !ok {
		return f.servedByName(name, m)
	}
	t, ok, err := f.importable(name, m)
	if err != nil {
		return project.Command{}, err
	}
	rel := Within(f.dir, name)
	if !ok {
		f.uncopied = cmp.Or(f.uncopied, rel)
		return project.Command{}, nil
	}
	t.application = a
	if t.sockets, err = f.socketMode(name, m); err != nil {
		return project.Command{}, err
	}
	if t.sockets != "" && a.framework == "Flask" && m.sockets.runs {
		if args, _ := serveSockets(t, f.in.Has); args == nil {
			if c, err := f.withSockets(name, m, t); err != nil || c.Cmd != nil {
				return c, err
			}
		}
	}
	args, by := serve(t, f.in.Has)
	if args == nil {
		if f.unserved == "" && (!m.guarded || !m.serves) {
			f.unserved, f.unservedAs = rel+" makes a "+cmp.Or(a.framework, string(a.protocol))+" application", t
		}
		return project.Command{}, nil
	}
	what := "application"
	if a.framework != "" {
		what = a.framework + " application"
	}
	does := "makes"
	if a.imported {
		does = "imports"
	}
	c := guessed(f.withAlso(t, args), "%s %s the %s %s, and %s is installed", rel, does, what, a.name, by)
	c.File = rel
	return c, nil
}
