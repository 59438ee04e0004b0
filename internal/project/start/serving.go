package start

import "slices"

// servingCalls are methods that serve until the program ends.
var servingCalls = []string{"run", "run_app", "serve", "serve_forever", "launch", "start_server", "run_server", "run_simple"}

// serving finds calls that start a server, and the addresses in their
// arguments.
func (m *module) serving(all []statement) (found bool) {
	for _, s := range all {
		t := s.tokens
		for n := 1; n+1 < len(t); n++ {
			if n < 2 || !t[n-1].is(".") || t[n].kind != name || !t[n+1].is("(") || !slices.Contains(servingCalls, t[n].value) {
				continue
			}
			if slices.ContainsFunc(t[:n-1], func(t token) bool { return t.is("inngest") }) {
				continue // it adds routes to an application
			}
			if t[n].is("run") && (t[n-2].is("asyncio") || t[n-2].is("subprocess") || t[n-2].is("anyio")) {
				continue
			}
			m.serves, found = true, true
			if t[n].is("run") && t[n-2].is("uvicorn") && n+2 < len(t) {
				m.name(t[n+2:])
			}
			m.launches = m.launches || t[n].is("launch")
			open := m.reachable(t[n+1:]) && !(t[n-2].is("uvicorn") && refused(t[n+2:]))
			m.open = m.open || open
		}
	}
	return found
}

// reachable reports whether a call of a server, from its opening bracket on, makes it
// listen on an address that can be reached from outside, or may do so. It records what
// tells the program such an address.
func (m *module) reachable(t []token) bool {
	if l, is := m.addresses.of(t); is {
		if l == (listener{}) {
			return false
		}
		m.listens = l
		return true
	}
	return openAddress(t)
}

// openAddress reports whether a call's arguments have an address that can be
// reached from outside, or a variable that may be one.
func openAddress(t []token) bool {
	for n, one := range t {
		if one.kind == text && (one.value == "0.0.0.0" || one.value == "::") {
			return true
		}
		if n+2 < len(t) && (one.is("host") || one.is("server_name") || one.is("ip")) && t[n+1].is("=") && t[n+2].kind == name {
			return true
		}
	}
	return slices.ContainsFunc(t, func(t token) bool { return t.is("*") }) // **options
}

// refused reports whether uvicorn.run ends at once with its arguments: uvicorn
// reloads an application, or serves it by several processes, only if it gets
// the application's name, and not the object.
func refused(t []token) bool {
	if len(t) > 2 && t[0].is("app") && t[1].is("=") {
		t = t[2:]
	}
	if len(t) == 0 || t[0].kind != name {
		return false
	}
	for n := 2; n < len(t); n++ {
		if t[n-1].is("=") && (t[n-2].is("reload") && t[n].is("True") || t[n-2].is("workers") && t[n].kind == number && t[n].value != "0" && t[n].value != "1") {
			return true
		}
	}
	return false
}
