package start

import (
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
)

// binding are words with which a module may have names that its text does not show.
var binding = []string{"import *", "__getattr__", "globals(", "exec(", "setattr(", "sys.modules"}

// lacksFunction reports whether the module of a script nowhere has the name of the
// function that the script calls: it was emptied, or the function was renamed. Such a
// script fails as it starts.
func (f *finder) lacksFunction(s project.Script) (bool, error) {
	name, function, err := f.functionOf(s)
	if err != nil || name == "" || !identifier(function) {
		return false, err
	}
	content, err := f.in.Files.ReadFile(name)
	if err != nil || len(content) > maxSize {
		return false, err
	}
	text := string(content)
	return !strings.Contains(text, function) && !slices.ContainsFunc(binding, func(word string) bool { return strings.Contains(text, word) }), nil
}

// functionOf are the source with the module of a script, "" if it is not known, and the
// name in it that the script needs.
func (f *finder) functionOf(s project.Script) (name, function string, err error) {
	if _, err := f.sources(); err != nil {
		return "", "", err
	}
	_, object, _ := strings.Cut(s.Target.V, ":")
	object, _, _ = strings.Cut(object, "[") // extras, in the old form
	function, _, _ = strings.Cut(strings.TrimSpace(object), ".")
	at := strings.ReplaceAll(s.Module(), ".", "/")
	var found []string
	for _, folder := range []string{"", "src/"} {
		found = append(found, f.sourcesAt(folder+at)...)
	}
	if len(found) != 1 {
		return "", function, nil // it may be elsewhere, or made by the build
	}
	return found[0], function, nil
}

// greets reports whether a script is the one that `uv init` writes.
func (f *finder) greets(s project.Script) (bool, error) {
	name, _, err := f.functionOf(s)
	if err != nil {
		return false, err
	}
	m, err := f.look(name)
	return m != nil && m.hello, err
}

// greetingScript is the script that `uv init` writes, where the project has nothing else.
func (f *finder) greetingScript() (project.Command, error) {
	if !f.greeting {
		return project.Command{}, nil
	}
	f.last = true
	return f.script()
}
