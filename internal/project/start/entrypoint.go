package start

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/source/regex"
)

// entryPoint is a script that a file of the project declares, and that the image
// will not have under its name.
type entryPoint struct {
	name, module, function string
	place                  evidence
}

// entryPointLine matches a script in setup.py or setup.cfg.
var entryPointLine = regex.New(`([\w.-]+)\s*=\s*([\w.]+):(\w+)`)

// entryPoints are those that the project declares: in [project.scripts], else in
// setup.py or setup.cfg.
func (f *finder) entryPoints() (all []entryPoint) {
	for _, s := range f.p.Scripts {
		_, function, _ := strings.Cut(s.Target.V, ":")
		all = append(all, entryPoint{s.Name.V, s.Module(), strings.TrimSpace(function), evidence{file: path.Base(s.Name.Pos.File.Name), line: s.Name.Pos.Line}})
	}
	for _, file := range []string{"setup.py", "setup.cfg"} {
		if len(all) > 0 {
			break
		}
		before, after, ok := strings.Cut(f.evidenceIn(file), "console_scripts")
		if !ok {
			continue
		}
		for n, line := range strings.Split(after, "\n") {
			if m := entryPointLine.FindStringSubmatch(line); m != nil {
				all = append(all, entryPoint{m[1], m[2], m[3], evidence{file: file, line: strings.Count(before, "\n") + n + 1}})
			}
		}
	}
	return all
}

// besideScript returns the command for a script that needs a module beside the
// project's package.
func (f *finder) besideScript() (project.Command, error) {
	if !f.unscripted {
		return project.Command{}, nil
	}
	return f.entryPoint()
}

// runScript returns the command for the script that a Compose file, a platform's file or
// the Dockerfile starts, of a project that is not packaged here.
func (f *finder) runScript() (project.Command, error) {
	all := f.entryPoints()
	if f.p.BuildSystem != nil || len(all) == 0 {
		return project.Command{}, nil
	}
	if _, err := f.sources(); err != nil {
		return project.Command{}, err
	}
	names := make([]string, len(all))
	for n, e := range all {
		names[n] = e.name
	}
	s, err := f.scriptThatRuns(names)
	if err != nil || s.name == "" {
		return project.Command{}, err
	}
	c, err := f.entryPointOf(all[slices.Index(names, s.name)])
	if c.Cmd != nil {
		c.Cmd = append(c.Cmd, s.words...)
		c.Reason += ", and " + s.by + " starts it"
	}
	return c, err
}

// unbuiltScript returns the command for a script of a project that is not
// packaged. An application precedes it: nothing has installed the script, which
// may be for its database.
func (f *finder) unbuiltScript() (project.Command, error) {
	if f.p.BuildSystem != nil {
		return project.Command{}, nil
	}
	c, err := f.entryPoint()
	if err != nil || c.Cmd == nil {
		return c, err
	}
	if app, err := f.anyApplication(); err == nil && app.Cmd != nil {
		return app, nil
	}
	return c, nil
}

// entryPoint returns the command for the only script of a project, or the one with
// its name: it starts the script's module.
func (f *finder) entryPoint() (project.Command, error) {
	all := f.entryPoints()
	if named := slices.DeleteFunc(slices.Clone(all), func(e entryPoint) bool { return pep503.Normalize(e.name) != pep503.Normalize(f.p.Name.V) }); len(all) > 1 {
		all = named
	}
	if len(all) != 1 {
		return project.Command{}, nil
	}
	return f.entryPointOf(all[0])
}

// entryPointOf returns the command that starts the module of a script.
func (f *finder) entryPointOf(e entryPoint) (project.Command, error) {
	called := call{program: "python", module: e.module}
	name := f.sourceOf(called)
	if name == "" {
		return project.Command{}, nil
	}
	m, err := f.look(name)
	if err != nil || m == nil || m.hello {
		return project.Command{}, err
	}
	if m.program() && f.needsOwnFolder(name, m) {
		called.module = "" // as a module it would not find those of its folder
	}
	c, err := f.ranAs(name, m, called)
	if err != nil || c.Cmd == nil {
		return c, err
	}
	if !m.program() && slices.Contains(c.Cmd, "python") {
		if !identifier(e.function) {
			return project.Command{}, nil
		}
		// The same as the script that an installation would write.
		n := slices.Index(c.Cmd, "python") + 1
		c.Cmd = append(slices.Clone(c.Cmd[:n]), "-c", fmt.Sprintf("import sys; from %s import %s; sys.exit(%s())", e.module, e.function, e.function))
	}
	c.Reason = fmt.Sprintf("%s line %d has the script %s, which starts %s", e.place.file, e.place.line, e.name, Within(f.dir, name))
	return c, nil
}
