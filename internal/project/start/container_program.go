package start

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/project/argv"
	"github.com/moult-build/moult/internal/source/regex"
)

// containerFiles are the usual names of the file that says how a project runs in
// a container.
var containerFiles = slices.Concat(project.ContainerFiles, project.ServiceContainerFiles)

// composeFiles are the usual names of a file that names the Dockerfiles of
// services, that of the project first, and then those for production or in a folder.
var composeFiles = []string{
	"compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml",
	"compose.prod.yaml", "docker-compose.prod.yml", "docker-compose.prod.yaml", "docker-compose.production.yml",
	"docker/compose.yaml", "docker/compose.yml", "docker/docker-compose.yml", "docker/docker-compose.yaml", "docker/docker-compose.prod.yml", "deploy/docker-compose.yml", "deploy/compose.yaml",
}

// dockerfileKey matches the line of a compose file that names a Dockerfile.
var dockerfileKey = regex.New(`(?m)^\s+dockerfile:\s*["']?([^\s"'#]+)`)

// maxServices is the number of Dockerfiles of a Compose file that are looked for,
// because each is a request to the client.
const maxServices = 20

// dockerfiles are the names, in a folder, of Dockerfiles that it may have: the usual
// ones and those that a Compose file names.
func (f *finder) dockerfiles(dir string) []string {
	names := slices.Clone(containerFiles)
	for _, file := range composeFiles {
		for _, m := range dockerfileKey.FindAllStringSubmatch(f.evidenceAt(path.Join(dir, file)), maxServices) {
			if name := path.Clean(m[1]); name != "." && !slices.Contains(names, name) && !strings.HasPrefix(name, "../") && !path.IsAbs(name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// container returns the command for the program that the project's Dockerfile
// starts. Its authors run it so, which says more than the name of a file.
func (f *finder) container() (project.Command, error) {
	c, _, err := f.contained()
	return c, err
}

// contained is container with the name of the file that is started, even where
// this file is not in the image.
func (f *finder) contained() (c project.Command, name string, err error) {
	if _, err := f.sources(); err != nil {
		return project.Command{}, "", err
	}
	names := f.dockerfiles(f.dir)
	for _, file := range names {
		content := f.evidenceIn(file)
		if content == "" {
			continue
		}
		c, at, err := f.ofStages(file, content)
		if err != nil || c.Cmd != nil {
			return c, at, err
		}
		name = cmp.Or(name, at)
		if file == "Dockerfile" {
			break // it is that of this project, whatever it starts
		}
	}
	return project.Command{}, name, nil
}

// background matches what a shell starts without waiting for its end.
var background = regex.New(`[^&>|]&(?:[^&>]|$)`)

// serverLast puts the servers behind the other calls of a text that starts several
// at the same time: of a server and what works beside it, an image runs the
// server.
func serverLast(calls []call, text string) []call {
	if !background.MatchString(text) {
		return calls
	}
	sorted := slices.Clone(calls)
	slices.SortStableFunc(sorted, func(a, b call) int {
		return cmp.Compare(min(1, len(a.object)), min(1, len(b.object)))
	})
	return sorted
}

// maxScripts is the number of scripts of a command that are looked for, and of the
// places of each.
const maxScripts = 10

// startScript is the content of the shell script that a command starts, without
// comments; "" if it starts none, or one that is not in the context. content is
// the Dockerfile, which copies the script.
func (f *finder) startScript(command, content string) string {
	all := strings.Fields(command)
	var tried []string
	for n, word := range all {
		if path.Ext(word) != ".sh" && (n == 0 || !argv.IsShell(path.Base(all[n-1]))) || slices.Contains(tried, word) {
			continue
		}
		if tried = append(tried, word); len(tried) > maxScripts {
			break
		}
		names := []string{path.Base(word), strings.TrimPrefix(path.Clean(word), "/")}
		for _, copied := range strings.Fields(content) {
			if path.Base(copied) == path.Base(word) && len(names) < maxScripts {
				names = append(names, path.Clean(copied))
			}
		}
		for _, name := range slices.Compact(names) {
			if strings.HasPrefix(name, "../") || path.IsAbs(name) {
				continue
			}
			if script := f.evidenceIn(name); script != "" {
				return plainText(strings.Join(logicalLines(expanded(script, imageVariables(content))), "\n"))
			}
		}
	}
	return ""
}

// sourceOf is the source that a call starts; "" if the project does not have it,
// or has several of its name.
func (f *finder) sourceOf(c call) string {
	var rels []string
	if c.file != "" {
		rels = []string{path.Clean(c.file)}
	} else {
		at := strings.ReplaceAll(c.module, ".", "/")
		rels = moduleFiles(at)
		if c.program == "python" {
			rels[1] = at + "/__main__.py"
		}
	}
	for _, rel := range rels {
		if name := f.locate(rel); name != "" && path.Base(name) != "manage.py" {
			return name
		}
	}
	return ""
}

// calledAs returns the command for the file that a call starts; none if the
// project does not have the file, or has several of its name.
func (f *finder) calledAs(c call) (project.Command, error) {
	name := f.sourceOf(c)
	if name == "" {
		return project.Command{}, nil
	}
	command, err := f.commandFor(name, c)
	if command.Cmd != nil {
		command.From = f.folderOf(name, c)
	}
	return command, err
}

// commandFor is calledAs with the file that the call starts.
func (f *finder) commandFor(name string, c call) (project.Command, error) {
	m, err := f.look(name)
	if err != nil || m != nil && m.hello {
		return project.Command{}, err
	}
	if m == nil {
		return f.unread(name, c), nil
	}
	switch {
	case c.program == framework:
		return f.functionAs(name, m, c), nil
	case c.object != "":
		return f.servedAs(name, m, c)
	case c.program == "python":
		return f.ranAs(name, m, c)
	case c.program == "flask":
		return f.discovered(name, m)
	}
	if c := f.page(name, c.program); c.Cmd != nil {
		return c, nil
	}
	command, err := f.file(name)
	if err == nil && command.Cmd == nil && !f.in.Copied(name) {
		f.started = cmp.Or(f.started, Within(f.dir, name))
	}
	return command, err
}

// page is the command that shows a file as the interface of a library.
func (f *finder) page(name, library string) project.Command {
	for _, page := range pages(Within(f.dir, name)) {
		if page.name == library && f.in.Has(library) && f.in.Copied(name) {
			// The file itself may import the library only by others.
			c := guessed(page.args, "%s is for %s", Within(f.dir, name), library)
			c.File = Within(f.dir, name)
			return c
		}
	}
	return project.Command{}
}

// unread is the command for a call of a source that is too large to be read.
func (f *finder) unread(name string, c call) project.Command {
	if c.program != "python" || !f.in.Copied(name) {
		return f.page(name, c.program)
	}
	command := guessed([]string{"python", Within(f.dir, name)}, "%s is too large to be read", Within(f.dir, name))
	command.File = Within(f.dir, name)
	return command
}

// discovered returns the command for the file of an application that Flask's program
// looks for in it: the application, if the file shows one, else the same program,
// unless the file serves the application itself.
func (f *finder) discovered(name string, m *module) (project.Command, error) {
	c, err := f.file(name)
	if err != nil || c.Cmd != nil && (c.Cmd[0] != "python" || m.open) || !f.in.Has("flask") {
		return c, err
	}
	t, ok, err := f.importable(name, m)
	if err != nil || !ok {
		return c, err
	}
	t.application = application{name: "app", framework: "Flask", protocol: wsgi}
	args, _ := serve(t, func(name string) bool { return name == "flask" })
	found := guessed(f.withAlso(t, args), "%s has the application that flask looks for", Within(f.dir, name))
	found.File = Within(f.dir, name)
	return found, nil
}

// locate finds the source for a path as a command has it. The command's folder
// may be one of the project's, and the path one of the image to which the
// project is copied.
func (f *finder) locate(rel string) string {
	at, absolute := strings.CutPrefix(rel, "/")
	for {
		if name := path.Join(f.dir, at); f.names[name] {
			return name
		}
		_, below, ok := strings.Cut(at, "/")
		if !absolute || !ok {
			break
		}
		at = below
	}
	found := ""
	for _, s := range f.all {
		if !strings.HasSuffix(s.Name, "/"+at) {
			continue
		}
		if found != "" {
			if depth(f.dir, found) == depth(f.dir, s.Name) {
				return ""
			}
			break // the sources are sorted by their depth
		}
		found = s.Name
	}
	return found
}

// servedAs returns the command that serves the application of a call.
func (f *finder) servedAs(name string, m *module, c call) (project.Command, error) {
	t, ok, err := f.importable(name, m)
	if err != nil {
		return project.Command{}, err
	}
	rel := Within(f.dir, name)
	if !ok {
		f.uncopied, f.started = cmp.Or(f.uncopied, rel), rel
		return project.Command{}, nil
	}
	// The folder is the one from which the authors' command imports the module.
	if folder, ok := f.importedFrom(name, c.module); ok && f.in.Copied(name) {
		t.module, t.dir = c.module, folder
		if t.dir != "" {
			t.also = ""
		}
	}
	t.application = application{name: c.object, protocol: asgi}
	if c.program == "waitress-serve" || c.program == "uwsgi" || c.program == "gunicorn" && !strings.Contains(strings.ToLower(c.text), "uvicorn") || strings.Contains(c.text, "interface wsgi") {
		t.protocol = wsgi
	}
	if n := slices.IndexFunc(m.applications, func(a application) bool { return a.name == c.object }); n >= 0 && m.applications[n].protocol != "" {
		t.application = m.applications[n]
	}
	if t.framework == "" {
		// The file imports it, or gets it from a function.
		for _, from := range m.reaches {
			if !strings.HasSuffix(from, "."+c.object) {
				continue
			}
			if a, ok, err := f.made(name, from, maxHops); err != nil {
				return project.Command{}, err
			} else if ok {
				t.framework = a.framework
			}
		}
	}
	t.factory = t.factory || c.factory
	if t.sockets, err = f.socketMode(name, m); err != nil {
		return project.Command{}, err
	}
	wanted := strings.TrimSuffix(c.program, "-serve")
	set := f.offering(wanted)
	args, by := serve(t, func(name string) bool {
		if name == oldGunicorn || name == "packaging" {
			return f.in.Has(name) // no server of its own
		}
		return name == wanted && (f.in.Has(name) || set.Set != nil)
	})
	if args == nil {
		args, by = serve(t, f.in.Has)
	}
	if args == nil {
		return project.Command{}, nil
	}
	does := "makes"
	if !slices.ContainsFunc(m.applications, func(a application) bool { return a.name == c.object }) && slices.ContainsFunc(m.reaches, func(r string) bool { return strings.HasSuffix(r, "."+c.object) }) {
		does = "imports"
	}
	command := guessed(f.withAlso(t, args), "%s %s the application %s, and %s is installed", rel, does, c.object, by)
	command.File = rel
	if set.Set != nil && by == wanted {
		set.of(&command)
		command.Reason = fmt.Sprintf("%s %s the application %s; %s is installed, because it has %s", rel, does, c.object, set, by)
	}
	return command, nil
}

// ranAs returns the command that runs the program of a call, with its words.
func (f *finder) ranAs(name string, m *module, c call) (project.Command, error) {
	command, err := f.file(name)
	if err != nil {
		return project.Command{}, err
	}
	rel := Within(f.dir, name)
	if command.Cmd == nil {
		command, err = f.program(name, m)
	}
	if command.Cmd == nil {
		f.started = cmp.Or(f.started, f.uncopied)
		return command, err
	}
	if !slices.Contains(command.Cmd, "python") {
		return command, nil
	}
	stem := strings.TrimSuffix(strings.TrimSuffix(rel, ".py"), "/__main__")
	if folder, ok := strings.CutSuffix(stem, strings.ReplaceAll(c.module, ".", "/")); c.module != "" && ok && f.in.Copied(name) {
		command.Cmd = []string{"python", "-m", c.module}
		if folder != "" {
			command.Cmd = f.searching(strings.TrimSuffix(folder, "/"), command.Cmd)
		}
	}
	if n := slices.Index(command.Cmd, "python") + 1; len(c.options) > 0 {
		command.Cmd = slices.Insert(slices.Clone(command.Cmd), n, c.options...)
	}
	if !slices.ContainsFunc(c.rest, func(word string) bool { return strings.ContainsAny(word, "$`<>()*?{}\\") }) && !slices.Contains(c.rest, "--help") {
		command.Cmd = append(command.Cmd, c.rest...)
	}
	return command, nil
}
