package project

import (
	"errors"
	"path"
	"strings"

	"github.com/moult-build/moult/internal/source"
)

// ErrShellForm is the cause of the error for a command that is a string.
var ErrShellForm = errors.New("a command is not a list of arguments")

// Command is what the image runs.
type Command struct {
	// Entrypoint and Cmd are argument lists as the image configuration has
	// them; nil where there is none.
	Entrypoint, Cmd []string
	// Why says where it comes from.
	Why CommandReason
	// Pos is what decided; invalid where a file's presence did.
	Pos source.Pos
}

// CommandReason says where the command comes from.
type CommandReason string

// The reasons, in the order in which they count.
const (
	CommandByKey    CommandReason = "entrypoint and cmd"
	CommandByScript CommandReason = "project.scripts"
	CommandByFile   CommandReason = "a main file"
)

// MainFiles are the files that are run where nothing else is said, in order.
var MainFiles = []string{"main.py", "app.py"}

// ImageCommand gives the command: the keys entrypoint and cmd, else the single
// entry of [project.scripts] if the project is built, else main.py or app.py in
// the project's folder. exists reports whether a file of the context, by its
// name from the context's root, is there.
func ImageCommand(p *Project, exists func(name string) bool) (Command, error) {
	s := &p.Settings
	if s.Entrypoint != nil || s.Cmd != nil {
		c := Command{Entrypoint: s.Entrypoint.Strings(), Cmd: s.Cmd.Strings(), Why: CommandByKey}
		if s.Cmd != nil {
			c.Pos = s.Cmd.Pos
		} else {
			c.Pos = s.Entrypoint.Pos
		}
		return c, nil
	}
	scripts := p.Scripts
	if p.BuildSystem == nil {
		scripts = nil
	}
	switch {
	case len(scripts) == 1:
		return Command{Cmd: []string{scripts[0].Name.V}, Why: CommandByScript, Pos: scripts[0].Name.Pos}, nil
	case len(scripts) > 1:
		names := make([]string, len(scripts))
		for i, script := range scripts {
			names[i] = script.Name.V
		}
		return Command{}, source.Errorf(scripts[0].Name.Pos, "there is no command to run, and the project has several scripts: %s", strings.Join(names, ", ")).
			WithHint("write cmd = [%q] under [tool.moult]", names[0])
	}
	for _, name := range MainFiles {
		if exists(path.Join(p.Dir, name)) {
			return Command{Cmd: []string{"python", name}, Why: CommandByFile}, nil
		}
	}
	hint := "write one"
	if path.Base(p.File.Name) == "pyproject.toml" || s.Pos.Line > 0 {
		hint += " under [tool.moult]"
	}
	hint += `, such as cmd = ["python", "-m", "` + moduleName(p.Name.V) + `"]`
	if len(p.Scripts) > 0 {
		hint += "; [project.scripts] are installed only with a [build-system]"
	}
	return Command{}, source.Errorf(s.Pos, "there is no command to run").WithHint("%s", hint)
}

// moduleName guesses the module that a project's name stands for.
func moduleName(name string) string {
	if name == "" {
		return "app"
	}
	return strings.NewReplacer("-", "_", ".", "_").Replace(strings.ToLower(name))
}
