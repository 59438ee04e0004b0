package start

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source/regex"
)

// servingWords are usual names of the subcommand that a program runs in a container.
var servingWords = []string{
	"serve", "server", "start", "web", "api", "bot", "worker", "stdio", "http", "sse", "ui", "runserver", "run-server", "start-server", "daemon", "listen", "dashboard",
}

// onlyWords are names of the same that say less: they count only where the README has no
// other subcommand.
var onlyWords = []string{"run", "up", "app", "launch", "watch"}

// commandWord matches the name of a subcommand.
var commandWord = regex.New(`^[a-z][a-z0-9_-]*$`)

// needsWord reports whether a program whose source has these statements ends with its
// usage where it gets no subcommand: a group of Click's, several commands of Typer's,
// or subparsers of argparse, one of which is required.
func needsWord(all []statement, imported map[string]string) bool {
	commands, typer := 0, false
	for _, s := range all {
		t := s.tokens
		switch {
		case t[0].is("@") && callee(t[1:], imported) == "click.group":
			return !slices.ContainsFunc(t, func(t token) bool { return t.is("invoke_without_command") })
		case t[0].is("@") && len(t) > 4 && t[2].is(".") && t[3].is("command") && t[4].is("("):
			commands++
		case t[0].is("@") && len(t) > 4 && t[2].is(".") && t[3].is("callback"):
			return false // it may run without one
		}
		for n := 1; n+1 < len(t); n++ {
			if t[n-1].is(".") && t[n].is("add_subparsers") && requiresOne(t[n+1:]) {
				return true
			}
			typer = typer || t[n].is("Typer") && t[n+1].is("(")
		}
	}
	return typer && commands > 1
}

// requiresOne reports whether the arguments of add_subparsers require a subcommand.
func requiresOne(t []token) bool {
	for n := 2; n < len(t); n++ {
		if t[n-2].is("required") && t[n-1].is("=") && t[n].is("True") {
			return true
		}
	}
	return false
}

// withWord gives a program that ends with its usage the only subcommand with a usual
// name with which the README starts it.
func withWord(in Input, c project.Command) (project.Command, error) {
	if len(c.Cmd) == 0 || c.Why == project.CommandByKey || c.Why == project.CommandByProcfile {
		return c, nil
	}
	set := divided(c.Cmd)
	script := slices.ContainsFunc(in.Project.Scripts, func(s project.Script) bool { return s.Name.V == set.words[0] })
	if end := programEnd(set.words); end != len(set.words) || !script && set.words[0] != "python" {
		return c, nil
	}
	f := &finder{in: in, p: in.Project, dir: in.Project.Dir, looked: map[string]*module{}}
	name, _, err := f.startedBy(project.Command{Cmd: set.words})
	if err != nil || name == "" {
		return c, err
	}
	if needs, err := f.needsSubcommand(name); err != nil || !needs {
		return c, err
	}
	for _, file := range readmes {
		text := f.evidenceIn(file)
		word, line := f.subcommandIn(text, set.words, name)
		if word == "" {
			continue
		}
		with := c
		set.words = append(slices.Clone(set.words), word)
		with.Cmd = set.joined()
		with.Reason += fmt.Sprintf(", with the word of %s line %d", file, line)
		needs, err := f.takes(name, word)
		if err != nil || !needs {
			return with, err
		}
		with, ok, err := f.withArgument(with, text, f.calledIn(set.words[:len(set.words)-1], name), word)
		if err != nil || ok {
			return with, err
		}
		return c, nil // what the README has behind the word is an example
	}
	return c, nil
}

// needsSubcommand reports whether a source, or for a file that only starts another one
// that one, needs a subcommand.
func (f *finder) needsSubcommand(name string) (bool, error) {
	m, err := f.look(name)
	if err != nil || m == nil || m.subcommands {
		return m != nil && m.subcommands, err
	}
	if m.defines {
		return false, nil
	}
	for _, to := range f.imported(name, m) {
		other, err := f.look(to)
		if err != nil || other != nil && other.subcommands {
			return other != nil, err
		}
	}
	return false, nil
}

// subcommandIn is the only usual subcommand with which a text starts a program, and its
// line; "" if there is none, or several.
func (f *finder) subcommandIn(text string, started []string, name string) (word string, line int) {
	names := f.calledIn(started, name)
	other := false
	for n, one := range strings.Split(text, "\n") {
		words := strings.Fields(strings.NewReplacer("`", " ", "$ ", " ").Replace(one))
		for at := 0; at+1 < len(words); at++ {
			next := words[at+1]
			if !slices.Contains(names, strings.TrimPrefix(words[at], "./")) || !commandWord.MatchString(next) || at > 0 && !startsProgram(words[:at]) {
				continue
			}
			if !slices.Contains(servingWords, next) && !slices.Contains(onlyWords, next) {
				other = true
				continue
			}
			if word != "" && word != next {
				return "", 0
			}
			if word == "" {
				word, line = next, n+1
			}
		}
	}
	if other && slices.Contains(onlyWords, word) {
		return "", 0
	}
	return word, line
}

// calledIn are the names by which a README may call a program.
func (f *finder) calledIn(started []string, name string) []string {
	rel := Within(f.dir, name)
	names := []string{started[len(started)-1], path.Base(started[len(started)-1]), rel, path.Base(rel)}
	module := strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(rel, "src/"), ".py"), "/", ".")
	names = append(names, module, strings.TrimSuffix(module, ".__main__"), strings.TrimSuffix(module, ".cli"))
	for _, s := range f.p.Scripts {
		if s.Module() == module || s.Module()+".__main__" == module {
			names = append(names, s.Name.V)
		}
	}
	return names
}

// startsProgram reports whether the words before a program's name are those of a
// command, and not of a sentence.
func startsProgram(before []string) bool {
	last := before[len(before)-1]
	return slices.Contains([]string{"run", "-m", "python", "python3", "uvx", "exec", "&&", ">", "%", "#", "."}, last) || strings.Contains(last, "=") || slices.Contains(before, "uvx") || slices.Contains(before, "run")
}
