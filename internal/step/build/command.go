package build

import (
	"regexp"
	"strings"
)

// maxCommand is the number of lines of a failed command that are printed again.
const maxCommand = 60

// logTime matches the beginning of every line of pip's log.
var logTime = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d,\d{3} ?`)

// commandFailed matches the line after the output of a failed command.
var commandFailed = regexp.MustCompile(`(?m)^.*ERROR: .* exited with \d+$`)

// failedCommand finds the output of the failed command, such as a compiler, in
// pip's log. If pip writes a log, it does not print this output.
func failedCommand(log string) []string {
	ends := commandFailed.FindAllStringIndex(log, -1)
	if ends == nil {
		return nil
	}
	_, rest, ok := cutLast(log[:ends[len(ends)-1][0]], "Running command ")
	if !ok {
		return nil
	}
	_, rest, _ = strings.Cut(rest, "\n") // the command
	var lines []string
	for line := range strings.Lines(rest) {
		// pip's own markup has the whole command line.
		if line = logTime.ReplaceAllString(strings.TrimRight(line, "\n"), ""); strings.TrimSpace(line) != "" && !strings.Contains(line, "[bold magenta]") {
			lines = append(lines, line)
		}
	}
	if over := len(lines) - maxCommand; over > 0 {
		lines = lines[over:]
	}
	return lines
}

func cutLast(s, sep string) (before, after string, ok bool) {
	n := strings.LastIndex(s, sep)
	if n < 0 {
		return s, "", false
	}
	return s[:n], s[n+len(sep):], true
}
