package project

import (
	"errors"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// readArgs reads [tool.moult.args] with the value of each argument.
func (r *reader) readArgs(n *toml.Node) {
	r.args = nil
	if n == nil {
		return
	}
	if err := n.Expect(toml.Table); err != nil {
		r.fail(err)
		return
	}
	for _, item := range n.Items {
		a, err := parseArg(item)
		if err == nil {
			if value, ok := r.options.Args[a.Name]; ok {
				err = a.check(source.At[string]{V: value, Pos: a.Pos})
				if err == nil || !r.checking {
					a.Value, a.Set = value, true
				} else {
					err = nil // the target that is built may have other choices
				}
			}
		}
		r.fail(err)
		a.bad = err != nil
		r.args = append(r.args, a)
	}
	r.p.Settings.Args = r.args
}

// parseArg reads NAME = "default", or {default, description, choices}.
func parseArg(n *toml.Node) (Arg, error) {
	a := Arg{Pos: n.KeyPos(), Name: n.Key}
	if !envName.MatchString(a.Name) {
		return a, source.Errorf(a.Pos, "%q is not the name of a build argument", a.Name).WithHint("use letters, digits and '_', with no digit at the start")
	}
	var t argTable
	switch n.Kind {
	case toml.String:
		t.Default = &source.At[string]{V: n.Str, Pos: n.Pos()}
	case toml.Table:
		if err := toml.Decode(n, &t, toml.Synonyms(foreignKeys)); err != nil {
			return a, err
		}
	case toml.Int, toml.Float:
		return a, mustBeString(n).WithHint("write %q", n.Str)
	default:
		return a, mustBeString(n).WithHint("write the default, or a table of default, description and choices")
	}
	a.Default, a.Description, a.Choices = t.Default, t.Description.V, t.Choices
	if strings.ContainsAny(a.Description, "\r\n\x00") {
		return a, source.Errorf(t.Description.Pos, "the description must stand on one line")
	}
	if t.Choices != nil && len(t.Choices) == 0 {
		return a, source.Errorf(n.Get("choices").Pos(), "choices is empty, so no value is allowed").WithHint("leave it out to allow any")
	}
	if a.Default == nil {
		return a, nil
	}
	a.Value = a.Default.V
	return a, a.check(*a.Default)
}

func (a Arg) check(v source.At[string]) error {
	if len(a.Choices) == 0 {
		return nil
	}
	var allowed []string
	for _, c := range a.Choices {
		if c.V == v.V {
			return nil
		}
		allowed = append(allowed, c.V)
	}
	err := source.Errorf(v.Pos, "the build argument %s is %q, which is none of its choices: %s", a.Name, v.V, strings.Join(allowed, ", "))
	if near := toml.Nearest(v.V, allowed); near != "" {
		err = err.WithHint("did you mean %q?", near)
	}
	return err
}

// arg finds an argument; has is false if it has no value.
func (r *reader) arg(name string) (a Arg, declared, has bool) {
	for _, a := range r.args {
		if a.Name == name {
			return a, true, (a.Set || a.Default != nil) && !a.bad
		}
	}
	return Arg{}, false, false
}

// expandString puts the build arguments into a text; see toml.Expand.
func (r *reader) expandString(n *toml.Node) (text string, ok bool, err error) {
	if !strings.Contains(n.Str, "${") {
		return n.Str, true, nil
	}
	t, err := parseTemplate(n.Str)
	if err != nil {
		return "", false, source.Errorf(n.Pos(), "%s: %w", n.Path(), err)
	}
	text, err = t.expand(func(name string) (string, bool) {
		a, _, has := r.arg(name)
		return a.Value, has
	})
	var unknown unknownRef
	if !errors.As(err, &unknown) {
		if err != nil {
			return "", false, source.Errorf(n.Pos(), "%s: %w", n.Path(), err)
		}
		return text, true, nil
	}
	a, declared, _ := r.arg(string(unknown))
	if declared {
		return "", false, r.missing(a, n.Pos())
	}
	return "", false, r.undeclared(string(unknown), n.Pos())
}

// missing is the error for an argument without a value; none if the value is not
// needed.
func (r *reader) missing(a Arg, pos source.Pos) error {
	if r.checking || r.options.Describe || a.bad {
		return nil
	}
	return source.Errorf(pos, "the build argument %s has no default and was not given", a.Name).
		WithHint("build with --build-arg %s=...", a.Name)
}

func (r *reader) undeclared(name string, pos source.Pos) error {
	var names []string
	for _, a := range r.args {
		names = append(names, a.Name)
	}
	err := source.Errorf(pos, "there is no build argument %s", name)
	switch name {
	case "TARGETPLATFORM", "TARGETOS", "TARGETARCH", "TARGETVARIANT", "BUILDPLATFORM", "BUILDOS", "BUILDARCH", "BUILDVARIANT":
		return err.WithHint(`for a value that differs by architecture, write arch = "amd64" in its entry, or a table: url = {amd64 = "...", arm64 = "..."}`)
	}
	if near := toml.Nearest(name, names); near != "" {
		return err.WithHint("did you mean ${%s}?", near)
	}
	return err.WithHint("declare it under [tool.moult.args]; $${ is a plain ${")
}

// putArgs expands the build arguments in a variable's value. If that fails, it
// records the error and ok is false.
func (r *reader) putArgs(v *Variable) (ok bool) {
	if !strings.Contains(v.Value.V, "${") {
		return true
	}
	t, err := parseTemplate(v.Value.V)
	if err != nil {
		r.fail(source.Errorf(v.Value.Pos, "%s: %w", v.Name, err))
		return false
	}
	t = t.replace(func(name string, word bool) (string, bool) {
		a, declared, has := r.arg(name)
		return a.Value, has || declared && word
	})
	if text, closed := t.closed(); closed {
		v.Value.V = text
		return true
	}
	for _, name := range t.names() {
		if a, declared, _ := r.arg(name); declared {
			r.fail(r.missing(a, v.Value.Pos))
			return false
		}
	}
	v.open = t
	return true
}

// predefined reports whether a build argument has a meaning of its own.
func predefined(name string) bool {
	switch strings.ToUpper(name) {
	case "HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY", "SOURCE_DATE_EPOCH":
		return true
	}
	return strings.HasPrefix(name, "BUILDKIT_") || strings.HasPrefix(name, "MOULT_")
}

// unusedArgs returns the names of arguments that the build passes and no
// target has.
func unusedArgs(passed map[string]string, declared map[string]bool) []string {
	var unused []string
	for name := range passed {
		if !declared[name] && !predefined(name) {
			unused = append(unused, name)
		}
	}
	slices.Sort(unused)
	return unused
}
