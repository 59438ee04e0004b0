package start

import (
	"slices"

	"github.com/moult-build/moult/internal/source/regex"
)

// logFile matches the relative path of a log.
var logFile = regex.New(`^(?:\./)?\w[\w-]*(?:[./][\w-]+)*\.log$`)

// logWriters are classes and functions that write into the log which is their first
// argument, or their argument filename.
var logWriters = []string{
	"FileHandler", "RotatingFileHandler", "TimedRotatingFileHandler", "WatchedFileHandler", "ConcurrentRotatingFileHandler",
}

// logsOf are the logs into which a statement writes, by relative paths.
func logsOf(t []token) (logs []string) {
	writer := func(one token) bool { return slices.ContainsFunc(logWriters, one.is) }
	configures := slices.ContainsFunc(t, func(one token) bool { return one.is("basicConfig") || writer(one) })
	for n := 2; n < len(t); n++ {
		first := t[n-1].is("(") && (writer(t[n-2]) || t[n-2].is("add")) // add is loguru's
		named := configures && t[n-1].is("=") && t[n-2].is("filename")
		if t[n].kind == text && (first || named) && logFile.MatchString(t[n].value) {
			logs = append(logs, t[n].value)
		}
	}
	return logs
}
