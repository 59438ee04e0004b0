package start

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source/regex"
)

// framework is the package whose program serves a function of main.py, as Google
// Cloud's functions run.
const framework = "functions-framework"

// handlers are its decorators.
var handlers = []string{"functions_framework.http", "functions_framework.cloud_event", "functions_framework.typed"}

// cloudFunctions are the functions of a source that this program can serve: those
// with one of its decorators, else those with the one parameter that a function
// for HTTP has.
func cloudFunctions(all []statement, names map[string]string) []string {
	var decorated, plain []string
	handler := false
	for _, s := range all {
		if s.indent > 0 {
			continue
		}
		t := s.tokens
		if t[0].is("@") {
			full, _ := dotted(t[1:])
			handler = handler || slices.Contains(handlers, full) || slices.Contains(handlers, names[full])
			continue
		}
		if t[0].is("def") && len(t) > 4 {
			switch {
			case handler:
				decorated = append(decorated, t[1].value)
			case t[2].is("(") && t[3].is("request") && (t[4].is(")") || t[4].is(":")) && !slices.ContainsFunc(t, func(t token) bool { return t.is(",") }):
				plain = append(plain, t[1].value)
			}
		}
		handler = false
	}
	if len(decorated) > 0 {
		return decorated
	}
	return plain
}

// cloudFunction returns the command for the only function of main.py, if the
// program that serves it is installed.
func (f *finder) cloudFunction() (project.Command, error) {
	if ok, err := f.has("main.py"); err != nil || !ok || !f.in.Has(framework) {
		return project.Command{}, err
	}
	name := path.Join(f.dir, "main.py")
	m, err := f.look(name)
	if err != nil || m == nil || len(m.functions) != 1 || !f.in.Copied(name) {
		return project.Command{}, err
	}
	return guessed(functionArgs(call{object: m.functions[0]}, "main.py"), "main.py has the function %s, and %s is installed", m.functions[0], framework), nil
}

// functionCall matches the call of this program, which is also a module.
var functionCall = regex.New(`(?:^|[\s/])functions[-_]framework(?:-python)? +(\S.*)$`)

// signatures are the kinds of functions that it serves.
var signatures = []string{"http", "event", "cloudevent", "typed"}

// functionOf reads the call of this program in a command: the function and its file.
func functionOf(part string) (c call, ok bool) {
	m := functionCall.FindStringSubmatch(part)
	if m == nil {
		return call{}, false
	}
	c = call{program: framework, file: "main.py", text: part}
	words := strings.Fields(m[1])
	for n, word := range words {
		option, value, joined := strings.Cut(word, "=")
		if !joined && n+1 < len(words) {
			value = words[n+1]
		}
		switch value = strings.Trim(value, `"'`); {
		case option == "--target" && identifier(value):
			c.object = value
		case option == "--source" && path.Ext(value) == ".py":
			c.file = value
		case option == "--signature-type" && slices.Contains(signatures, value):
			c.signature = value
		}
	}
	return c, c.object != ""
}

// functionArgs is the command that serves the function of a call. The program imports the
// file with its folder on the path.
func functionArgs(c call, rel string) []string {
	args := []string{framework}
	if rel != "main.py" {
		args = append(args, "--source", rel)
	}
	args = append(args, "--target", c.object)
	if c.signature != "" {
		args = append(args, "--signature-type", c.signature)
	}
	return append(args, "--host", "0.0.0.0", "--port", port)
}

// functionAs returns the command for a call of this program, if the file has the function.
func (f *finder) functionAs(name string, m *module, c call) project.Command {
	rel := Within(f.dir, name)
	if !f.in.Has(framework) || !slices.Contains(m.callables, c.object) && !slices.ContainsFunc(m.reaches, func(r string) bool { return strings.HasSuffix(r, "."+c.object) }) {
		return project.Command{}
	}
	if !f.in.Copied(name) {
		f.uncopied, f.started = cmp.Or(f.uncopied, rel), cmp.Or(f.started, rel)
		return project.Command{}
	}
	command := guessed(functionArgs(c, rel), "%s has the function %s, and %s is installed", rel, c.object, framework)
	command.File = rel
	return command
}
