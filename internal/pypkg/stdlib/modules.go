package stdlib

import (
	"slices"
	"strconv"
	"strings"
)

// modules are the top-level modules of the standard library, of all releases
// since Python 3.7 and on all platforms, without those that begin with "_".
var modules = strings.Fields(`
abc aifc annotationlib antigravity argparse array ast asynchat asyncio asyncore atexit audioop base64 bdb binascii binhex bisect builtins bz2
cProfile calendar cgi cgitb chunk cmath cmd code codecs codeop collections colorsys compileall compression concurrent configparser contextlib
contextvars copy copyreg crypt csv ctypes curses dataclasses datetime dbm decimal difflib dis distutils doctest dummy_threading email encodings
ensurepip enum errno faulthandler fcntl filecmp fileinput fnmatch formatter fractions ftplib functools gc genericpath getopt getpass gettext glob
graphlib grp gzip hashlib heapq hmac html http idlelib imaplib imghdr imp importlib inspect io ipaddress itertools json keyword lib2to3 linecache
locale logging lzma mailbox mailcap marshal math mimetypes mmap modulefinder msilib msvcrt multiprocessing netrc nis nntplib nt ntpath nturl2path
numbers opcode operator optparse os ossaudiodev parser pathlib pdb pickle pickletools pipes pkgutil platform plistlib poplib posix posixpath pprint
profile profiling pstats pty pwd py_compile pyclbr pydoc pydoc_data pyexpat queue quopri random re readline reprlib resource rlcompleter runpy sched
secrets select selectors shelve shlex shutil signal site smtpd smtplib sndhdr socket socketserver spwd sqlite3 sre_compile sre_constants sre_parse
ssl stat statistics string stringprep struct subprocess sunau symbol symtable sys sysconfig syslog tabnanny tarfile telnetlib tempfile termios test
textwrap this threading time timeit tkinter token tokenize tomllib trace traceback tracemalloc tty turtle turtledemo types typing unicodedata unittest
urllib uu uuid venv warnings wave weakref webbrowser winreg winsound wsgiref xdrlib xml xmlrpc zipapp zipfile zipimport zlib zoneinfo`)

// removed are modules by the minor release of Python 3 that no longer has them.
var removed = map[int][]string{
	9:  {"dummy_threading"},
	10: {"formatter", "parser", "symbol"},
	11: {"binhex"},
	12: {"asynchat", "asyncore", "distutils", "imp", "smtpd"},
	13: {
		"aifc", "audioop", "cgi", "cgitb", "chunk", "crypt", "imghdr", "lib2to3", "mailcap", "msilib", "nis", "nntplib", "ossaudiodev", "pipes",
		"sndhdr", "spwd", "sunau", "telnetlib", "uu", "xdrlib",
	},
}

// added are modules by the first minor release of Python 3 that has them.
var added = map[int][]string{
	9:  {"graphlib", "zoneinfo"},
	11: {"tomllib"},
	14: {"annotationlib", "compression"},
	15: {"profiling"},
}

// windows are modules that Python has only on Windows.
var windows = []string{"msilib", "msvcrt", "nt", "winreg", "winsound"}

// Presence says whether Python has a module on Linux.
type Presence string

// The kinds of presence.
const (
	// Present is a module that it has, or may have: a name that begins with "_".
	Present Presence = ""
	// Unknown is a module of no release.
	Unknown Presence = "no module of Python"
	// Removed is a module of older releases, Added one of newer releases.
	Removed Presence = "removed from Python"
	Added   Presence = "added to Python"
	// Windows is a module that Python has on Windows only.
	Windows Presence = "only on Windows"
)

// Find says whether a release of Python ("3.13", "3.13t") has a top-level module
// on Linux. since is the release that has removed or added it.
func Find(module, python string) (p Presence, since string) {
	if strings.HasPrefix(module, "_") {
		return Present, ""
	}
	if !slices.Contains(modules, module) {
		return Unknown, ""
	}
	if slices.Contains(windows, module) {
		return Windows, ""
	}
	_, text, _ := strings.Cut(strings.TrimSuffix(python, "t"), ".")
	minor, err := strconv.Atoi(text)
	if err != nil {
		return Present, ""
	}
	for release, names := range removed {
		if minor >= release && slices.Contains(names, module) {
			return Removed, "3." + strconv.Itoa(release)
		}
	}
	for release, names := range added {
		if minor < release && slices.Contains(names, module) {
			return Added, "3." + strconv.Itoa(release)
		}
	}
	return Present, ""
}
