package start

import (
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
)

// takingWords are the subcommands of a source that end with their usage without an
// argument behind them.
func takingWords(all []statement, imported map[string]string) (words []string) {
	parsers := map[string]string{}
	for n, s := range all {
		t := s.tokens
		switch {
		case len(t) > 6 && t[0].kind == name && t[1].is("=") && t[3].is(".") && t[4].is("add_parser") && t[6].kind == text:
			parsers[t[0].value] = t[6].value
		case len(t) > 4 && t[1].is(".") && t[2].is("add_argument") && t[4].kind == text && parsers[t[0].value] != "":
			if !strings.HasPrefix(t[4].value, "-") && !slices.ContainsFunc(t, func(t token) bool { return t.is("nargs") || t.is("default") }) {
				words = append(words, parsers[t[0].value])
			}
		case t[0].is("@") && len(t) > 4 && t[2].is(".") && t[3].is("command") && t[4].is("("):
			if word, needs := decorated(all, n, imported); needs {
				words = append(words, word)
			}
		}
	}
	return words
}

// decorated is the subcommand of the function below a decorator of Click's or Typer's, and
// whether it needs an argument.
func decorated(all []statement, n int, imported map[string]string) (word string, needs bool) {
	if t := all[n].tokens; len(t) > 5 && t[5].kind == text {
		word = t[5].value
	}
	for n > 0 && all[n-1].tokens[0].is("@") {
		n--
	}
	click := false
	for ; n < len(all) && all[n].tokens[0].is("@"); n++ {
		t := all[n].tokens
		full := callee(t[1:], imported)
		click = click || strings.HasPrefix(full, "click.")
		needs = needs || full == "click.argument" && !slices.ContainsFunc(t, func(t token) bool { return t.is("required") || t.is("nargs") || t.is("default") })
	}
	if n == len(all) {
		return "", false
	}
	t := all[n].tokens
	at := slices.IndexFunc(t, func(t token) bool { return t.is("def") })
	if at < 0 || at+2 >= len(t) {
		return "", false
	}
	if word == "" {
		word = strings.ReplaceAll(t[at+1].value, "_", "-")
	}
	typer := slices.ContainsFunc(t, func(t token) bool { return t.is("Context") || t.is("Option") }) // given by other means
	for _, module := range imported {
		click = click || module == "click"
	}
	return word, needs || !click && !typer && needsArguments(t[at+2:])
}

// takes reports whether a subcommand of a source, or of one that it imports, needs an
// argument.
func (f *finder) takes(name, word string) (bool, error) {
	m, err := f.look(name)
	if err != nil || m == nil {
		return false, err
	}
	for _, at := range append([]string{name}, f.imported(name, m)...) {
		other, err := f.look(at)
		if err != nil {
			return false, err
		}
		if other != nil && slices.Contains(other.takes, word) {
			return true, nil
		}
	}
	return false, nil
}

// endsCommand are the characters and words at which a command of a README ends.
var endsCommand = strings.NewReplacer("`", "\n", "#", "\n", "&&", "\n", "|", "\n", ";", "\n", ">", "\n", "\\", "\n")

// withArgument gives a command the argument that a README has behind its subcommand: a file
// of the project, or an object in one of its modules, because other words are examples.
// ok is false if there is none, or several.
func (f *finder) withArgument(c project.Command, text string, names []string, word string) (with project.Command, ok bool, err error) {
	argument, file := "", ""
	for _, line := range strings.Split(text, "\n") {
		for _, one := range strings.Split(endsCommand.Replace(line), "\n") {
			words := strings.Fields(one)
			for at := 2; at < len(words); at++ {
				if words[at-1] != word || !slices.Contains(names, strings.TrimPrefix(words[at-2], "./")) {
					continue
				}
				found, err := f.fileOf(words[at])
				if err != nil {
					return c, false, err
				}
				if found == "" || argument != "" && argument != words[at] {
					return c, false, nil
				}
				argument, file = words[at], found
			}
		}
	}
	switch {
	case argument == "" || c.Workdir != "":
		return c, false, nil
	case f.in.Copied(file) || c.NextToPackage:
	case f.p.BuildSystem != nil && f.p.Settings.App.Include == nil && f.in.Copyable != nil && f.in.Copyable(file):
		c.NextToPackage = true
		c.Reason += "; the project's files are copied beside its package for " + argument
	default:
		return c, false, nil
	}
	set := divided(c.Cmd)
	set.words = append(slices.Clone(set.words), argument)
	c.Cmd = set.joined()
	return c, true, nil
}

// fileOf is the file of the project that an argument names, by its path or as the module of
// an object; "" if there is none.
func (f *finder) fileOf(argument string) (string, error) {
	files := []string{argument}
	if object := objectForm.FindStringSubmatch(argument); object != nil {
		files = moduleFiles(strings.ReplaceAll(object[1], ".", "/"))
	}
	var names []string
	for _, rel := range files {
		if path.IsAbs(rel) || strings.HasPrefix(path.Clean(rel), "..") || path.Ext(rel) == "" || strings.HasPrefix(rel, "-") {
			return "", nil
		}
		names = append(names, path.Join(f.dir, rel))
	}
	found, err := f.in.Files.Existing(names)
	if err != nil || len(found) == 0 {
		return "", err
	}
	return found[0], nil
}
