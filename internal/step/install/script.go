package install

import (
	"bytes"
	"strings"
)

// maxShebang is the length, without "#!" and the line end, of the longest first
// line that every Linux accepts.
const maxShebang = 127 - 2

// shebang returns the first lines that start a script with python. If the path
// is too long or has a space, they start a shell, and are valid in the shell
// and in Python.
func shebang(python string) string {
	if len(python) <= maxShebang && !strings.ContainsAny(python, " \t") {
		return "#!" + python + "\n"
	}
	return "#!/bin/sh\n'''exec' \"" + python + "\" \"$0\" \"$@\"\n' '''\n"
}

// entryPointScript is the text of the script for the command p.
func entryPointScript(p entryPoint, python string) []byte {
	first, _, _ := strings.Cut(p.attr, ".")
	return []byte(shebang(python) +
		"import sys\n" +
		"from " + p.module + " import " + first + "\n" +
		"if __name__ == '__main__':\n" +
		"    sys.exit(" + p.attr + "())\n")
}

// scriptMarker begins the first line of a script in a wheel that runs with the
// environment's Python: "#!python" or "#!pythonw". Installers drop its
// arguments.
var scriptMarker = []byte("#!python")

// rewriteShebang returns the shebang that replaces the first line of a script,
// and how many bytes of the script it replaces. 0 bytes means that the script
// is not changed. head must contain the whole first line.
func rewriteShebang(head []byte, python string) (line string, replaced int) {
	if !bytes.HasPrefix(head, scriptMarker) {
		return "", 0
	}
	end := bytes.IndexByte(head, '\n') + 1
	if end == 0 {
		end = len(head)
	}
	return shebang(python), end
}

// isLegacyWrapper reports whether a script in .data/scripts is one that an old
// setuptools wrote for an entry point. The generated script replaces it.
func isLegacyWrapper(name string, entries entryPoints) bool {
	lower := strings.ToLower(name)
	switch {
	case strings.HasSuffix(lower, ".exe"):
		name = name[:len(name)-len(".exe")]
	case strings.HasSuffix(lower, "-script.py"):
		name = name[:len(name)-len("-script.py")]
	case strings.HasSuffix(lower, ".pya"):
		name = name[:len(name)-len(".pya")]
	}
	return entries.has(name)
}
