package check

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/google/shlex"

	"github.com/moult-build/moult/internal/project"
)

// runsAsRoot finds images whose program is root.
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

// shellCommand finds images that are started by a shell which stays in front
// of the program: signals end at the shell, and a container is killed where
// it should have been stopped.
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

// handsOver reports whether a script's last command takes the shell's place.
func handsOver(script string) bool {
	last, alone := lastCommand(script)
	words, err := shlex.Split(last)
	for err == nil && len(words) > 0 && variableSet.MatchString(words[0]) {
		words = words[1:]
	}
	return alone && err == nil && len(words) > 1 && words[0] == "exec"
}

// variableSet matches the word with which a command sets a variable for itself.
var variableSet = regexp.MustCompile(`^[A-Za-z_]\w*=`)

// lastCommand cuts the last command off a script, as far as that is told by the
// quotes and by what stands between commands. alone is false for a command in
// a pipe, in the background, or after "||": the shell stays there.
func lastCommand(script string) (command string, alone bool) {
	script = strings.ReplaceAll(script, "\\\n", "")
	start, end := 0, 0 // of the last command that says something
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
