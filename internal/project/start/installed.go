package start

import (
	"strings"

	"github.com/moult-build/moult/internal/project"
)

// implied are servers that a package requires, by the name of the package or by
// "name[extra]".
var implied = map[string][]string{
	"fastapi[standard]": {"uvicorn"}, "fastapi[all]": {"uvicorn"}, "fastapi-cli": {"uvicorn"}, "litestar[standard]": {"uvicorn"},
	"gradio": {"uvicorn", "fastapi", "starlette"}, "nicegui": {"uvicorn", "fastapi", "starlette"}, "fastapi": {"starlette"},
	"python-fasthtml": {"uvicorn", "starlette"}, "mcp": {"uvicorn", "starlette"}, "fastmcp": {"uvicorn", "starlette"}, "channels[daphne]": {"daphne"},
	"gunicorn[gevent]": {"gevent", "packaging"}, "gevent-websocket": {"gevent"},
	"uvicorn-worker": {"uvicorn", "gunicorn"}, "functions-framework": {"gunicorn", "uvicorn", "flask"}, "google-adk": {"uvicorn", "fastapi", "starlette"}, "chromadb": {"uvicorn"},
	"quart": {"hypercorn"}, "chainlit": {"uvicorn", "fastapi"}, "dash": {"flask"}, "apiflask": {"flask"},
	"djangorestframework": {"django"},
}

// olds are packages of which older releases are started another way. newer stand for
// the others.
var olds = []struct {
	as, name, limit string
	newer           []string
}{
	{oldGunicorn, "gunicorn", "26", []string{"26.0.0", "26.2.0", "27.0.1"}}, {oldSockets, sockets, "5.3", []string{"5.3.0", "5.3.7", "5.5.1", "5.7.0"}},
}

// Installed returns a function that reports whether a package, by its
// normalized name, is among the requirements. It does not resolve them, so it
// knows only direct requirements and those of implied.
func Installed(r *project.Requested) func(name string) bool {
	names := map[string]bool{}
	if r != nil {
		for _, line := range r.Lines {
			add(names, line.Name, line.Text)
			for _, old := range olds {
				names[old.as] = names[old.as] || line.Name == old.name && !line.Direct && olderThan(line.Specifier, old.limit, old.newer)
			}
		}
		for _, local := range r.Locals {
			names[local.Name] = true
		}
	}
	return func(name string) bool { return names[name] }
}

func add(names map[string]bool, name, text string) {
	names[name] = true
	if strings.HasPrefix(name, "streamlit-") {
		names["streamlit"] = true // a component of its pages
	}
	if strings.HasPrefix(name, "flask-") {
		names["flask"] = true // an extension of it
	}
	for _, other := range implied[name] {
		names[other] = true
	}
	if from, to := strings.IndexByte(text, '['), strings.IndexByte(text, ']'); from > 0 && to > from {
		for _, extra := range strings.Split(text[from+1:to], ",") {
			for _, other := range implied[name+"["+strings.TrimSpace(extra)+"]"] {
				names[other] = true
			}
		}
	}
}
