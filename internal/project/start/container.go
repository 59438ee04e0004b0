package start

import (
	"encoding/json"
	"errors"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/project/argv"
	"github.com/moult-build/moult/internal/source/regex"
)

// instruction matches what decides the command of a Dockerfile's stage, its variables and
// its working folder.
var instruction = regex.New(`(?i)^\s*(FROM|CMD|ENTRYPOINT|ENV|WORKDIR|RUN)\s+(\S.*?)\s*$`)

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
			if errors.Is(err, fs.ErrNotExist) || len(content) > maxEvidence || err != nil && name != "Dockerfile" {
				continue // one of another name may be a folder
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
func (f *finder) wordsIn(content string, s project.Script) (found []string, err error) {
	is := false
	for _, one := range invocations(content) {
		if one.instead && is {
			continue // it starts only if that before it fails
		}
		var words []string
		args := unwrapped(one.args)
		switch is = false; {
		case len(args) == 0:
		case path.Base(args[0]) == s.Name.V:
			words, is = args[1:], true
		case argv.IsPython(path.Base(args[0])):
			if words, is, err = f.wordsOfModule(s, args[1:]); err != nil {
				return nil, err
			}
		}
		if len(words) > 0 {
			found = words // what comes before prepares the start
		}
	}
	if slices.Contains(found, "--help") || slices.Contains(found, "-h") || slices.Contains(found, "--version") {
		return nil, nil
	}
	return found, nil
}

// variableDefault matches a variable with the value that it has where nobody sets it.
var variableDefault = regex.New(`"?\$\{\w+:-([\w./:-]*)\}"?`)

// invocation is an argument list of a Dockerfile's command. instead is true if it
// runs only where the one before it fails.
type invocation struct {
	args    []string
	instead bool
}

// invocations are what a Dockerfile's command runs: its words, those of CMD alone,
// which a start script may run, or the commands of a text for a shell. Variables of
// such a text have their defaults; a command with one that has no default is left
// out.
func invocations(content string) (all []invocation) {
	entrypoint, cmd := lastInstructions(content)
	first, plain := instructionWords(entrypoint)
	second, also := instructionWords(cmd)
	args := slices.Concat(first, second)
	text, shell := argv.Script(args)
	if !shell && plain && also {
		all = append(all, invocation{args: args})
		if len(first) > 0 && len(second) > 0 {
			all = append(all, invocation{args: second})
		}
		return all
	}
	if !shell {
		if text = cmd; entrypoint != "" {
			text = entrypoint
		}
	}
	if strings.HasPrefix(text, "[") {
		var list []string
		if json.Unmarshal([]byte(text), &list) != nil {
			return nil
		}
		if text, shell = argv.Script(list); !shell {
			return nil
		}
	}
	for _, one := range commandsOf(text) {
		if args, ok := words(variableDefault.ReplaceAllString(strings.TrimSpace(one.text), "$1")); ok {
			all = append(all, invocation{args, one.instead})
		}
	}
	return all
}

// starters are programs that start another one: init processes, and those that
// change the user, whose name comes first.
var starters = map[string]int{"tini": 0, "dumb-init": 0, "catatonit": 0, "docker-init": 0, "gosu": 1, "su-exec": 1, "setpriv": 0}

// unwrapped is a command without what only starts its program.
func unwrapped(args []string) []string {
	for {
		before := len(args)
		args = withoutRunner(argv.WithoutPrefix(args))
		if len(args) == 0 {
			return nil
		}
		if skip, is := starters[path.Base(args[0])]; is && len(args) > skip+1 {
			for args = args[skip+1:]; len(args) > 1 && strings.HasPrefix(args[0], "-"); {
				args = args[1:]
			}
		}
		if len(args) == before {
			return args
		}
	}
}

// wordsOfModule are the words behind the module or the file that Python starts, if
// that is what a script starts: "python -m shop serve". is is false for another one.
func (f *finder) wordsOfModule(s project.Script, args []string) (words []string, is bool, err error) {
	started, ok := argv.Python(args)
	if !ok || started.Module == "" && path.Ext(started.File) != ".py" {
		return nil, false, nil
	}
	if _, err := f.sources(); err != nil {
		return nil, false, err
	}
	name := f.sourceOf(call{program: "python", module: started.Module, file: started.File})
	m, err := f.look(name)
	if err != nil || m == nil || isPreparing(name) || !f.isScript(s, name, m) {
		return nil, false, err
	}
	return started.Rest, true, nil
}

// lastInstructions are the arguments of ENTRYPOINT and CMD of a Dockerfile's last
// stage, as they are written.
func lastInstructions(content string) (entrypoint, cmd string) {
	last := lastStage(content)
	return last.entrypoint, last.cmd
}

// lastStage is the last stage of a Dockerfile.
func lastStage(content string) stageCommand {
	all := stagesOf(content)
	return all[len(all)-1]
}

// stagesOf are the commands of a Dockerfile's stages, with those of the stages on which
// they stand. There is at least one.
func stagesOf(content string) []stageCommand {
	all := []stageCommand{{}}
	named, name := map[string]stageCommand{}, ""
	for _, line := range logicalLines(content) {
		m := instruction.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		stage := &all[len(all)-1]
		switch strings.ToUpper(m[1]) {
		case "FROM":
			next := stageCommand{}
			name = ""
			fields := slices.DeleteFunc(strings.Fields(strings.ToLower(m[2])), func(f string) bool { return strings.HasPrefix(f, "--") })
			if len(fields) > 0 {
				next = named[fields[0]]
			}
			if len(fields) == 3 && fields[1] == "as" {
				name = fields[2]
			}
			all = append(all, next)
			stage = &all[len(all)-1]
		case "CMD":
			stage.cmd = m[2]
		case "ENTRYPOINT":
			stage.entrypoint = m[2]
		case "RUN":
			stage.run += m[2] + "\n"
		case "ENV":
			stage.env += m[2] + "\n"
		case "WORKDIR":
			if stage.workdir = path.Join(stage.workdir, m[2]); path.IsAbs(m[2]) {
				stage.workdir = path.Clean(m[2])
			}
		}
		if name != "" {
			named[name] = *stage
		}
	}
	return all
}

// logicalLines are the lines of a Dockerfile, with those joined that a backslash
// continues, and without comments.
func logicalLines(content string) (all []string) {
	for line := range numberedLines(content) {
		all = append(all, line)
	}
	return all
}

// numberedLines are logicalLines, each with the number of the last line of it.
func numberedLines(content string) iter.Seq2[string, int] {
	return func(yield func(string, int) bool) {
		var joined strings.Builder
		last := 0
		for line := range strings.SplitSeq(content, "\n") {
			last++
			if strings.HasPrefix(strings.TrimSpace(line), "#") {
				continue
			}
			part, continues := strings.CutSuffix(strings.TrimRight(line, " \t\r"), "\\")
			joined.WriteString(part)
			if !continues {
				if !yield(joined.String(), last) {
					return
				}
				joined.Reset()
			}
		}
		yield(joined.String(), last)
	}
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
