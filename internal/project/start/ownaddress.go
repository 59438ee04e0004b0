package start

import (
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
)

// askedVariables are the variables by which a server gets an address, of libraries that
// listen at the container's own one where neither the call nor this variable says
// another.
var askedVariables = map[string]string{
	"dash.Dash": "HOST", "dash.dash.Dash": "HOST", "fastmcp.FastMCP": "FASTMCP_HOST", "fastmcp.server.FastMCP": "FASTMCP_HOST",
}

// overNetwork are the transports of FastMCP that listen; its default does not.
var overNetwork = []string{"http", "sse", "streamable-http"}

// asks records the variable that makes the servers of such libraries listen where they
// can be reached, and the objects of Dash that a file makes, shows and imports.
func (m *module) asks(all []statement, names map[string]string) {
	if !m.uses("dash", "fastmcp", "nonebot") && !m.guarded {
		return
	}
	made := map[string]string{}
	for _, s := range all {
		t := s.tokens
		if len(t) > 3 && t[0].kind == name && t[1].is("=") {
			if variable := askedVariables[callee(t[2:], names)]; variable != "" {
				made[t[0].value] = variable
				if variable == "HOST" {
					m.dashes = append(m.dashes, t[0].value)
				}
			}
		}
		if len(t) > 3 && t[0].kind == name && t[1].is(".") && t[2].is("layout") && t[3].is("=") {
			m.shows = true
		}
	}
	for _, s := range all {
		for n := 2; n+1 < len(s.tokens); n++ {
			t := s.tokens
			variable := made[t[n-2].value]
			if names[t[n-2].value] == "nonebot" {
				variable = "HOST"
			}
			if m.shows && names[t[n-2].value] != "" && len(m.dashes) == 0 && t[n].is("run_server") {
				variable = "HOST" // another file makes what this one shows
			}
			if variable == "" || !t[n-1].is(".") || !t[n+1].is("(") || n > 2 && t[n-3].is(".") || !slices.ContainsFunc([]string{"run", "run_server", "run_async", "run_http_async"}, t[n].is) {
				continue
			}
			arguments := t[n+1:]
			if slices.ContainsFunc(arguments, func(t token) bool { return t.is("host") || t.is("*") }) {
				continue
			}
			if variable == "FASTMCP_HOST" && !t[n].is("run_http_async") && !slices.ContainsFunc(arguments, func(t token) bool { return t.kind == text && slices.Contains(overNetwork, t.value) }) {
				continue
			}
			m.serves = true
			if m.listens == (listener{}) {
				m.listens = listener{variable: variable}
			}
		}
	}
}

// shownBy returns the command for the program that gives an application of Dash its
// layout and runs it, if the file that makes the application does not: a server of the
// latter would show nothing.
func (f *finder) shownBy(file string, m *module) (project.Command, error) {
	if len(m.dashes) == 0 || m.shows || m.guarded {
		return project.Command{}, nil
	}
	if err := f.readImporters(); err != nil {
		return project.Command{}, err
	}
	for _, by := range f.importers[f.modulePath(file)] {
		p, err := f.look(by)
		if err != nil {
			return project.Command{}, err
		}
		if by == file || p == nil || !p.shows || !p.guarded || !p.serves {
			continue
		}
		if slices.ContainsFunc(p.reaches, func(r string) bool {
			return slices.ContainsFunc(m.dashes, func(name string) bool { return strings.HasSuffix(r, "."+name) })
		}) {
			return f.program(by, p)
		}
	}
	return project.Command{}, nil
}
