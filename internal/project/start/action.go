package start

import (
	"slices"
	"strings"
)

// quietCalls only prepare a module and are not its purpose.
var quietCalls = []string{"load_dotenv", "basicConfig", "filterwarnings", "insert", "append", "setdefault", "simplefilter", "setup", "register", "install", "mount"}

// action records whether a top-level statement does something.
func (m *module) action(s statement, below []statement, names map[string]string) {
	t := s.tokens
	m.acts = m.acts || python2Line([]statement{s}) > 0
	switch {
	case t[0].is("for") || t[0].is("while") || t[0].is("with"):
		m.acts, m.loops = true, m.loops || t[0].is("while")
	case t[0].is("try") || t[0].is("if") || t[0].is("match") && len(t) > 1 && t[1].kind == name:
		for _, one := range below {
			if isCall(one, names) {
				m.acts = true
			}
		}
	case isCall(s, names):
		m.acts = true
	}
	if !t[0].is("class") && m.serving(append([]statement{s}, below...)) {
		m.blocks = true
	}
}

// isCall recognises a statement that is a call and nothing else.
func isCall(s statement, names map[string]string) bool {
	t := s.tokens
	if t[0].is("await") {
		t = t[1:]
	}
	full, rest := dotted(t)
	if full == "" || len(rest) == 0 || !rest[0].is("(") || strings.HasPrefix(full, ".") {
		return false
	}
	last := full[strings.LastIndex(full, ".")+1:]
	return !slices.Contains(quietCalls, last) && !strings.HasPrefix(last, "add_") && !strings.HasPrefix(last, "include_") && !strings.HasPrefix(last, "register_")
}

// isHello recognises what `uv init` writes: a function that prints or returns
// "Hello from NAME!", and in a main.py the guard that calls it.
func isHello(all []statement) bool {
	if len(all) != 2 && (len(all) != 4 || !isGuard(all[2])) || !all[0].tokens[0].is("def") {
		return false
	}
	t := all[1].tokens
	greets := func(t token) bool { return t.kind == text && strings.HasPrefix(t.value, "Hello from ") }
	return len(t) == 4 && t[0].is("print") && greets(t[2]) || len(t) == 2 && t[0].is("return") && greets(t[1])
}

// isGuard recognises `if __name__ == "__main__":`.
func isGuard(s statement) bool {
	t := s.tokens
	if len(t) < 5 || !t[0].is("if") {
		return false
	}
	t = t[1:]
	if t[0].is("(") {
		t = t[1:]
	}
	return len(t) > 2 && t[1].is("==") &&
		(t[0].is("__name__") && t[2].kind == text && t[2].value == "__main__" || t[2].is("__name__") && t[0].kind == text && t[0].value == "__main__")
}
