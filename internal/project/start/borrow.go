package start

import (
	"path"
	"slices"
	"strings"
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
			}
			if from := names[object.value]; object.kind == name && strings.HasSuffix(from, "."+object.value) {
				m.borrows = append(m.borrows, from)
			}
		}
	}
}

// borrowed is the application that a file imports from another one and starts.
func (f *finder) borrowed(file string, m *module) (application, bool, error) {
	for _, from := range m.borrows {
		object := from[strings.LastIndex(from, ".")+1:]
		for _, at := range reached(within(f.dir, file), strings.TrimSuffix(from, "."+object)) {
			for _, end := range []string{".py", "/__init__.py"} {
				other, err := f.look(path.Join(f.dir, at+end))
				if err != nil {
					return application{}, false, err
				}
				if other == nil || path.Join(f.dir, at+end) == file {
					continue
				}
				if n := slices.IndexFunc(other.applications, func(a application) bool { return a.name == object && a.framework != "" }); n >= 0 {
					return other.applications[n], true, nil
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
