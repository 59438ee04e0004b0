package start

import (
	"slices"

	"github.com/moult-build/moult/internal/project"
)

// toolServer is a server of the library mcp that a file runs at the container's own
// address: its name there, and the method that makes its application for a server.
type toolServer struct{ name, method string }

// toolApplications are these methods by the transport.
var toolApplications = map[string]string{"streamable-http": "streamable_http_app", "sse": "sse_app"}

// toolsOver records such a server, if the call of its method run is all that the file's
// guard does, itself or by one function: then a server of the application is the same.
// Its address is that of the object, which no variable changes.
func (m *module) toolsOver(all []statement, names map[string]string) {
	if !m.uses("mcp") || !m.guarded {
		return
	}
	object := ""
	for _, s := range all {
		t := s.tokens
		if s.indent == 0 && len(t) > 3 && t[0].kind == name && t[1].is("=") && callee(t[2:], names) == "mcp.server.fastmcp.FastMCP" &&
			!slices.ContainsFunc(t, func(t token) bool { return t.is("host") || t.is("*") }) {
			object = t[0].value
		}
	}
	if object == "" {
		return
	}
	body := bodyOfFirst(all, isGuard)
	if len(body) == 1 && len(body[0].tokens) == 3 && body[0].tokens[1].is("(") { // main()
		called := body[0].tokens[0].value
		body = bodyOfFirst(all, func(s statement) bool { return len(s.tokens) > 1 && s.tokens[0].is("def") && s.tokens[1].is(called) })
	}
	if len(body) > 0 && len(body[0].tokens) == 1 && body[0].tokens[0].kind == text {
		body = body[1:] // what documents it
	}
	if len(body) != 1 {
		return
	}
	t := body[0].tokens
	if len(t) < 5 || !t[0].is(object) || !t[1].is(".") || !t[2].is("run") {
		return
	}
	for _, argument := range t[3:] {
		if method := toolApplications[argument.value]; method != "" && argument.kind == text {
			m.tools = toolServer{object, method}
		}
	}
}

// bodyOfFirst are the statements below the first one that is of a kind.
func bodyOfFirst(all []statement, is func(statement) bool) []statement {
	if n := slices.IndexFunc(all, func(s statement) bool { return s.indent == 0 && is(s) }); n >= 0 {
		return bodyOf(all, n)
	}
	return nil
}

// withTools returns the command for such a server.
func (f *finder) withTools(name string, m *module) (project.Command, error) {
	if m.tools.name == "" || !f.in.Has("uvicorn") {
		return project.Command{}, nil
	}
	t, ok, err := f.importable(name, m)
	if err != nil || !ok {
		return project.Command{}, err
	}
	t.application = application{name: m.tools.name + "." + m.tools.method, factory: true, protocol: asgi}
	args, _ := serve(t, func(name string) bool { return name == "uvicorn" })
	rel := Within(f.dir, name)
	c := guessed(f.withAlso(t, args), "%s runs a server of tools at the container's own address, and uvicorn serves it", rel)
	c.File = rel
	return c, nil
}
