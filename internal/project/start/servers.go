package start

import "github.com/moult-build/moult/internal/project"

const port = project.DefaultPort

// target is an application in the forms that servers need.
type target struct {
	application
	// module is its dotted name. dir is the folder from which it is imported; ""
	// is the working directory.
	module, dir string
	// file is its path relative to the working directory, if it is copied.
	file string
	// sockets is the mode of Flask-SocketIO; "" if the project does not have it.
	sockets string
	// also is a further folder from which it imports modules; "" is none.
	also string
}

func (t target) object() string { return t.module + ":" + t.name }

// server is a program that runs applications.
type server struct {
	// needs is the package that contains it.
	needs    string
	protocol protocol
	args     func(t target) []string
}

// servers are tried in this order.
var servers = []server{
	{"uvicorn", asgi, func(t target) []string {
		args := []string{"uvicorn"}
		if t.factory {
			args = append(args, "--factory")
		}
		if t.dir != "" {
			args = append(args, "--app-dir", t.dir)
		}
		return append(args, t.object(), "--host", "0.0.0.0", "--port", port)
	}},
	{"hypercorn", asgi, func(t target) []string {
		return []string{"hypercorn", "--bind", "0.0.0.0:" + port, called(t)}
	}},
	{"granian", asgi, func(t target) []string { return granian("asgi", t) }},
	{"daphne", asgi, func(t target) []string {
		return []string{"daphne", "-b", "0.0.0.0", "-p", port, t.object()}
	}},
	{"gunicorn", wsgi, gunicorn},
	{"granian", wsgi, func(t target) []string { return granian("wsgi", t) }},
	{"waitress", wsgi, func(t target) []string {
		args := []string{"waitress-serve", "--listen", "0.0.0.0:" + port}
		if t.factory {
			args = append(args, "--call")
		}
		return append(args, t.object())
	}},
	{"uwsgi", wsgi, func(t target) []string {
		args := []string{"uwsgi", "--http", "0.0.0.0:" + port, "--master", "--die-on-term", "--need-app"}
		if t.dir != "" {
			args = append(args, "--chdir", t.dir)
		}
		return append(args, "--module", called(t))
	}},
}

// gunicorn returns its command.
func gunicorn(t target) []string {
	args := []string{"gunicorn", "--bind", "0.0.0.0:" + port}
	if t.dir != "" {
		args = append(args, "--chdir", t.dir)
	}
	return append(args, called(t))
}

// granian returns the command of granian, which runs both kinds of applications.
func granian(as string, t target) []string {
	args := []string{"granian", "--interface", as, "--host", "0.0.0.0", "--port", port}
	if t.factory {
		args = append(args, "--factory")
	}
	if t.dir != "" {
		args = append(args, "--working-dir", t.dir)
	}
	return append(args, t.object())
}

// called returns the name of an application, and a factory with its call, for
// servers that accept an expression.
func called(t target) string {
	if t.factory {
		return t.object() + "()"
	}
	return t.object()
}

// serve returns the command that serves an application, and the name of the
// server; nil if no server for it is installed.
func serve(t target, has func(string) bool) (cmd []string, by string) {
	if t.framework == "Sanic" && has("sanic") {
		args := []string{"sanic", t.object(), "--host", "0.0.0.0", "--port", port}
		if t.factory {
			args = append(args, "--factory")
		}
		return args, "sanic"
	}
	if t.sockets != "" && t.framework == "Flask" {
		if args, by := serveSockets(t, has); args != nil {
			return args, by
		}
	}
	for _, s := range servers {
		if s.protocol != t.protocol || !has(s.needs) {
			continue
		}
		if t.factory && s.needs == "daphne" {
			continue
		}
		return s.args(t), s.needs
	}
	return serveFlask(t, has)
}

// serveFlask is serve for the server of Flask's own program.
func serveFlask(t target, has func(string) bool) (cmd []string, by string) {
	if t.framework == "Flask" && has("flask") {
		app := t.module
		if t.dir != "" && t.file != "" {
			app = t.file // flask imports it from its folder
		}
		if t.name != "app" && t.name != "application" {
			app += ":" + t.name
		}
		return []string{"flask", "--app", app, "run", "--host", "0.0.0.0", "--port", port}, "flask"
	}
	return nil, ""
}
