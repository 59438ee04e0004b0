package start

import (
	"path"
	"slices"

	"github.com/moult-build/moult/internal/project"
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
	return guessed([]string{framework, "--target", m.functions[0], "--host", "0.0.0.0", "--port", port}, "main.py has the function %s, and %s is installed", m.functions[0], framework), nil
}
