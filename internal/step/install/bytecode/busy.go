package bytecode

import (
	"os"
	"strconv"
	"strings"
)

// busy reports whether more processes want to run now than there are processors,
// by the file /proc/loadavg (proc_loadavg(5)). The layers of a first build are
// installed at the same time: more interpreters than one for each layer take
// memory then, and no layer is ready earlier.
func busy(loadavg string, processors int) bool {
	content, err := os.ReadFile(loadavg)
	if err != nil {
		return false
	}
	// "0.20 0.18 0.12 3/257 11206": the fourth field has the number of those that run
	// or could, of the whole machine.
	fields := strings.Fields(string(content))
	if len(fields) < 4 {
		return false
	}
	running, _, _ := strings.Cut(fields[3], "/")
	n, err := strconv.Atoi(running)
	return err == nil && n > processors
}
