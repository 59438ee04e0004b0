package start

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/source/regex"
)

// process is a line of a Procfile.
type process struct {
	name, command string
	pos           source.Pos
}

var processLine = regex.New(`^([A-Za-z0-9_-]+)\s*:\s*(.+?)\s*$`)

// processes reads a Procfile.
func processes(file *source.File) []process {
	var all []process
	for n, line := range strings.Split(strings.TrimPrefix(string(file.Data), "\ufeff"), "\n") {
		line = strings.TrimRight(line, "\r")
		if m := processLine.FindStringSubmatch(line); m != nil {
			all = append(all, process{m[1], m[2], source.Pos{File: file, Line: n + 1, Col: 1 + strings.Index(line, m[2])}})
		}
	}
	return all
}

// procfile returns the command of the process web, or else worker, of a
// Procfile.
func (f *finder) procfile() (project.Command, error) {
	name := path.Join(f.dir, "Procfile")
	content, err := f.in.Files.ReadFile(name)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		return project.Command{}, err
	}
	all := processes(&source.File{Name: name, Data: content})
	for _, wanted := range wantedProcesses(all) {
		n := slices.IndexFunc(all, func(p process) bool { return p.name == wanted })
		if n < 0 {
			continue
		}
		args := arguments(all[n].command)
		if script := scriptOf(args); script != "" && !f.in.Copied(path.Join(f.dir, script)) || f.missing(args) != "" {
			continue
		}
		reason := "from Procfile's " + wanted
		var others []string
		for _, p := range all {
			if p.name != wanted && p.name != "release" {
				others = append(others, p.name)
			}
		}
		if len(others) > 0 {
			reason += "; it has " + strings.Join(others, ", ") + " too, for which a target can be written"
		}
		return project.Command{Cmd: args, Why: project.CommandByProcfile, Reason: reason, Pos: all[n].pos}, nil
	}
	return project.Command{}, nil
}

// wantedProcesses returns the processes that an image may run, the best first.
// release runs before the others and ends. A Procfile with one other process
// leaves no choice, whatever its name is.
func wantedProcesses(all []process) []string {
	var names []string
	for _, p := range all {
		if p.name != "release" {
			names = append(names, p.name)
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
// shell becomes ["sh", "-c", ...].
func arguments(command string) []string {
	plain := portVariable.ReplaceAllStringFunc(command, func(v string) string {
		if m := portVariable.FindStringSubmatch(v); m[1] != "" {
			return m[1]
		}
		return port
	})
	words, ok := words(plain)
	if !ok || len(words) == 0 || strings.Contains(words[0], "=") {
		return []string{"sh", "-c", plain}
	}
	return withAddress(withoutRunner(words))
}

// withAddress adds the address that gunicorn takes from PORT, if the command
// names none.
func withAddress(args []string) []string {
	if args[0] != "gunicorn" || slices.ContainsFunc(args, func(a string) bool {
		return a == "-b" || a == "-c" || a == "--config" || strings.HasPrefix(a, "--bind") || strings.HasPrefix(a, "-b") || strings.HasPrefix(a, "--config=")
	}) {
		return args
	}
	return append([]string{"gunicorn", "--bind", "0.0.0.0:" + port}, args[1:]...)
}

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
	if len(args) > 1 && strings.HasPrefix(path.Base(args[0]), "python") {
		for _, a := range args[1:] {
			if a == "-m" || a == "-c" {
				return ""
			}
			if !strings.HasPrefix(a, "-") {
				return path.Clean(a)
			}
		}
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
