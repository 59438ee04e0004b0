package install

import (
	"bytes"
	"strings"
)

// maxShebang is the longest first line Linux has always honoured, its "#!"
// and line end not counted.
const maxShebang = 127 - 2

// shebang is the first line, or lines, that start a script with python: the
// plain form, and where that cannot hold the path, a line that is a shell's
// and Python's alike.
func shebang(python string) string {
	if len(python) <= maxShebang && !strings.ContainsAny(python, " \t") {
		return "#!" + python + "\n"
	}
	return "#!/bin/sh\n'''exec' \"" + python + "\" \"$0\" \"$@\"\n' '''\n"
}

// entryPointScript is the text of the command p.
func entryPointScript(p entryPoint, python string) []byte {
	first, _, _ := strings.Cut(p.attr, ".")
	return []byte(shebang(python) +
		"import sys\n" +
		"from " + p.module + " import " + first + "\n" +
		"if __name__ == '__main__':\n" +
		"    sys.exit(" + p.attr + "())\n")
}

// scriptMarker is how a script in a wheel asks for the environment's Python:
// "#!python" or "#!pythonw", with arguments that installers drop.
var scriptMarker = []byte("#!python")

// rewriteShebang gives the shebang that takes the place of head's first line,
// and how many bytes of the script it takes the place of; 0 bytes means that
// the script stays as it is. head must hold the first line in whole.
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

// isLegacyWrapper reports whether a script in .data/scripts is one which old
// setuptools wrote for an entry point, so that the generated one replaces it.
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
