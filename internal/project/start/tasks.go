package start

import (
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/source/regex"
	"github.com/moult-build/moult/internal/toml"
)

// taskFiles are files with named commands of people who work on the project.
var taskFiles = []string{"Makefile", "makefile", "justfile"}

// replit is the file of Replit's editor.
const replit = ".replit"

// workspaceFiles say what starts when somebody opens the project in a container
// for development. Streamlit's and other hosts write them.
var workspaceFiles = []string{".devcontainer/devcontainer.json", ".devcontainer.json"}

// workspaceCommand matches the line of such a command, by itself or with a name.
var workspaceCommand = regex.New(`^\s*"(?:postAttachCommand|postStartCommand|server)"\s*:\s*"((?:[^"\\]|\\.)+)"`)

// startScripts are usual names of scripts that start the project.
var startScripts = []string{"start.sh", "run.sh", "entrypoint.sh", "docker-entrypoint.sh", "boot.sh", "scripts/start.sh", "scripts/run.sh", "bin/start.sh", "bin/run.sh", "start.bat", "run.bat"}

// taskNames are names of tasks that start the project, the likeliest first.
var taskNames = []string{
	"start", "serve", "run", "server", "web", "app", "api", "bot", "prod", "runserver", "run-server", "run_server", "start-server", "run-app", "run_app", "run-api", "run_api", "run-bot", "run_bot",
	"backend", "run-backend", "dev", "develop", "up", "launch", "ui", "dashboard", "streamlit",
}

// taskTables are the tables of pyproject.toml and Pipfile with such commands.
var taskTables = [][]string{
	{"tool", "pdm", "scripts"}, {"tool", "poe", "tasks"}, {"tool", "taskipy", "tasks"}, {"tool", "rye", "scripts"}, {"tool", "hatch", "envs", "default", "scripts"}, {"scripts"},
}

// starts are the tasks whose names are those of tasks that start the project. One
// whose program prepares something, or is a helper, does not.
func (f *finder) starts(tasks []entry) []entry {
	return slices.DeleteFunc(byName(tasks, taskNames), func(one entry) bool { return f.prepares(one.evidence) })
}

// prepares reports whether a text starts a program that prepares something.
func (f *finder) prepares(e evidence) bool {
	return slices.ContainsFunc(callsOf(plainText(e.text)), func(c call) bool { return isPreparing(f.sourceOf(c)) })
}

// task returns the command for the program that a task of the project starts.
// The people who work on it start it so.
func (f *finder) task() (project.Command, error) {
	if _, err := f.sources(); err != nil {
		return project.Command{}, err
	}
	if c, err := f.onlyOf(f.namedByHosts()); err != nil || c.Cmd != nil {
		return c, err
	}
	for _, file := range []string{"pyproject.toml", "Pipfile"} {
		if c, err := f.onlyOf(f.starts(tableTasks(file, f.evidenceIn(file)))); err != nil || c.Cmd != nil {
			return c, err
		}
	}
	// The button of Replit's editor. What is deployed there is a key of its own.
	if text := f.evidenceIn(replit); text != "" {
		all := slices.DeleteFunc(keyed(replit, text, []string{"run"}), func(one entry) bool { return f.prepares(one.evidence) })
		if c, err := f.onlyOf(all); err != nil || c.Cmd != nil {
			return c, err
		}
	}
	for _, file := range taskFiles {
		if c, err := f.onlyOf(f.starts(recipes(file, f.evidenceIn(file)))); err != nil || c.Cmd != nil {
			return c, err
		}
	}
	for _, file := range startScripts {
		text := f.evidenceIn(file)
		if path.Ext(file) == ".bat" {
			text = batch(text)
		}
		lines := strings.Split(expanded(text, nil), "\n")
		application := ""
		for n, line := range lines {
			if m := flaskApp.FindStringSubmatch(line); m != nil {
				application = m[0] + "\n" // also for the next lines
			}
			if len(callsOf(application+plainText(line))) == 0 || strings.HasPrefix(strings.TrimSpace(line), "#") {
				continue
			}
			e := evidence{file, n + 1, application + strings.Join(logicalLines(strings.Join(lines[n:], "\n")), "\n")}
			c, err := f.starting(e, true)
			if err != nil || c.Cmd != nil && !f.prepares(e) {
				return c, err
			}
			break
		}
	}
	return project.Command{}, nil
}

// workspacePage returns the command for the web interface that is shown when
// somebody opens the project in a container for development.
func (f *finder) workspacePage() (project.Command, error) {
	return f.workspaceOf(func(one entry) bool {
		return slices.ContainsFunc(pages(""), func(p page) bool { return strings.Contains(one.evidence.text, p.name+" run ") })
	})
}

// workspace returns the command for any program that starts there. It may be one
// for development, so that what else says how the project is started precedes it.
func (f *finder) workspace() (project.Command, error) {
	return f.workspaceOf(func(entry) bool { return true })
}

// workspaceOf is workspace for some of the commands.
func (f *finder) workspaceOf(counts func(entry) bool) (project.Command, error) {
	for _, file := range workspaceFiles {
		all := slices.DeleteFunc(lined(file, f.evidenceIn(file), workspaceCommand, ""), func(one entry) bool { return f.prepares(one.evidence) || !counts(one) })
		if c, err := f.onlyOf(all); err != nil || c.Cmd != nil {
			return c, err
		}
	}
	return project.Command{}, nil
}

// tableTasks are the tasks of a TOML file.
func tableTasks(file, text string) (all []entry) {
	if text == "" {
		return nil
	}
	root, err := toml.Parse(&source.File{Name: file, Data: []byte(text)})
	if err != nil {
		return nil // the project is read elsewhere
	}
	for _, keys := range taskTables {
		if len(keys) == 1 && path.Base(file) != "Pipfile" {
			continue
		}
		table := root.Get(keys...)
		if table == nil || table.Kind != toml.Table {
			continue
		}
		for _, name := range table.Keys() {
			node := table.Get(name)
			for _, key := range []string{"cmd", "shell"} {
				if inner := node.Get(key); inner != nil {
					node = inner
				}
			}
			all = append(all, entry{evidence{file, node.Pos().Line, commandText(node)}, name})
		}
	}
	return all
}

// commandText is a command that a value of a TOML file has, as a text or as a list.
func commandText(n *toml.Node) string {
	if n.Kind != toml.Array {
		return n.Text()
	}
	all := make([]string, len(n.Items))
	for i, item := range n.Items {
		all[i] = item.Text()
	}
	return strings.Join(all, " ")
}
