package start

import (
	"path"
	"slices"
	"strings"
)

// searching is a command whose Python finds the modules of a folder of the
// project, too. The folder's path is absolute, so that it is the same in whatever
// working folder the container runs.
func (f *finder) searching(folder string, args []string) []string {
	e := divided(args)
	e.folders = append([]string{path.Join(f.p.AppDir(), folder)}, e.folders...)
	return e.joined()
}

// placeless are servers without an option for the folder of an application.
var placeless = []string{"hypercorn", "daphne", "waitress-serve", "sanic"}

// withAlso is a command for a target, which finds the modules of its further
// folder, or of its own if the server imports only from the working folder.
func (f *finder) withAlso(t target, args []string) []string {
	switch {
	case args == nil:
	case t.dir != "" && slices.Contains(placeless, args[0]):
		return f.searching(t.dir, args)
	case t.also != "":
		return f.searching(t.also, args)
	}
	return args
}

// environment is an argument list in its parts: the variables that env sets, of
// these the folders of PYTHONPATH, and the words of the program.
type environment struct {
	variables, folders, words []string
}

func divided(cmd []string) (e environment) {
	e.words = cmd
	if cmd[0] != "env" {
		return e
	}
	for e.words = cmd[1:]; len(e.words) > 1 && strings.Contains(e.words[0], "="); e.words = e.words[1:] {
		if folders, ok := strings.CutPrefix(e.words[0], "PYTHONPATH="); ok {
			e.folders = strings.Split(folders, ":")
		} else {
			e.variables = append(e.variables, e.words[0])
		}
	}
	return e
}

func (e environment) joined() []string {
	set := slices.Clone(e.variables)
	if len(e.folders) > 0 {
		set = append(set, "PYTHONPATH="+strings.Join(e.folders, ":"))
	}
	if len(set) == 0 {
		return e.words
	}
	return slices.Concat([]string{"env"}, set, e.words)
}
