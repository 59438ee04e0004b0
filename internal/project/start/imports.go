package start

import (
	"slices"
	"strings"
)

// Import is an import statement that Python runs whenever it loads a source.
type Import struct {
	// Module is the imported module, with dots. Dots at its beginning make it
	// relative to the package of the source.
	Module string
	// Names are those after "from Module import"; nil for "import Module".
	Names []string
	Line  int
	Col   int
}

// Loaded is what happens when Python loads a source, as far as it is certain.
// Imports in functions, in conditions and in try statements are not.
type Loaded struct {
	// Imports are those at the top level, in order. Main are those directly below
	// `if __name__ == "__main__":`, which run in a program only.
	Imports []Import
	Main    []Import
	// Locales are those that it sets there, MainLocales below the guard.
	Locales     []Locale
	MainLocales []Locale
	// Loops are the calls of asyncio.get_event_loop there, MainLoops those below the
	// guard, as imports of it. SetsLoop is true if the source may bring a loop.
	Loops, MainLoops []Import
	SetsLoop         bool
	// Apps are the applications that settings of Django name, each with the statement
	// that does.
	Apps []Import
	// Settings is the value to which it sets DJANGO_SETTINGS_MODULE.
	Settings string
	// ChangesPath is true if it may change where modules are found, and Hooks if
	// it may bring modules that are no files or install packages.
	ChangesPath bool
	Hooks       bool
	// Logs are the logs that it writes anywhere, by relative paths.
	Logs []string
	// Defines are names that it assigns, defines or imports anywhere.
	Defines []string
}

// conditional are the words at the beginning of statements whose bodies Python
// may not run, or not when it loads the source.
var conditional = []string{"if", "elif", "else", "try", "except", "finally", "with", "for", "while", "match", "def", "class", "async"}

// Load reads a source.
func Load(src string) Loaded {
	var l Loaded
	all := statements(src)
	same := sameLines(all)
	ends := false // whether the program has certainly ended before a statement
	for n, s := range all {
		if s.indent == 0 && !ends && !same[n] {
			switch {
			case isGuard(s):
				for _, one := range guarded(all, same, n) {
					l.Main = append(l.Main, importsOf(one)...)
					l.MainLocales = append(l.MainLocales, localesOf(one)...)
					l.MainLoops = append(l.MainLoops, loopsOf(one)...)
				}
			case isExit(s.tokens):
				ends = true
			default:
				l.Imports = append(l.Imports, importsOf(s)...)
				l.Locales = append(l.Locales, localesOf(s)...)
				l.Loops = append(l.Loops, loopsOf(s)...)
				l.Apps = append(l.Apps, installedApps(s)...)
			}
		}
		l.effects(s.tokens)
	}
	slices.Sort(l.Defines)
	l.Defines = slices.Compact(l.Defines)
	return l
}

// sameLines says of each statement whether it follows a conditional one on its
// line, as in "if debug: import a; import b".
func sameLines(all []statement) []bool {
	same := make([]bool, len(all))
	for n := 1; n < len(all); n++ {
		before := all[n-1]
		same[n] = before.line == all[n].line && (same[n-1] || slices.ContainsFunc(conditional, before.tokens[0].is))
	}
	return same
}

// guarded are the statements in the body of a guard, the statement with the number
// n, which run whenever the body does: those on its line, else those with the
// indent of the first statement.
func guarded(all []statement, same []bool, n int) (found []statement) {
	if s := all[n]; !s.tokens[len(s.tokens)-1].is(":") {
		at := slices.IndexFunc(s.tokens, func(t token) bool { return t.is(":") })
		return []statement{{line: s.line, tokens: s.tokens[at+1:]}}
	}
	for m := n + 1; m < len(all) && all[m].indent > 0; m++ {
		if all[m].indent != all[n+1].indent || same[m] {
			continue
		}
		if isExit(all[m].tokens) {
			break
		}
		found = append(found, all[m])
	}
	return found
}

// isExit recognises statements after which Python runs nothing more of a source.
func isExit(t []token) bool {
	if len(t) == 0 {
		return false
	}
	name, rest := dotted(t)
	return t[0].is("raise") || len(rest) > 0 && rest[0].is("(") && slices.Contains([]string{"exit", "quit", "sys.exit", "os._exit"}, name)
}

// importsOf are the imports of a statement that is an import.
func importsOf(s statement) (found []Import) {
	t := s.tokens
	one := Import{Line: s.line, Col: s.indent + 1}
	switch {
	case len(t) > 1 && t[0].is("import"):
		for _, part := range split(t[1:], ",") {
			if one.Module, _ = dotted(part); one.Module != "" {
				found = append(found, one)
			}
		}
	case len(t) > 3 && t[0].is("from"):
		from, rest := dotted(t[1:])
		if from == "" || len(rest) < 2 || !rest[0].is("import") {
			return nil
		}
		one.Module, one.Names = from, []string{}
		for _, part := range split(rest[1:], ",") {
			part = slices.DeleteFunc(slices.Clone(part), func(t token) bool { return t.is("(") || t.is(")") })
			if len(part) > 0 {
				one.Names = append(one.Names, part[0].value)
			}
		}
		found = append(found, one)
	}
	return found
}

// effects records what a statement, at any depth, may change for imports.
func (l *Loaded) effects(t []token) {
	l.SetsLoop = l.SetsLoop || setsLoop(t)
	l.Logs = append(l.Logs, logsOf(t)...)
	var closing []int
	for n, one := range t {
		if one.kind == text {
			if one.value == "DJANGO_SETTINGS_MODULE" && n+2 < len(t) && t[n+2].kind == text {
				l.Settings = t[n+2].value
			}
			// A program that installs packages.
			l.Hooks = l.Hooks || one.value == "pip" || strings.HasPrefix(one.value, "pip install") || strings.Contains(one.value, "-m pip install")
			continue
		}
		switch one.value {
		case "__path__", "addsitedir", "chdir":
			l.ChangesPath = true
		case "meta_path", "path_hooks", "pyximport", "zipimport":
			l.Hooks = true
		case "path":
			l.ChangesPath = l.ChangesPath || isMember(t, n, "sys") || t[0].is("from") && t[1].is("sys")
		case "modules":
			if closing == nil {
				closing = closings(t)
			}
			l.Hooks = l.Hooks || isMember(t, n, "sys") && !isRead(t, n+1, closing)
		}
		if one.kind == name && one.value != "import" && one.value != "from" {
			l.Defines = append(l.Defines, one.value)
		}
	}
}

// isMember reports whether the token with the number n is a member of a name.
func isMember(t []token, n int, of string) bool {
	return n > 1 && t[n-1].is(".") && t[n-2].is(of)
}

// isRead reports whether an expression with sys.modules, which ends before the
// token with the number n, only reads it. closing is that of closings.
func isRead(t []token, n int, closing []int) bool {
	switch {
	case n+1 < len(t) && t[n].is("."):
		return slices.ContainsFunc([]string{"get", "keys", "items", "values", "copy"}, t[n+1].is)
	case n < len(t) && t[n].is("["):
		end := closing[n]
		return end+1 >= len(t) || !t[end+1].is("=")
	}
	return true
}

// closings are the numbers of the tokens that close the square brackets of a
// statement, by the numbers of those that open them; len(t) where none does.
func closings(t []token) []int {
	closing := make([]int, len(t))
	var open []int
	for n, one := range t {
		switch {
		case one.is("["):
			closing[n] = len(t)
			open = append(open, n)
		case one.is("]") && len(open) > 0:
			closing[open[len(open)-1]] = n
			open = open[:len(open)-1]
		}
	}
	return closing
}
