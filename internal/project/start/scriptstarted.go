package start

import (
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project/argv"
)

// ranScript is a script of the project that a command starts: its name, which is "" for
// none, the words behind it, and the place of the command.
type ranScript struct {
	name  string
	words []string
	by    string
}

// runsScript is the script that the text of a command starts, the last one of several,
// because what comes before it prepares the start.
func runsScript(e evidence, names []string) (found ranScript) {
	for _, one := range commandsOf(plainText(e.text)) {
		if s := scriptOfWords(strings.Fields(one.text), names); s.name != "" && !one.instead {
			found = s
		}
	}
	found.by = e.String()
	return found
}

// scriptOfWords is the script that a command starts, behind a shell and what only
// starts a program: "sh -c exec uv run shop serve". Words that only a shell knows are
// left out with the others.
func scriptOfWords(args []string, names []string) ranScript {
	if len(args) > 2 && argv.IsShell(path.Base(args[0])) && strings.HasPrefix(args[1], "-") && strings.HasSuffix(args[1], "c") {
		args = args[2:]
	}
	if len(args) > 0 {
		args = append([]string{path.Base(args[0])}, args[1:]...)
	}
	args = unwrapped(args)
	if len(args) == 0 || !slices.Contains(names, path.Base(args[0])) {
		return ranScript{}
	}
	s := ranScript{name: path.Base(args[0])}
	if !slices.ContainsFunc(args, func(word string) bool { return strings.ContainsAny(word, "$`<>(){}\\%") }) {
		s.words = args[1:]
	}
	return s
}

// scriptThatRuns is the script, of several, that a Compose file, a platform's file, the
// Dockerfile or a file of systemd starts. Its authors run it so, which says more than its
// name.
func (f *finder) scriptThatRuns(names []string) (ranScript, error) {
	for _, file := range composeFiles {
		for _, one := range f.mainServices(servicesOf(file, f.evidenceIn(file))) {
			if s := runsScript(one.evidence, names); s.name != "" {
				return s, nil
			}
		}
	}
	for _, p := range platforms {
		for _, one := range f.platformCommands(p) {
			if s := runsScript(one.evidence, names); s.name != "" {
				return s, nil
			}
		}
	}
	for _, file := range f.dockerfiles(f.dir) {
		content := f.evidenceIn(file)
		if content == "" {
			continue
		}
		name := "" // its words are read with those of the modules that it starts
		for _, one := range invocations(content) {
			if s := scriptOfWords(one.args, names); s.name != "" && !one.instead {
				name = s.name
			}
		}
		if name == "" {
			name = runsScript(evidence{text: f.startScript(lastStage(content).text(content), content)}, names).name
		}
		if name != "" {
			return ranScript{name: name, by: file}, nil
		}
		if file == "Dockerfile" {
			return ranScript{}, nil
		}
	}
	units, err := f.units()
	for _, one := range units {
		if s := runsScript(one.evidence, names); s.name != "" {
			return s, nil
		}
	}
	return ranScript{}, err
}

// scriptOfTask is the script, of several, that a task of the people who work on the
// project starts, or the only one that the code of the README starts. One that prepares
// something, by its name, is none of the latter: the steps before the start say nothing
// of what is started.
func (f *finder) scriptOfTask(names []string) ranScript {
	var all []entry
	for _, file := range []string{"pyproject.toml", "Pipfile"} {
		all = append(all, byName(tableTasks(file, f.evidenceIn(file)), taskNames)...)
	}
	for _, file := range taskFiles {
		all = append(all, byName(recipes(file, f.evidenceIn(file)), taskNames)...)
	}
	for _, one := range all {
		if s := runsScript(one.evidence, names); s.name != "" {
			return s
		}
	}
	for _, file := range readmes {
		var only ranScript
		several := false
		for _, one := range commandsOf(shownCommands(f.evidenceIn(file))) {
			s := scriptOfWords(strings.Fields(one.text), names)
			several = several || s.name != "" && only.name != "" && s.name != only.name
			if s.name != "" {
				only = ranScript{name: s.name, by: file} // its words are an example
			}
		}
		if only.name != "" && !several && !isPreparing(only.name) {
			return only
		}
	}
	return ranScript{}
}

// shownCommands are the lines of a README that show commands: those between fences, and
// indented ones.
func shownCommands(text string) string {
	var all []string
	fenced := false
	for _, line := range strings.Split(text, "\n") {
		trimmed := strings.TrimSpace(line)
		if strings.HasPrefix(trimmed, "```") || strings.HasPrefix(trimmed, "~~~") {
			fenced = !fenced
			continue
		}
		if fenced || indent(line) >= 4 {
			all = append(all, strings.TrimPrefix(strings.TrimPrefix(trimmed, "$ "), "> "))
		}
	}
	return strings.Join(all, "\n")
}
