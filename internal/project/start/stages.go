package start

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/project/argv"
)

// ofStages returns the command for the program that a Dockerfile starts: that of
// runningStage.
func (f *finder) ofStages(file, content string) (c project.Command, name string, err error) {
	_, c, name, err = f.runningStage(file, content)
	return c, name, err
}

// runningStage is the stage of a Dockerfile that runs the program, with its command: the
// last one, or the last one before it that starts something else, if the last one
// trains, checks or tests something. Such a Dockerfile has a target for each.
func (f *finder) runningStage(file, content string) (last stageCommand, c project.Command, name string, err error) {
	all := stagesOf(content)
	last = all[len(all)-1]
	started, uncopied := f.started, f.uncopied
	c, name, err = f.ofStage(file, content, last)
	if err != nil || !(name != "" && isPreparing(name) || name == "" && last.checks()) {
		return last, c, name, err
	}
	lastStarted, lastUncopied := f.started, f.uncopied
	for _, stage := range slices.Backward(all[:len(all)-1]) {
		if stage.runs("", "") || stage.runs(last.entrypoint, last.cmd) {
			continue
		}
		f.started, f.uncopied = started, uncopied
		other, at, err := f.ofStage(file, content, stage)
		if err != nil || at != "" && !isPreparing(at) {
			return stage, other, at, err
		}
	}
	f.started, f.uncopied = lastStarted, lastUncopied
	return last, c, name, nil
}

// stageCommand is what a stage of a Dockerfile runs, as it is written there, the arguments
// of its ENV and of its RUN, each on a line, and its working folder.
type stageCommand struct{ entrypoint, cmd, env, run, workdir string }

// text is what a stage runs, as plain text with the values of the Dockerfile's variables.
func (s stageCommand) text(content string) string {
	return plainText(expanded(s.entrypoint+" "+s.cmd, imageVariables(content)))
}

// runs reports whether a stage has these instructions.
func (s stageCommand) runs(entrypoint, cmd string) bool {
	return s.entrypoint == entrypoint && s.cmd == cmd
}

// checkers are programs that a stage runs to check the project, or a shell for the
// people who work on it.
var checkers = []string{"pytest", "tox", "nox", "ruff", "mypy", "flake8", "coverage", "bash", "sh"}

// checks reports whether a stage checks the project.
func (s stageCommand) checks() bool {
	words := unwrapped(strings.Fields(plainText(s.entrypoint + " " + s.cmd)))
	if len(words) == 0 {
		return false
	}
	if started, ok := argv.PythonOf(words); ok && started.Module != "" {
		return slices.Contains(checkers, started.Module)
	}
	program := path.Base(words[0])
	return slices.Contains(checkers, program) && (!argv.IsShell(program) || len(words) == 1)
}

// ofStage is ofStages for one stage, with the name of the file that it starts even
// where this file is not in the image.
func (f *finder) ofStage(file, content string, stage stageCommand) (c project.Command, name string, err error) {
	text := stage.text(content)
	application := "" // that of Flask's program
	if named := imageVariables(content)["FLASK_APP"]; named != "" {
		application = "FLASK_APP=" + named + "\n"
	}
	calls := callsOf(application + f.withSettings(text))
	if script := f.startScript(text, content); len(calls) == 0 && script != "" {
		text = script
		calls = callsOf(application + f.withSettings(script))
	}
	if len(calls) == 0 && file == "Dockerfile" {
		if c, err := f.workerIn(evidence{file: file, text: text}); err != nil || c.Cmd != nil {
			return c, path.Join(f.dir, c.File), err
		}
	}
	for _, call := range slices.Backward(serverLast(calls, text)) {
		at := f.sourceOf(call)
		c, err := f.calledAs(call)
		if c.Cmd != nil {
			c.Reason += ", and " + file + " starts it"
			if strings.Contains(content, "PYTHONPATH") {
				c.From = "" // its modules may have another folder than its files
			}
		}
		if err != nil || c.Cmd != nil {
			return c, at, err
		}
		name = cmp.Or(name, at)
	}
	return project.Command{}, name, nil
}
