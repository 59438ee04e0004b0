package start

import (
	"encoding/json"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/project/argv"
	"github.com/moult-build/moult/internal/source/regex"
)

// instruction matches what decides the command of a Dockerfile's stage.
var instruction = regex.New(`(?i)^\s*(FROM|CMD|ENTRYPOINT)\s+(\S.*?)\s*$`)

// wordsOf are the words that the Dockerfile's command gives to a script of the
// project, or to the module that it starts, such as "serve": without them many
// scripts print their usage and end. There are none if the command is another one,
// or asks for its help.
func (f *finder) wordsOf(s project.Script) (words []string, file string, err error) {
	dirs := []string{f.dir}
	if w := f.p.Workspace; f.p.OnlyMember && w != nil {
		dirs = append(dirs, w.Root) // it builds this project
	}
	for _, dir := range dirs {
		for _, name := range f.dockerfiles(dir) {
			content, err := f.in.Files.ReadFile(path.Join(dir, name))
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return nil, "", err
			}
			if words, err := f.wordsIn(string(content), s); err != nil || len(words) > 0 || name == "Dockerfile" {
				return words, path.Join(dir, name), err
			}
		}
	}
	return nil, "", nil
}

// wordsIn is wordsOf for the content of one Dockerfile.
func (f *finder) wordsIn(content string, s project.Script) ([]string, error) {
	var err error
	args := withoutRunner(lastCommand(content))
	if len(args) == 0 {
		args = shellCommand(content, s.Name.V)
	}
	var words []string
	switch {
	case len(args) < 2:
		return nil, nil
	case path.Base(args[0]) == s.Name.V:
		words = args[1:]
	case strings.HasPrefix(path.Base(args[0]), "python"):
		if words, err = f.wordsOfModule(s, args[1:]); err != nil {
			return nil, err
		}
	}
	if slices.Contains(words, "--help") || slices.Contains(words, "-h") || slices.Contains(words, "--version") {
		return nil, nil
	}
	return words, nil
}

// variableDefault matches a variable with the value that it has where nobody sets it.
var variableDefault = regex.New(`"?\$\{\w+:-([\w./:-]*)\}"?`)

// shellCommand are the words of the part of a Dockerfile's command that starts a
// program, if a shell reads the command: "exec shop serve --port ${PORT:-8000}".
// Variables have their defaults; there are none if one has no default.
func shellCommand(content, program string) []string {
	entrypoint, cmd := lastInstructions(content)
	text := cmd
	if entrypoint != "" {
		text = entrypoint
	}
	if strings.HasPrefix(text, "[") {
		var list []string
		if err := json.Unmarshal([]byte(text), &list); err != nil || len(list) != 3 || !argv.IsShell(path.Base(list[0])) || !strings.HasPrefix(list[1], "-") {
			return nil
		}
		text = list[2]
	}
	var found []string
	is := false
	for _, one := range commandsOf(text) {
		args, ok := words(variableDefault.ReplaceAllString(strings.TrimPrefix(strings.TrimSpace(one.text), "exec "), "$1"))
		if args = withoutRunner(args); one.instead && is {
			continue // it starts only if that before it fails
		}
		if is = ok && len(args) > 0 && path.Base(args[0]) == program; is && len(args) > 1 {
			found = args // what comes before prepares the start
		}
	}
	return found
}

// wordsOfModule are the words behind the module or the file that Python starts, if
// that is what a script starts: "python -m shop serve".
func (f *finder) wordsOfModule(s project.Script, args []string) ([]string, error) {
	started, ok := argv.Python(args)
	if !ok || started.Module == "" && path.Ext(started.File) != ".py" {
		return nil, nil
	}
	if _, err := f.sources(); err != nil {
		return nil, err
	}
	name := f.sourceOf(call{program: "python", module: started.Module, file: started.File})
	m, err := f.look(name)
	if err != nil || m == nil || isPreparing(name) || !f.isScript(s, name, m) {
		return nil, err
	}
	return started.Rest, nil
}

// lastCommand are the words of the command of a Dockerfile's last stage.
func lastCommand(content string) []string {
	entrypoint, cmd := lastInstructions(content)
	first, _ := instructionWords(entrypoint)
	second, _ := instructionWords(cmd)
	return slices.Concat(first, second)
}

// lastInstructions are the arguments of ENTRYPOINT and CMD of a Dockerfile's last
// stage, as they are written.
func lastInstructions(content string) (entrypoint, cmd string) {
	type command struct{ entrypoint, cmd string }
	var stage command
	named, name := map[string]command{}, ""
	for _, line := range logicalLines(content) {
		m := instruction.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		switch strings.ToUpper(m[1]) {
		case "FROM":
			stage, name = command{}, ""
			fields := slices.DeleteFunc(strings.Fields(strings.ToLower(m[2])), func(f string) bool { return strings.HasPrefix(f, "--") })
			if len(fields) > 0 {
				stage = named[fields[0]]
			}
			if len(fields) == 3 && fields[1] == "as" {
				name = fields[2]
			}
		case "CMD":
			stage.cmd = m[2]
		case "ENTRYPOINT":
			stage.entrypoint = m[2]
		}
		if name != "" {
			named[name] = stage
		}
	}
	return stage.entrypoint, stage.cmd
}

// logicalLines are the lines of a Dockerfile, with those joined that a backslash
// continues, and without comments.
func logicalLines(content string) (all []string) {
	var joined strings.Builder
	for _, line := range strings.Split(content, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		part, continues := strings.CutSuffix(strings.TrimRight(line, " \t\r"), "\\")
		joined.WriteString(part)
		if !continues {
			all = append(all, joined.String())
			joined.Reset()
		}
	}
	return append(all, joined.String())
}

// instructionWords are the words of a command of a Dockerfile. ok is false for
// one that only a shell understands.
func instructionWords(text string) (args []string, ok bool) {
	if text == "" {
		return nil, true
	}
	if strings.HasPrefix(text, "[") {
		if err := json.Unmarshal([]byte(text), &args); err != nil || slices.ContainsFunc(args, func(a string) bool { return strings.Contains(a, "$") }) {
			return nil, false
		}
		return args, true
	}
	return words(text)
}
