package plan

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project/argv"
	"github.com/moult-build/moult/internal/source"
)

// Named are the paths of files that a command may read, because its words name
// them.
type Named struct {
	// Key is the key of the build file that has the command: "cmd".
	Key string
	// Pos is the place of a step, which has no key of its own.
	Pos source.Pos
	// Earlier are the steps that run before the command, and may write files.
	Earlier []Step
	// Paths are absolute paths in the image, in the command's order.
	Paths []string
}

// NamedFiles are the files that the commands of the image and its steps name
// beside those that they start. A word that is no file of the build context may be anything.
func NamedFiles(plan *Plan) []Named {
	var all []Named
	add := func(key string, pos source.Pos, earlier []Step, argv []string) {
		if paths := NamedBy(argv, plan.Image.WorkingDir); len(paths) > 0 {
			all = append(all, Named{key, pos, earlier, paths})
		}
	}
	add("entrypoint", source.Pos{}, plan.Steps, plan.Image.Entrypoint)
	add("cmd", source.Pos{}, plan.Steps, plan.Image.Cmd)
	if h := plan.Image.Healthcheck; h != nil && len(h.Test) > 1 {
		add("healthcheck", source.Pos{}, plan.Steps, h.Test[1:])
	}
	for n, s := range plan.Steps {
		if s.Inputs == nil { // the files of inputs are part of the application
			add(fmt.Sprintf("run of step %d", n+1), s.Pos, plan.Steps[:n], s.Run)
		}
	}
	return all
}

// NamedBy are the absolute paths of the files that the words of a command name.
func NamedBy(command []string, workdir string) []string {
	if len(command) == 0 {
		return nil
	}
	program := path.Base(command[0])
	var words []string
	python, _ := argv.PythonOf(command)
	switch {
	case argv.IsShell(program) && len(command) > 2 && strings.HasPrefix(command[1], "-") && strings.HasSuffix(command[1], "c"):
		words = shellWords(command[2])
	case python.Code != "":
		words = literals(python.Code)
	default:
		words = append(readBy(command), command[1:]...)
	}
	var paths []string
	for _, w := range words {
		if name := fileName(w); name != "" {
			if !path.IsAbs(name) {
				name = path.Join(workdir, name)
			}
			if name = path.Clean(name); !slices.Contains(paths, name) {
				paths = append(paths, name)
			}
		}
	}
	return paths
}

// fileName is the file that a word may name; "" if it names none. A word without
// a point and a slash is rather a subcommand or a module.
func fileName(word string) string {
	if strings.HasPrefix(word, "-") {
		_, value, ok := strings.Cut(word, "=")
		if !ok {
			return ""
		}
		word = value
	}
	word = strings.TrimPrefix(word, "file:") // of gunicorn's -c
	if strings.ContainsAny(word, "$*?:") || !strings.ContainsAny(word, "./") || strings.HasSuffix(word, "/") {
		return ""
	}
	return word
}

// readBy are the files that a program reads from its working folder without
// being told.
func readBy(argv []string) []string {
	tells := func(options ...string) bool {
		return slices.ContainsFunc(argv, func(a string) bool {
			option, _, _ := strings.Cut(a, "=")
			return slices.Contains(options, option)
		})
	}
	switch path.Base(argv[0]) {
	case "alembic":
		if !tells("-c", "--config") {
			return []string{"./alembic.ini"}
		}
	case "gunicorn":
		if !tells("-c", "--config") {
			return []string{"./gunicorn.conf.py"}
		}
	}
	return nil
}

// onlyTests are commands of a shell that go on without the files that they name,
// or make them.
var onlyTests = []string{"test", "[", "[[", "echo", "printf", "touch", "mkdir", "rm", "tee", "export", "cd"}

// shellWords are the words of a shell's text that may name files which its
// commands read. A text that changes its folder tells nothing.
func shellWords(text string) []string {
	var all []string
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(";&|()\n", r) }) {
		argv := strings.Fields(part)
		for n, w := range argv {
			argv[n] = strings.Trim(w, `'"`)
		}
		for len(argv) > 0 && (argv[0] == "exec" || argv[0] == "then" || argv[0] == "do" || strings.Contains(argv[0], "=")) {
			argv = argv[1:]
		}
		if len(argv) == 0 || slices.Contains(onlyTests, argv[0]) || strings.HasPrefix(argv[0], "if") {
			if len(argv) > 0 && argv[0] == "cd" {
				return nil
			}
			continue
		}
		all = append(all, readBy(argv)...)
		for n, w := range argv {
			if n > 0 && strings.HasPrefix(argv[n-1], ">") || strings.ContainsAny(w, "<>") {
				continue
			}
			all = append(all, w)
		}
	}
	return all
}

// literals are the texts in quotes of a short program in Python.
func literals(code string) []string {
	var all []string
	for {
		open := strings.IndexAny(code, `'"`)
		if open < 0 {
			return all
		}
		quote := code[open : open+1]
		code = code[open+1:]
		end := strings.Index(code, quote)
		if end < 0 {
			return all
		}
		all = append(all, code[:end])
		code = code[end+1:]
	}
}
