package check

import (
	"path"
	"slices"
	"strings"

	"github.com/google/shlex"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source/regex"
)

// runsAsRoot finds images that run as root.
func runsAsRoot(p Project) []Finding {
	u := p.Settings.User
	if !u.IsRoot() {
		return nil
	}
	return []Finding{{Rule: RunsAsRoot, Pos: u.Pos, Msg: "the program runs as root",
		Hint: "leave the key user out, which gives a user without rights; folders that it must write belong into volumes or writable"}}
}

// shells are programs that read a command line.
var shells = []string{"sh", "bash", "dash", "ash", "zsh"}

// shellCommand finds images in which a shell starts the program and stays its
// parent. The shell does not pass signals on, so the container is killed
// instead of stopped.
func shellCommand(p Project) []Finding {
	var found []Finding
	for _, c := range []struct {
		key  string
		argv *project.Argv
	}{{"entrypoint", p.Settings.Entrypoint}, {"cmd", p.Settings.Cmd}} {
		args := c.argv.Strings()
		if len(args) < 3 || !slices.Contains(shells, path.Base(args[0])) || !isScriptFlag(args[1]) || handsOver(args[2]) {
			continue
		}
		found = append(found, Finding{Rule: ShellCommand, Pos: c.argv.Pos,
			Msg:  c.key + " starts a shell, which does not pass on the signal by which a container is stopped",
			Hint: `write the program as a list, such as ["python", "main.py"], or put exec before the script's last command`})
	}
	return found
}

// isScriptFlag reports whether an option says that a script follows: "-c",
// "-lc", "-ec".
func isScriptFlag(arg string) bool { return strings.HasPrefix(arg, "-") && strings.HasSuffix(arg, "c") }

// handsOver reports whether a script's last command replaces the shell (exec).
func handsOver(script string) bool {
	last, alone := lastCommand(script)
	words, err := shlex.Split(last)
	for err == nil && len(words) > 0 && variableSet.MatchString(words[0]) {
		words = words[1:]
	}
	return alone && err == nil && len(words) > 1 && words[0] == "exec"
}

// variableSet matches a word that sets a variable for one command:
// "NAME=value".
var variableSet = regex.New(`^[A-Za-z_]\w*=`)

// lastCommand returns the last command of a script. It knows quotes, comments
// and the separators of commands, but no other syntax. alone is false for a
// command in a pipe, in the background, or after "||", because the shell cannot
// end before it.
func lastCommand(script string) (command string, alone bool) {
	script = strings.ReplaceAll(script, "\\\n", "")
	start, end := 0, 0 // of the last command that is not empty
	next := func(from, to int) {
		if strings.TrimSpace(script[from:to]) != "" {
			start, end = from, to
		}
	}
	from, pipeEnd := 0, 0 // pipeEnd is the end of the last "|" or "&"
	var quote byte
	for n := 0; n < len(script); n++ {
		switch c := script[n]; {
		case quote == '\'':
			if c == quote {
				quote = 0
			}
		case c == '\\':
			n++
		case quote == '"':
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '#' && (n == 0 || strings.IndexByte(" \t\n;&|", script[n-1]) >= 0):
			// A comment ends its line.
			length := strings.IndexByte(script[n:]+"\n", '\n')
			next(from, n)
			n += length
			from = n + 1
		case c == '\n' || c == ';':
			next(from, n)
			from = n + 1
		case strings.HasPrefix(script[n:], "&&"):
			next(from, n)
			n++
			from = n + 1
		case c == '|', c == '&' && !strings.HasPrefix(script[n:], "&>") && (n == 0 || strings.IndexByte("<>", script[n-1]) < 0):
			pipeEnd = n + 1
		}
	}
	if from < len(script) {
		next(from, len(script))
	}
	return script[start:end], pipeEnd <= start
}
