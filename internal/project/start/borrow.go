package start

import (
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
)

// borrow records the imported applications that a file starts under its guard:
// "config.app" for "from config import app" and "app.run()". Such a file adds
// the routes, so that a server has to import it and not the file that creates
// the application.
func (m *module) borrow(below []statement, names map[string]string) {
	for _, s := range below {
		t := s.tokens
		for n := 2; n+1 < len(t); n++ {
			if !t[n].is("run") || !t[n-1].is(".") || !t[n+1].is("(") {
				continue
			}
			object := t[n-2]
			if n > 2 && t[n-3].is(".") {
				continue
			}
			if slices.Contains([]string{"uvicorn", "hypercorn", "waitress"}, object.value) && n+2 < len(t) {
				object = t[n+2]
				if !t[n-2].is("uvicorn") { // the others' are read with the call of uvicorn
					m.name(t[n+2:])
				}
			}
			objects := []token{object}
			if n+2 < len(t) {
				objects = append(objects, t[n+2]) // that of Flask-SocketIO runs the application
			}
			for _, object := range objects {
				if from := names[object.value]; object.kind == name && strings.HasSuffix(from, "."+object.value) && !slices.Contains(m.borrows, from) {
					m.borrows = append(m.borrows, from)
				}
			}
		}
	}
}

// routeNames are the methods of an application that decorate what answers its
// requests.
var routeNames = []string{"route", "get", "post", "put", "delete", "patch", "websocket", "api_route", "on_event", "middleware", "exception_handler", "errorhandler", "before_request"}

// maxAdds is the number of applications to which one file adds routes.
const maxAdds = 8

// route records the imported application to which a decorator adds something:
// "base.app" for "from base import app" and "@app.get("/")".
func (m *module) route(t []token, names map[string]string) {
	if len(t) < 5 || !t[2].is(".") || !t[4].is("(") || !slices.Contains(routeNames, t[3].value) {
		return
	}
	if t[1].kind == name {
		m.add(names[t[1].value], t[1].value)
	}
}

// extending are the methods of an application that add routes to it, or what
// answers its requests.
var extending = []string{
	"include_router", "mount", "register_blueprint", "add_middleware", "add_url_rule", "add_api_route", "add_api_websocket_route", "add_route", "add_routes", "add_router", "blueprint", "register_error_handler",
	"add_exception_handler",
}

// extends records the imported application to which a statement adds something:
// "base.app" for "from base import app" and "app.include_router(users)".
func (m *module) extends(t []token, names map[string]string) {
	if len(t) > 3 && t[0].kind == name && t[1].is(".") && t[3].is("(") && slices.Contains(extending, t[2].value) {
		m.add(names[t[0].value], t[0].value)
	}
}

// add records an imported application to which the file adds something, by where it
// is from and its name here.
func (m *module) add(from, as string) {
	if strings.HasSuffix(from, "."+as) && len(m.adds) < maxAdds && !slices.Contains(m.adds, from) {
		m.adds = append(m.adds, from)
	}
}

// name records an application that a call of a server names by a text, from its
// first argument on: uvicorn.run("shop.web:app", factory=True).
func (m *module) name(t []token) {
	if len(t) > 2 && t[0].is("app") && t[1].is("=") {
		t = t[2:]
	}
	if t[0].kind != text {
		return
	}
	if object := objectForm.FindStringSubmatch(t[0].value); object != nil {
		c := call{program: "uvicorn", module: object[1], object: object[2]}
		for n := 2; n < len(t); n++ {
			c.factory = c.factory || t[n-2].is("factory") && t[n-1].is("=") && t[n].is("True")
		}
		m.named = append(m.named, c)
	}
}

// modules are those that a file imports, and those that it lets a server import.
func (m *module) modules() []string {
	all := slices.Clone(m.imports)
	for _, c := range m.named {
		all = append(all, c.module)
	}
	return all
}

// isPartOfPackage reports whether a file imports modules by their place in its package:
// "from .config import PORT".
func (m *module) isPartOfPackage() bool {
	return slices.ContainsFunc(m.reaches, func(r string) bool { return strings.HasPrefix(r, ".") })
}

// servedByName returns the command that serves the application of another file
// that a file's own call of a server names, because this call is for the
// container's own address alone.
func (f *finder) servedByName(file string, m *module) (project.Command, error) {
	for _, c := range m.named {
		name := f.sourceOf(c)
		if name == "" || name == file {
			continue
		}
		other, err := f.look(name)
		if err != nil {
			return project.Command{}, err
		}
		if other == nil {
			continue
		}
		command, err := f.servedAs(name, other, c)
		if command.Cmd != nil {
			command.Reason += ", and " + Within(f.dir, file) + " serves it"
		}
		return command, err
	}
	return project.Command{}, nil
}

// needsSrc reports whether a program of the project's folder imports a module
// that only the folder src has, which its users add to PYTHONPATH.
func (f *finder) needsSrc(m *module) bool {
	tops := slices.Concat(m.needs, m.tries)
	for _, c := range m.named {
		top, _, _ := strings.Cut(c.module, ".")
		tops = append(tops, top)
	}
	var packaged []string
	if f.p.BuildSystem != nil {
		// An editable package lets Python find what is beside it in src, too.
		if packaged = f.packagedNames(); len(packaged) == 0 {
			return false
		}
	}
	return !m.changesPath && slices.ContainsFunc(tops, func(top string) bool {
		return !f.packages(packaged, top) && f.module([]string{"src"}, top) && !f.module(nil, top) && !f.in.Has(strings.ReplaceAll(top, "_", "-"))
	})
}

// borrowed is the application that a file imports from another one and starts, or
// to which it adds routes that no other file would add.
func (f *finder) borrowed(file string, m *module) (application, bool, error) {
	all := m.borrows
	if len(m.adds) > 0 {
		by, err := f.importedBy(file)
		if err != nil {
			return application{}, false, err
		}
		if by == "" {
			all = slices.Concat(all, m.adds)
		}
	}
	for _, from := range all {
		if a, ok, err := f.made(file, from, maxHops); err != nil || ok {
			a.imported = true
			return a, ok, err
		}
	}
	return f.exported(file, m)
}

// exported is the application that a file with the usual name of one imports and
// does nothing else with: its other imports may add routes.
func (f *finder) exported(file string, m *module) (application, bool, error) {
	if len(m.exports) == 0 || m.program() || path.Base(file) == "__init__.py" || rank(file) == len(usualNames) {
		return application{}, false, nil
	}
	by, err := f.importedBy(file)
	if err != nil || by != "" {
		return application{}, false, err
	}
	for _, e := range m.exports {
		a, ok, err := f.made(file, e.from, maxHops)
		if err != nil || ok {
			a.name, a.imported = e.as, true
			return a, ok, err
		}
	}
	return application{}, false, nil
}

// maxHops is the number of files through which an application may be imported.
const maxHops = 3

// made is the application that a file imports by a name such as "config.app",
// from the file that makes it or from one that imports it in turn.
func (f *finder) made(file, from string, hops int) (application, bool, error) {
	object := from[strings.LastIndex(from, ".")+1:]
	module := strings.TrimSuffix(from, object)
	if strings.Trim(module, ".") != "" { // dots alone are a package
		module = strings.TrimSuffix(module, ".")
	}
	for _, at := range reached(Within(f.dir, file), module) {
		for _, name := range moduleFiles(path.Join(f.dir, at)) {
			other, err := f.look(name)
			if err != nil {
				return application{}, false, err
			}
			if other == nil || name == file {
				continue
			}
			if n := slices.IndexFunc(other.applications, func(a application) bool { return a.name == object && a.framework != "" }); n >= 0 {
				return other.applications[n], true, nil
			}
			for _, r := range other.reaches {
				if hops == 0 || !strings.HasSuffix(r, "."+object) {
					continue
				}
				if a, ok, err := f.made(name, r, hops-1); err != nil || ok {
					return a, ok, err
				}
			}
		}
	}
	return application{}, false, nil
}

// withRoutes omits, of several files, those that create an application which
// one other file imports and starts. Where several files start an imported one,
// they say nothing.
func (f *finder) withRoutes(names []string) []string {
	if len(names) < 2 {
		return names
	}
	creates := func(name string) bool { return len(f.looked[name].applications) > 0 }
	if starting := slices.DeleteFunc(slices.Clone(names), creates); len(starting) == 1 {
		return starting
	}
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !creates(name) })
}
