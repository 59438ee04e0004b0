package start

import (
	"path"
	"slices"
	"strings"
)

// embedded records servers that a file runs beside something else: the functions that
// start one, such as "keep_alive", which the program of a bot calls, and uvicorn's own
// classes, which an asynchronous program awaits.
func (m *module) embedded(all []statement, names map[string]string) {
	bodies := map[string][]statement{}
	var order []string
	for n, s := range all {
		at := slices.IndexFunc(s.tokens, func(t token) bool { return t.is("def") })
		if s.indent > 0 || at < 0 || at > 1 || at+1 >= len(s.tokens) {
			continue
		}
		bodies[s.tokens[at+1].value] = bodyOf(all, n)
		order = append(order, s.tokens[at+1].value)
	}
	probe := &module{addresses: m.addresses}
	for _, name := range order {
		if probe.serving(bodies[name]) {
			m.servers = append(m.servers, name)
		}
	}
	for _, name := range order {
		if len(m.servers) > 0 && !slices.Contains(m.servers, name) && mentions(bodies[name], m.servers) {
			m.servers = append(m.servers, name)
		}
	}
	if !m.uses("uvicorn") {
		return
	}
	for _, s := range all {
		for n := range s.tokens {
			if n > 0 && s.tokens[n-1].is(".") || callee(s.tokens[n:], names) != "uvicorn.Config" {
				continue
			}
			open := slices.IndexFunc(s.tokens[n:], func(t token) bool { return t.is("(") }) + n
			m.serves, m.embeds = true, true
			m.open = m.open || m.reachable(s.tokens[open:])
		}
	}
}

// mentions reports whether statements have one of some names.
func mentions(all []statement, names []string) bool {
	return slices.ContainsFunc(all, func(s statement) bool {
		return slices.ContainsFunc(s.tokens, func(t token) bool { return t.kind == name && slices.Contains(names, t.value) })
	})
}

// startedBeside is a program of the project that starts the server of a file beside what
// else it does; "" if there is none: a bot that answers a host's question whether it is alive, or
// one with a page. Then this program is what runs, and a server of the file alone would
// be half of it.
func (f *finder) startedBeside(file string, m *module) (string, error) {
	if err := f.readImporters(); err != nil {
		return "", err
	}
	stem := path.Base(f.modulePath(file))
	for _, by := range f.importers[f.modulePath(file)] {
		p, err := f.look(by)
		if err != nil {
			return "", err
		}
		if by == file || p == nil || !p.program() || isPreparing(by) || len(p.applications) > 0 {
			continue
		}
		if slices.ContainsFunc(p.reaches, func(r string) bool {
			from, object := "", r
			if n := strings.LastIndexByte(r, '.'); n >= 0 {
				from, object = r[:n], r[n+1:]
			}
			switch {
			case from == stem || strings.HasSuffix(from, "."+stem):
				return slices.Contains(m.servers, object) ||
					p.embeds && p.open && slices.ContainsFunc(m.applications, func(a application) bool { return a.name == object })
			case object == stem:
				return len(m.servers) > 0 && !m.guarded
			}
			return false
		}) {
			return by, nil
		}
	}
	return "", nil
}
