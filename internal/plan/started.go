package plan

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project/argv"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/step/protocol"
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
	// Later is true for a command of a script after its first one, which may make
	// the file.
	Later bool
	// ShellReads is true if a shell or "env" starts the file: they let a shell read a
	// file that the kernel cannot start.
	ShellReads bool
}

// keyed is a command with the key of the build file that has it.
type keyed struct {
	key  string
	argv []string
}

// starting are the commands with which the image's containers and its health
// check start.
func starting(plan *Plan) []keyed {
	entrypoint := plan.Image.Entrypoint
	if len(entrypoint) > 1 && entrypoint[1] == "--" {
		entrypoint = entrypoint[2:] // what the init process starts
	}
	all := []keyed{{"entrypoint", entrypoint}}
	if len(entrypoint) == 0 {
		all[0] = keyed{"cmd", plan.Image.Cmd}
	}
	if h := plan.Image.Healthcheck; h != nil && len(h.Test) > 1 {
		all = append(all, keyed{"healthcheck", h.Test[1:]})
	}
	return all
}

// StartedFiles are the files that the entrypoint, the command and the health
// check of the image start: programs that are named by their path, and scripts
// that are the first argument of Python or of a shell.
func StartedFiles(plan *Plan) []Started {
	var all []Started
	for _, c := range starting(plan) {
		commands, _ := argv.Commands(c.argv)
		_, script := argv.Script(c.argv)
		for n, words := range commands {
			command := argv.WithoutPrefix(words)
			for _, s := range started(command, plan.Image.WorkingDir) {
				if script && strings.ContainsAny(s.Path, expanded) {
					continue
				}
				s.Key, s.Later, s.ShellReads = c.key, n > 0, script || len(command) < len(words)
				all = append(all, s)
			}
		}
	}
	return all
}

// StartedProgram is a program that the image starts by its name.
type StartedProgram struct {
	// Key is the key of the build file that says so: "cmd".
	Key string
	// Name is looked up in the search path.
	Name string
}

// AbsentProgram is a program that the image starts by its name and that the base
// does not have. A package whose name is another one may have it.
type AbsentProgram struct {
	StartedProgram
	// Pos is the place of the key.
	Pos source.Pos
}

// OtherEnvironment is a path in a virtual environment that the image does not have,
// in a script that the image starts: /venv/bin/python.
type OtherEnvironment struct {
	// Key is the key of the build file that starts the script.
	Key string
	// Path is the path in the image, Pos its line in the script.
	Path string
	Pos  source.Pos
}

// Hint says what to write instead.
func (o OtherEnvironment) Hint() string {
	instead := "write " + path.Base(o.Path)
	if strings.HasPrefix(path.Base(o.Path), "activate") {
		instead = fmt.Sprintf("leave the line out, or write %s/bin/activate", protocol.Venv)
	}
	return fmt.Sprintf("the environment is %s and its programs come first in the search path: %s; or make a link by run = [\"ln\", \"-s\", %q, %q] in [[tool.moult.steps]]",
		protocol.Venv, instead, protocol.Venv, path.Dir(path.Dir(o.Path)))
}

// builtins are commands that a shell has itself.
var builtins = []string{
	"declare", "echo", "exit", "false", "getopts", "hash", "kill", "let", "printf", "pwd", "readonly", "return", "shift", "shopt", "sleep", "time", "times", "true",
	"ulimit", "umask", "wait", ":",
}

// expanded are characters of a word that a shell replaces, so that the word is not
// the name of what starts.
const expanded = "$*?[~{"

// StartedPrograms are the programs that the entrypoint, the command and the
// health check of the image start by their name, each once. Python and shells
// are left out, which every base has or the plan looks for itself.
func StartedPrograms(plan *Plan) []StartedProgram {
	var all []StartedProgram
	for _, c := range starting(plan) {
		commands, _ := argv.Commands(c.argv)
		for _, words := range commands {
			name := argv.Program(words)
			if name == "" || strings.ContainsAny(name, "/"+expanded) || strings.HasPrefix(name, "-") || strings.HasPrefix(name, "python") || argv.IsShell(name) || slices.Contains(builtins, name) {
				continue
			}
			if s := (StartedProgram{c.key, name}); !slices.Contains(all, s) {
				all = append(all, s)
			}
		}
	}
	return all
}

// started finds the files that a command starts: its program, if it is named by a
// path, and the script that an interpreter reads.
func started(words []string, workdir string) (found []Started) {
	if len(words) == 0 || strings.Contains(words[0], "$") {
		return nil
	}
	in := func(name string) string {
		if !path.IsAbs(name) {
			name = path.Join(workdir, name)
		}
		return path.Clean(name)
	}
	if strings.Contains(words[0], "/") { // others are found in the search path
		found = append(found, Started{Path: in(words[0])})
	}
	program := path.Base(words[0])
	shell := argv.IsShell(program)
	if len(words) > 1 && shell && strings.HasSuffix(words[1], ".sh") && !strings.HasPrefix(words[1], "-") {
		found = append(found, Started{Path: in(words[1]), Shell: true, Argument: true})
	}
	if python, ok := argv.PythonOf(words); ok && strings.HasSuffix(python.File, ".py") {
		found = append(found, Started{Path: in(python.File), Argument: true})
	}
	return found
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
