package start

import (
	"cmp"
	"slices"
	"strings"
)

// protocol is the interface between a server and an application.
type protocol string

const (
	asgi protocol = "ASGI"
	wsgi protocol = "WSGI"
)

// application is an object of a module that a server can run.
type application struct {
	// name is that of the variable, or of the function that creates it.
	name string
	// framework is its framework, such as "FastAPI"; "" if a function of another
	// module creates it.
	framework string
	protocol  protocol
	// factory is true for a function that creates the application.
	factory bool
	line    int
	// imported is true if another file makes it.
	imported bool
}

// module has the facts of a source file that decide how to start it.
type module struct {
	// imports are the modules that it imports, with dots.
	imports []string
	// reaches are the names that it imports, with those of their modules:
	// "a.b.c" for "from a.b import c", and ".c" for "from . import c".
	reaches []string
	// firmly are those of them that it imports whenever it is loaded.
	firmly []string
	// needs are the modules without which it cannot be imported, by their first
	// names: those that it imports at the top level.
	needs []string
	// tries are modules that it tries to import, by their first names.
	tries []string
	// applications are those at the top level, in order.
	applications []application
	// guarded is true if there is an `if __name__ == "__main__":`.
	guarded bool
	// serves is true if it starts a server itself. open is true if this server can
	// be reached from outside of the container.
	serves, open bool
	// addresses have the container's own address, listens is what tells another one.
	addresses addresses
	listens   listener
	// subcommands is true if it ends with its usage where it gets no subcommand.
	subcommands bool
	// unreached is true if what it listens with gets the container's own address alone.
	unreached bool
	// takes are its subcommands that need an argument.
	takes []string
	// servers are its functions that start a server. embeds is true if it runs one of
	// uvicorn's beside something else.
	servers []string
	embeds  bool
	// dashes are its applications of Dash. shows is true if it gives one its layout.
	dashes []string
	shows  bool
	// tools is a server of the library mcp.
	tools toolServer
	// sockets is what it says of Flask-SocketIO.
	sockets socketServer
	// collects is true if it serves the routes that Bottle itself has collected.
	collects bool
	// blocks is true if it starts the server when it is imported.
	blocks bool
	// acts is true if it does something without a guard, ends if that is the last
	// thing in it, as in a script and not in a module that prepares itself.
	acts, ends bool
	// loops is true if it does something again and again without a guard.
	loops bool
	// settings is the value to which it sets DJANGO_SETTINGS_MODULE.
	settings string
	// hello is true if it is the file that `uv init` writes.
	hello bool
	// spider is the name of the spider that it defines for Scrapy.
	spider string
	// borrows are the imported objects that it starts under its guard, adds those
	// to which it adds routes when it is imported.
	borrows, adds []string
	// exports are imported objects that may be an application by their names here.
	exports []export
	// named are the applications that it starts there and that it names by texts.
	named []call
	// changesPath is true if it changes where modules are found.
	changesPath bool
	// climbs is the number of folders that it goes up from its own file.
	climbs int
	// chdirs is true if it changes its working folder.
	chdirs bool
	// opens are relative paths of files that it seems to open.
	opens []string
	// defines is true if it has a function or a class of its own.
	defines bool
	// functions are those that Google Cloud's program can serve unasked, callables all
	// functions of the module.
	functions, callables []string
	// tasks is true if it makes an application of Celery.
	tasks bool
	// accepts is true if it waits for connections at a socket of its own.
	accepts bool
	// python2 is the line of the first statement that only Python 2 reads; 0 if there is
	// none.
	python2 int
	// launches is true for a call of a method launch, as Gradio's.
	launches bool
}

// export is an object that a file imports: its name in the file, and where it is
// from, as in reaches.
type export struct{ as, from string }

// program reports whether running the module does something.
func (m *module) program() bool { return (m.guarded || m.acts) && !m.hello }

// uses reports whether it imports a module or one below it.
func (m *module) uses(names ...string) bool {
	for _, i := range m.imports {
		top, _, _ := strings.Cut(i, ".")
		if slices.Contains(names, top) {
			return true
		}
	}
	return false
}

// constructors are the classes and functions that create an application, by the
// name that the code imports.
var constructors = map[string]struct {
	framework string
	protocol  protocol
}{
	"fastapi.FastAPI": {"FastAPI", asgi}, "fastapi.applications.FastAPI": {"FastAPI", asgi},
	"starlette.applications.Starlette": {"Starlette", asgi}, "litestar.Litestar": {"Litestar", asgi}, "litestar.app.Litestar": {"Litestar", asgi},
	"quart.Quart": {"Quart", asgi}, "falcon.asgi.App": {"Falcon", asgi}, "blacksheep.Application": {"BlackSheep", asgi}, "blacksheep.server.Application": {"BlackSheep", asgi},
	"fasthtml.common.FastHTML": {"FastHTML", asgi}, "fasthtml.FastHTML": {"FastHTML", asgi}, "ninja.NinjaAPI": {"", ""},
	"socketio.ASGIApp": {"Socket.IO", asgi}, "channels.routing.ProtocolTypeRouter": {"Channels", asgi},
	"django.core.asgi.get_asgi_application": {"Django", asgi}, "esmerald.Esmerald": {"Esmerald", asgi},
	"sanic.Sanic": {"Sanic", asgi}, "sanic.app.Sanic": {"Sanic", asgi},
	"flask.Flask": {"Flask", wsgi}, "apiflask.APIFlask": {"APIFlask", wsgi}, "flask_openapi3.OpenAPI": {"Flask", wsgi}, "flask.app.Flask": {"Flask", wsgi},
	"bottle.Bottle": {"Bottle", wsgi}, "bottle.default_app": {"Bottle", wsgi}, "falcon.App": {"Falcon", wsgi}, "falcon.API": {"Falcon", wsgi},
	"django.core.wsgi.get_wsgi_application": {"Django", wsgi}, "socketio.WSGIApp": {"Socket.IO", wsgi},
	"dash.Dash": {"Dash", ""}, "dash.dash.Dash": {"Dash", ""},
}

// factoryNames are usual names of functions that create the application.
var factoryNames = []string{
	"create_app", "make_app", "get_app", "build_app", "init_app", "create_application", "make_application", "get_application", "build_application", "create_api", "create_server_app", "app_factory",
}

// analyse returns the facts of a source file.
func analyse(src string) *module {
	all := statements(src)
	m := &module{}
	names := map[string]string{} // a name in the module, and the imported name behind it
	for _, s := range all {
		before, reached := len(m.imports), len(m.reaches)
		m.imported(s, names)
		if s.indent == 0 {
			m.firmly = append(m.firmly, m.reaches[reached:]...)
		}
		for _, i := range m.imports[before:] {
			if top, _, _ := strings.Cut(i, "."); s.indent == 0 {
				m.needs = append(m.needs, top)
			}
		}
	}
	for _, s := range all {
		for n, t := range s.tokens {
			m.chdirs = m.chdirs || t.is("chdir")
			m.accepts = m.accepts || t.is("listen") && n > 0 && s.tokens[n-1].is(".") && n+1 < len(s.tokens) && s.tokens[n+1].is("(")
			m.changesPath = m.changesPath || t.is("path") && isMember(s.tokens, n, "sys")
			if t.kind == text && t.value == "DJANGO_SETTINGS_MODULE" && n+2 < len(s.tokens) && s.tokens[n+2].kind == text {
				m.settings = s.tokens[n+2].value
			}
		}
	}
	m.addresses, m.subcommands = addressesOf(all, names), needsWord(all, names)
	m.bottled(all, names)
	m.takes, m.unreached = takingWords(all, names), listensAtOwn(all)
	m.embedded(all, names)
	m.sockets = m.socketsOf(all, names)
	made := map[string]application{}
	for n := 0; n < len(all); n++ {
		s := all[n]
		if s.indent > 0 {
			continue
		}
		acted, ended := m.acts, m.ends && slices.ContainsFunc([]string{"else", "elif", "except", "finally"}, s.tokens[0].is)
		m.acts = false
		body := n + 1
		for body < len(all) && all[body].indent > 0 {
			body++
		}
		below := all[n+1 : body]
		switch {
		case isGuard(s):
			m.guarded = true
			m.serving(append([]statement{s}, below...))
			m.borrow(below, names)
		case s.tokens[0].is("def") || s.tokens[0].is("async"):
			m.defines = true
			if at := slices.IndexFunc(s.tokens, func(t token) bool { return t.is("def") }); at >= 0 && at+1 < len(s.tokens) {
				m.callables = append(m.callables, s.tokens[at+1].value)
			}
			m.factory(s, below, names)
			m.serving(below)
		case s.tokens[0].is("class"):
			m.defines = true
			subclass(s.tokens, names)
			m.spider = cmp.Or(m.spider, spiderName(s, below))
		case s.tokens[0].is("@"):
			m.route(s.tokens, names)
		default:
			m.assigned(s, names, made)
			m.extends(s.tokens, names)
			m.action(s, below, names)
		}
		m.ends, m.acts = m.acts || ended, m.acts || acted
	}
	m.asks(all, names)
	m.toolsOver(all, names)
	m.hello, m.climbs, m.opens, m.functions = isHello(all), climbs(all), opened(all), cloudFunctions(all, names)
	m.python2, m.tries = python2Line(all), triedImports(all)
	return m
}

// imported records the names of an import statement.
func (m *module) imported(s statement, names map[string]string) {
	t := s.tokens
	switch {
	case t[0].is("import"):
		for _, part := range split(t[1:], ",") {
			full, rest := dotted(part)
			if full == "" {
				continue
			}
			m.imports = append(m.imports, full)
			m.reaches = append(m.reaches, full)
			if len(rest) == 2 && rest[0].is("as") {
				names[rest[1].value] = full
			} else {
				top, _, _ := strings.Cut(full, ".")
				names[top] = top
			}
		}
	case t[0].is("from") && len(t) > 3:
		from, rest := dotted(t[1:])
		if len(rest) < 2 || !rest[0].is("import") {
			return
		}
		if from != "" && !strings.HasPrefix(from, ".") {
			m.imports = append(m.imports, from)
		}
		m.reaches = append(m.reaches, from)
		for _, part := range split(rest[1:], ",") {
			part = slices.DeleteFunc(slices.Clone(part), func(t token) bool { return t.is("(") || t.is(")") })
			if len(part) == 0 {
				continue
			}
			if part[0].is("*") {
				for known := range constructors {
					if base, ok := strings.CutPrefix(known, from+"."); ok && !strings.Contains(base, ".") {
						names[base] = known
					}
				}
				continue
			}
			as := part[len(part)-1].value
			names[as] = below(from, part[0].value)
			m.reaches = append(m.reaches, names[as])
			if s.indent == 0 && slices.Contains(applicationNames, as) {
				m.exports = append(m.exports, export{as, names[as]})
			}
		}
	}
}

// assigned records "app = FastAPI(...)" and similar statements.
func (m *module) assigned(s statement, names map[string]string, made map[string]application) {
	t := s.tokens
	if t[0].kind != name || len(t) < 3 {
		return
	}
	equals := slices.IndexFunc(t, func(t token) bool { return t.is("=") })
	if equals < 0 || equals+1 >= len(t) || !t[1].is("=") && !t[1].is(":") && !t[1].is(",") {
		return
	}
	value := t[equals+1:]
	call := callee(value, names)
	a := application{name: t[0].value, line: s.line}
	last := call[strings.LastIndex(call, ".")+1:]
	m.tasks = m.tasks || call == "celery.Celery"
	switch known, ok := constructors[call]; {
	case ok && known.framework == "Dash":
		made[a.name] = application{name: a.name, framework: "Dash"}
		return
	case ok && known.protocol != "":
		a.framework, a.protocol = known.framework, known.protocol
	case call == "fasthtml.common.fast_app" || call == "fasthtml.fast_app":
		a.framework, a.protocol = "FastHTML", asgi
	case slices.Contains(factoryNames, last):
		// The module of the function decides what this creates.
	case len(value) == 3 && value[1].is(".") && value[2].is("server") && made[value[0].value].framework == "Dash":
		a.framework, a.protocol = "Dash", wsgi
	case len(value) == 1 && made[value[0].value].name != "":
		a.framework, a.protocol = made[value[0].value].framework, made[value[0].value].protocol
		if a.protocol == "" {
			return
		}
	default:
		return
	}
	if a.framework == "" {
		for _, other := range m.applications {
			if other.factory && other.name == last {
				a.framework, a.protocol = other.framework, other.protocol
			}
		}
	}
	made[a.name] = a
	m.applications = slices.DeleteFunc(m.applications, func(o application) bool { return o.name == a.name && !o.factory })
	m.applications = append(m.applications, a)
}

// subclass records a class of a framework's application: "class Shop(FastAPI):".
func subclass(t []token, names map[string]string) {
	if len(t) < 5 || !t[2].is("(") {
		return
	}
	for _, base := range split(t[3:], ",") {
		full, _ := dotted(base)
		if full = resolved(full, names); constructors[full].framework != "" {
			names[t[1].value] = full
			return
		}
	}
}

// factory records "def create_app():".
func (m *module) factory(s statement, below []statement, names map[string]string) {
	t := s.tokens
	if t[0].is("async") || len(t) < 4 || !slices.Contains(factoryNames, t[1].value) || needsArguments(t[2:]) {
		return
	}
	for _, one := range below {
		for n := range one.tokens {
			if n > 0 && one.tokens[n-1].is(".") {
				continue
			}
			if known, ok := constructors[callee(one.tokens[n:], names)]; ok && known.protocol != "" {
				m.applications = append(m.applications, application{
					name: t[1].value, framework: known.framework, protocol: known.protocol, factory: true, line: s.line,
				})
				return
			}
		}
	}
}

// needsArguments reports whether a function, from its opening bracket on, has a
// parameter without a default.
func needsArguments(t []token) bool {
	depth := 0
	for n, one := range t {
		switch {
		case one.is("(") || one.is("[") || one.is("{"):
			depth++
		case one.is(")") || one.is("]") || one.is("}"):
			if depth--; depth == 0 {
				t = t[1:n]
				for _, parameter := range split(t, ",") {
					if len(parameter) > 0 && !parameter[0].is("*") && !parameter[0].is("/") &&
						!slices.ContainsFunc(parameter, func(t token) bool { return t.is("=") }) {
						return true
					}
				}
				return false
			}
		}
	}
	return true
}
