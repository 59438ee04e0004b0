package start

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
)

// operators are words that may follow a name in an expression of Python 3.
var operators = []string{"if", "else", "in", "is", "and", "or", "not", "for"}

// python2Line is the line of the first statement of a source that only Python 2 reads: print
// or exec with an argument that is not in brackets; 0 if there is none.
func python2Line(all []statement) int {
	for _, s := range all {
		t := s.tokens
		for n := 0; n+1 < len(t); n++ {
			if n > 0 && !t[n-1].is(":") && !t[n-1].is(";") || !t[n].is("print") && !t[n].is("exec") {
				continue
			}
			next := t[n+1]
			if next.kind == text || next.kind == number || next.kind == name && !slices.Contains(operators, next.value) {
				return s.line
			}
		}
	}
	return 0
}

// python2Modules are modules of Python 2 that Python 3 has under other names, and that no
// package of an index has.
var python2Modules = []string{"urllib2", "ConfigParser", "StringIO", "cStringIO", "cPickle", "httplib", "urlparse", "Tkinter", "tkMessageBox", "HTMLParser", "Cookie", "cookielib", "BaseHTTPServer", "SimpleHTTPServer", "SocketServer", "__builtin__"}

// python2Import is a module of Python 2 that a source imports whenever it is loaded; "" if
// there is none. The project may have a module of this name.
func (f *finder) python2Import(name string, m *module) string {
	folder := strings.Split(path.Dir(Within(f.dir, name)), "/")
	for _, top := range m.needs {
		if slices.Contains(python2Modules, top) && !f.module(nil, top) && !f.module(folder, top) && !m.changesPath {
			return top
		}
	}
	return ""
}

// forPython3 is an error for a command whose program, or a module that it always imports,
// only Python 2 reads: no image could start it.
func forPython3(in Input, c project.Command) (project.Command, error) {
	if len(c.Cmd) == 0 || c.Why == project.CommandByKey {
		return c, nil
	}
	f := &finder{in: in, p: in.Project, dir: in.Project.Dir, looked: map[string]*module{}}
	name, _, err := f.startedBy(project.Command{Cmd: divided(c.Cmd).words})
	if err != nil || name == "" {
		return c, err
	}
	seen := map[string]bool{name: true}
	for next := []string{name}; len(next) > 0 && len(seen) <= maxEditable; next = next[1:] {
		m, err := f.look(next[0])
		if err != nil {
			return c, err
		}
		if m == nil {
			continue
		}
		why := ""
		if m.python2 > 0 {
			why = fmt.Sprintf("its line %d is no statement of Python 3", m.python2)
		} else if top := f.python2Import(next[0], m); top != "" {
			why = fmt.Sprintf("it imports %s, which Python 3 does not have", top)
		}
		if why != "" {
			return project.Command{}, source.Errorf(in.Project.Settings.Pos, "%s is for Python 2: %s", Within(f.dir, next[0]), why).
				WithHint("convert it, as 2to3 does, or write cmd = [...]%s", in.Project.HintTable())
		}
		for _, to := range f.reached(next[0], m.firmly) {
			if !seen[to] {
				seen[to] = true
				next = append(next, to)
			}
		}
	}
	return c, nil
}
