package build

import (
	"regexp"
	"strings"
)

// maxCommand is how many lines of a failed command are repeated.
const maxCommand = 60

// logTime is in front of every line of pip's log.
var logTime = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d,\d{3} ?`)

// commandFailed is the line that follows what a failed command has printed.
var commandFailed = regexp.MustCompile(`(?m)^.*ERROR: .* exited with \d+$`)

// failedCommand finds in pip's log what the command that failed has printed,
// such as a compiler: with a log pip keeps that from the console.
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
