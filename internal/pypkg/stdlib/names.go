package stdlib

import (
	"slices"
	"strconv"
	"strings"
)

// removedNames are names of modules that are still there, by the minor release of
// Python 3 that no longer has them. They are those that programs import.
var removedNames = map[int][]string{
	8: {"cgi.escape", "cgi.parse_qs", "cgi.parse_qsl", "platform.dist", "platform.linux_distribution", "time.clock"},
	9: {"fractions.gcd"},
	10: {
		"collections.Awaitable", "collections.Callable", "collections.Container", "collections.Coroutine", "collections.Generator", "collections.Hashable",
		"collections.ItemsView", "collections.Iterable", "collections.Iterator", "collections.KeysView", "collections.Mapping", "collections.MappingView",
		"collections.MutableMapping", "collections.MutableSequence", "collections.MutableSet", "collections.Sequence", "collections.Set", "collections.Sized",
		"collections.ValuesView",
	},
	11: {"asyncio.coroutine", "inspect.formatargspec", "inspect.getargspec"},
	12: {"configparser.SafeConfigParser", "pkgutil.ImpImporter", "pkgutil.ImpLoader", "ssl.match_hostname", "ssl.wrap_socket"},
	13: {"locale.resetlocale", "unittest.findTestCases", "unittest.makeSuite"},
	14: {"ast.Bytes", "ast.Ellipsis", "ast.NameConstant", "ast.Num", "ast.Str", "pkgutil.find_loader", "pkgutil.get_loader"},
}

// FindName says whether a release of Python has removed a name from a module of
// the library, which "from module import name" needs. since is the release that
// has.
func FindName(module, name, python string) (p Presence, since string) {
	for release, names := range removedNames {
		if slices.Contains(names, module+"."+name) && atLeast(python, release) {
			return Removed, "3." + strconv.Itoa(release)
		}
	}
	return Present, ""
}

// WithoutLoop is the release since which asyncio.get_event_loop is an error where
// no loop was set. Before, it made one.
const WithoutLoop = "3.14"

// IsWithoutLoop reports whether asyncio.get_event_loop is an error in a release of
// Python.
func IsWithoutLoop(python string) bool { return atLeast(python, 14) }

// atLeast reports whether a release is Python 3.release or younger.
func atLeast(python string, release int) bool {
	_, text, _ := strings.Cut(strings.TrimSuffix(python, "t"), ".")
	minor, err := strconv.Atoi(text)
	return err == nil && minor >= release
}
