package project

import (
	"path"
	"strconv"
	"strings"

	"github.com/moby/patternmatcher"

	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/source/regex"
	"github.com/moult-build/moult/internal/toml"
)

// shorten cuts a text for a message, because the text may be a secret in the
// wrong place.
func shorten(text string) string {
	if len(text) > 8 {
		return text[:4] + "…"
	}
	return text
}

// variables reads a table of strings; check returns an error for a wrong name.
func (r *reader) variables(list entries, check func(name string, pos source.Pos) error) []Variable {
	var vars []Variable
	for _, e := range list {
		if v, ok := r.variable(e, check); ok {
			vars = append(vars, v)
		}
	}
	return vars
}

// environment reads a table of environment variables. It replaces build
// arguments. References to other variables stay, for ExpandEnv.
func (r *reader) environment(list entries) []Variable {
	var vars []Variable
	for _, e := range list {
		if v, ok := r.variable(e, checkEnvName); ok && r.putArgs(&v) {
			vars = append(vars, v)
		}
	}
	return vars
}

// buildEnvironment is environment for commands in a builder. The builder's own
// variables are not known, so a value may refer only to build arguments and to
// earlier variables of the table.
func (r *reader) buildEnvironment(list entries) []Variable {
	vars := r.environment(list)
	closed, err := ExpandEnv(vars, nil)
	if err != nil {
		r.fail(err)
		return nil
	}
	return closed
}

func (r *reader) variable(e toml.Entry[*toml.Node], check func(name string, pos source.Pos) error) (Variable, bool) {
	v := Variable{Pos: e.KeyPos, Name: e.Key, Value: source.At[string]{V: e.V.Str, Pos: e.V.Pos()}}
	err := check(e.Key, e.KeyPos)
	switch {
	case err != nil:
	case e.V.Kind == toml.Bool:
		err = mustBeString(e.V).WithHint("write %q", strconv.FormatBool(e.V.Bool))
	case e.V.Kind == toml.Int, e.V.Kind == toml.Float, e.V.Kind == toml.Datetime:
		err = mustBeString(e.V).WithHint("write %q", e.V.Str)
	case e.V.Kind != toml.String:
		err = mustBeString(e.V)
	case strings.ContainsRune(e.V.Str, 0):
		err = source.Errorf(e.V.Pos(), "%s must not contain a zero byte", e.V.Path())
	}
	r.fail(err)
	return v, err == nil
}

func mustBeString(n *toml.Node) *source.Error {
	return source.Errorf(n.Pos(), "%s must be a string, not %s", n.Path(), n.Kind)
}

var envName = regex.New(`^[A-Za-z_][A-Za-z0-9_]*$`)

func checkEnvName(name string, pos source.Pos) error {
	if !envName.MatchString(name) {
		return source.Errorf(pos, "%q is not the name of an environment variable", name).WithHint("use letters, digits and '_', with no digit at the start")
	}
	return nil
}

func checkLabel(name string, pos source.Pos) error {
	if name == "" || strings.ContainsAny(name, " \t\r\n\x00=") {
		return source.Errorf(pos, "%q is not the name of a label", name)
	}
	return nil
}

// argv reads a command; anything but a list of strings is an error.
func (r *reader) argv(n *toml.Node) *Argv {
	if n == nil {
		return nil
	}
	if n.Kind == toml.String {
		err := source.Errorf(n.Pos(), "%s must be a list of arguments, not a string: no shell reads it", n.Path()).
			WithHint("write %s", listOf(n.Str))
		err.Err = ErrShellForm
		r.fail(err)
		return nil
	}
	if err := n.Expect(toml.Array); err != nil {
		r.fail(err)
		return nil
	}
	a := &Argv{Pos: n.Pos(), Args: []source.At[string]{}}
	for _, item := range n.Items {
		switch {
		case item.Kind == toml.Int || item.Kind == toml.Float:
			r.fail(source.Errorf(item.Pos(), "%s must be a string, not %s", item.Path(), item.Kind).WithHint("write %q", item.Str))
		case item.Kind != toml.String:
			r.fail(item.Expect(toml.String))
		case strings.ContainsRune(item.Str, 0):
			r.fail(source.Errorf(item.Pos(), "%s must not contain a zero byte", item.Path()))
		default:
			a.Args = append(a.Args, source.At[string]{V: item.Str, Pos: item.Pos()})
		}
	}
	if len(n.Items) > 0 && n.Items[0].Kind == toml.String && strings.TrimSpace(n.Items[0].Str) == "" {
		r.fail(source.Errorf(n.Items[0].Pos(), "%s starts with an empty word where the program's name belongs", n.Path()))
	}
	return a
}

// listOf returns the list that a shell command probably means. A command that
// needs a shell becomes ["sh", "-c", ...].
func listOf(command string) string {
	words := strings.Fields(command)
	if strings.ContainsAny(command, "|&;<>()$`\\\"'*?[#~{}\n=") {
		words = []string{"sh", "-c", command}
	}
	for i, word := range words {
		words[i] = strconv.Quote(word)
	}
	return "[" + strings.Join(words, ", ") + "]"
}

// patterns checks patterns in .dockerignore's syntax.
func (r *reader) patterns(list []source.At[string]) []source.At[string] {
	var good []source.At[string]
	for _, v := range list {
		text := strings.TrimPrefix(v.V, "!")
		switch {
		case strings.TrimSpace(text) == "" || strings.ContainsRune(text, 0):
			r.fail(source.Errorf(v.Pos, "%q is not a pattern", v.V))
			continue
		case escapes(text):
			r.fail(source.Errorf(v.Pos, "%q leaves the build context", v.V))
			continue
		}
		if _, err := patternmatcher.New([]string{v.V}); err != nil {
			r.fail(source.Errorf(v.Pos, "%q is not a pattern: %v", v.V, err))
			continue
		}
		// patternmatcher compiles a pattern at its first match, so the error is known
		// only after one.
		if _, err := patternmatcher.MatchesOrParentMatches("x", []string{v.V}); err != nil {
			r.fail(source.Errorf(v.Pos, "%q is not a pattern: %v", v.V, err))
			continue
		}
		good = append(good, v)
	}
	return good
}

func escapes(p string) bool {
	clean := path.Clean(strings.TrimLeft(p, "/"))
	return source.LeavesFolder(clean)
}
