package plan

import (
	"path"
	"slices"
	"strings"
)

// Started is a file that the image starts.
type Started struct {
	// Key is the key of the build file that says so: "entrypoint".
	Key string
	// Path is the file's path in the image.
	Path string
	// Shell is true if a shell reads the file, which is an argument then.
	Shell bool
	// Argument is true if an interpreter reads the file, so that it need not be
	// executable.
	Argument bool
}

// shells are programs that read a script which is their first argument.
var shells = []string{"sh", "bash", "dash", "ash", "ksh", "zsh"}

// StartedFiles are the files that the entrypoint, the command and the health
// check of the image start by their path: programs, and scripts that are the
// first argument of Python or of a shell.
func StartedFiles(plan *Plan) []Started {
	entrypoint := plan.Image.Entrypoint
	if len(entrypoint) > 1 && entrypoint[1] == "--" {
		entrypoint = entrypoint[2:] // what the init process starts
	}
	commands := []struct {
		key  string
		argv []string
	}{{"entrypoint", entrypoint}}
	if len(entrypoint) == 0 {
		commands[0].key, commands[0].argv = "cmd", plan.Image.Cmd
	}
	if h := plan.Image.Healthcheck; h != nil && len(h.Test) > 1 {
		commands = append(commands, struct {
			key  string
			argv []string
		}{"healthcheck", h.Test[1:]})
	}
	var all []Started
	for _, c := range commands {
		if s, ok := started(c.argv, plan.Image.WorkingDir); ok {
			s.Key = c.key
			all = append(all, s)
		}
	}
	return all
}

// started finds the file that a command starts, if it names one.
func started(argv []string, workdir string) (Started, bool) {
	if len(argv) == 0 || strings.Contains(argv[0], "$") {
		return Started{}, false
	}
	in := func(name string) string {
		if !path.IsAbs(name) {
			name = path.Join(workdir, name)
		}
		return path.Clean(name)
	}
	program := path.Base(argv[0])
	shell := slices.Contains(shells, program)
	if len(argv) > 1 && (shell || strings.HasPrefix(program, "python")) {
		script := argv[1]
		suffix := map[bool]string{true: ".sh", false: ".py"}[shell]
		if strings.HasSuffix(script, suffix) && !strings.HasPrefix(script, "-") {
			return Started{Path: in(script), Shell: shell, Argument: true}, true
		}
	}
	if !strings.Contains(argv[0], "/") {
		return Started{}, false // found in the search path
	}
	return Started{Path: in(argv[0])}, true
}

// ContextFile says which file of the context a path of the image is. Certain is
// false if something else may put a file there: a step, a stage, another image,
// a package.
func (p *Plan) ContextFile(name string) (file string, certain bool) {
	certain = true
	for _, s := range p.Steps {
		certain = certain && (s.HasNoOutputs() || s.Outputs != nil && !s.Outputs.mayHold(name))
	}
	for _, f := range slices.Backward(p.Files) {
		to := f.To
		if strings.HasSuffix(to, "/") && f.Include == nil {
			to = path.Join(to, path.Base(f.From))
		}
		fromContext := f.Image == "" && f.Context == "" && f.Stage == "" && f.Download == nil
		if to == name && fromContext && f.Include == nil {
			return f.From, certain
		}
		if within(name, path.Clean(f.To)) {
			certain = false
		}
	}
	if p.App == nil {
		return "", certain
	}
	rel, ok := strings.CutPrefix(name, p.App.Dir+"/")
	if !ok {
		return "", certain
	}
	for _, a := range p.App.Added {
		certain = certain && !within(rel, path.Clean(a.To)) && path.Clean(a.To) != "."
	}
	return path.Join(p.App.From, rel), certain
}

// mayHold reports whether a path may be in the outputs of a step.
func (o *Outputs) mayHold(name string) bool {
	return slices.ContainsFunc(o.All(), func(one Output) bool { return within(name, path.Clean(one.Path)) })
}

// within reports whether a path is a folder or lies in it.
func within(name, folder string) bool {
	return name == folder || strings.HasPrefix(name, strings.TrimSuffix(folder, "/")+"/")
}

// makeExecutable gives a file of [[files]] that the image starts the mode of a
// program, if the entry has no mode.
func makeExecutable(plan *Plan) {
	for _, s := range StartedFiles(plan) {
		for n := range plan.Files {
			f := &plan.Files[n]
			to := f.To
			if strings.HasSuffix(to, "/") {
				to = path.Join(to, path.Base(f.From))
			}
			fromContext := f.Image == "" && f.Stage == "" && f.Download == nil
			if !s.Argument && to == s.Path && f.Mode == 0 && fromContext && f.Include == nil {
				f.Mode = 0o755
			}
		}
	}
}
