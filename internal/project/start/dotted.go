package start

import "strings"

// below is the name of a module or of its part below another one: "a.b", and
// ".b" below ".".
func below(from, name string) string {
	if strings.HasSuffix(from, ".") {
		return from + name
	}
	return from + "." + name
}

// dotted reads a name with dots, and returns the tokens after it.
func dotted(t []token) (string, []token) {
	n := 0
	var b strings.Builder
	for n < len(t) && (t[n].is(".") || t[n].kind == name && !t[n].is("import") && !t[n].is("as")) {
		if n > 0 && t[n].kind == name && t[n-1].kind == name {
			break
		}
		b.WriteString(t[n].value)
		n++
	}
	return b.String(), t[n:]
}

// split cuts tokens at a separator outside of brackets.
func split(t []token, at string) (parts [][]token) {
	depth, from := 0, 0
	for n, one := range t {
		switch {
		case one.is("[") || one.is("{"):
			depth++
		case one.is("]") || one.is("}"):
			depth--
		case one.is(at) && depth == 0:
			parts = append(parts, t[from:n])
			from = n + 1
		}
	}
	return append(parts, t[from:])
}

// callee reads the name before the first bracket of an expression: "FastAPI" in
// "FastAPI(title=...)"; "" where the expression is not a call.
func callee(t []token, names map[string]string) string {
	full, rest := dotted(t)
	if full == "" || len(rest) == 0 || !rest[0].is("(") {
		return ""
	}
	return resolved(full, names)
}

// resolved is a name with that of the import behind it.
func resolved(full string, names map[string]string) string {
	top, below, ok := strings.Cut(full, ".")
	switch known := names[top]; {
	case known == "":
		return full
	case ok:
		return known + "." + below
	default:
		return known
	}
}
