package check

import (
	"path"
	"slices"
	"strings"

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
	last := script
	for _, separator := range []string{"\n", ";", "&&"} {
		if n := strings.LastIndex(strings.TrimRight(last, "\n; "), separator); n >= 0 {
			last = last[n+len(separator):]
		}
	}
	return strings.HasPrefix(strings.TrimSpace(last), "exec ")
}
