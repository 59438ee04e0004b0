package start

import (
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project/argv"
)

// runsScript is the name of the project's script that the text of a command starts,
// the last one of several, because what comes before it prepares the start; "" if it
// starts none of them.
func runsScript(text string, names []string) (found string) {
	for _, one := range commandsOf(plainText(text)) {
		if name := scriptOfWords(strings.Fields(one.text), names); name != "" && !one.instead {
			found = name
		}
	}
	return found
}

// scriptOfWords is the script that a command starts, behind a shell and what only
// starts a program: "sh -c exec uv run shop serve".
func scriptOfWords(args []string, names []string) string {
	if len(args) > 2 && argv.IsShell(path.Base(args[0])) && strings.HasPrefix(args[1], "-") && strings.HasSuffix(args[1], "c") {
		args = args[2:]
	}
	if args = unwrapped(args); len(args) > 0 && slices.Contains(names, path.Base(args[0])) {
		return path.Base(args[0])
	}
	return ""
}

// scriptThatRuns is the script, of several, that a Compose file, a platform's file or
// the Dockerfile starts, and this file; "" if none does. Its authors run it so, which
// says more than its name.
func (f *finder) scriptThatRuns(names []string) (name, by string) {
	for _, file := range composeFiles {
		for _, one := range f.mainServices(servicesOf(file, f.evidenceIn(file))) {
			if name = runsScript(one.text, names); name != "" {
				return name, one.evidence.String()
			}
		}
	}
	for _, p := range platforms {
		for _, one := range f.platformCommands(p) {
			if name = runsScript(one.text, names); name != "" {
				return name, one.evidence.String()
			}
		}
	}
	for _, file := range f.dockerfiles(f.dir) {
		content := f.evidenceIn(file)
		if content == "" {
			continue
		}
		for _, one := range invocations(content) {
			if found := scriptOfWords(one.args, names); found != "" && !one.instead {
				name = found
			}
		}
		if name == "" {
			entrypoint, cmd := lastInstructions(content)
			name = runsScript(f.startScript(plainText(expanded(entrypoint+" "+cmd, imageVariables(content))), content), names)
		}
		if name != "" || file == "Dockerfile" {
			return name, file
		}
	}
	return "", ""
}

// scriptOfTask is the script, of several, that a task of the people who work on the
// project starts, and the place of this task; "" if none does.
func (f *finder) scriptOfTask(names []string) (name, by string) {
	var all []entry
	for _, file := range []string{"pyproject.toml", "Pipfile"} {
		all = append(all, byName(tableTasks(file, f.evidenceIn(file)), taskNames)...)
	}
	for _, file := range taskFiles {
		all = append(all, byName(recipes(file, f.evidenceIn(file)), taskNames)...)
	}
	for _, one := range all {
		if name = runsScript(one.text, names); name != "" {
			return name, one.evidence.String()
		}
	}
	return "", ""
}
