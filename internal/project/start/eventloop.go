package start

import "slices"

// settingLoop are names in a source that brings an event loop before it asks for
// one, or changes how one is found.
var settingLoop = []string{"set_event_loop", "new_event_loop", "set_event_loop_policy", "uvloop", "nest_asyncio", "qasync", "Runner"}

// laterWords begin what Python may run later, or not at all.
var laterWords = []string{"lambda", "if", "for", "while", "with", "def", "class", "async", "elif", "else", "except", "try", "case"}

// loopsOf is the call of asyncio.get_event_loop of a statement that makes it at
// once.
func loopsOf(s statement) []Import {
	if !asksForLoop(s.tokens) {
		return nil
	}
	return []Import{{Module: "asyncio", Names: []string{"get_event_loop"}, Line: s.line, Col: s.indent + 1}}
}

func asksForLoop(t []token) bool {
	at := slices.IndexFunc(t, func(one token) bool { return one.is("get_event_loop") })
	if at < 0 || at+1 == len(t) || !t[at+1].is("(") || t[0].is("from") {
		return false
	}
	if at > 0 && t[at-1].is(".") && (at < 2 || !t[at-2].is("asyncio")) {
		return false // of another object, such as a policy
	}
	return !slices.ContainsFunc(t[:at], func(one token) bool { return slices.ContainsFunc(laterWords, one.is) })
}

// setsLoop reports whether a statement, at any depth, has one of settingLoop.
func setsLoop(t []token) bool {
	return slices.ContainsFunc(t, func(one token) bool { return slices.ContainsFunc(settingLoop, one.is) })
}
