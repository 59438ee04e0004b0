package start

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
)

const (
	// sockets is the package whose server a file runs in place of Flask's.
	sockets = "flask-socketio"
	// oldSockets stands for its releases whose server runs without a terminal, too.
	oldSockets = sockets + "<5.3"
	// oldGunicorn stands for the releases of gunicorn that have the worker of eventlet,
	// and what the one of gevent needs.
	oldGunicorn = "gunicorn<26"
)

// threads is the mode of Flask-SocketIO where neither eventlet nor gevent is installed.
const threads = "threading"

// socketServer is what a file says of Flask-SocketIO.
type socketServer struct {
	// mode is how its server waits; "" if the file does not say it.
	mode string
	// runs is true if the file runs it. trusted is true if it does so where there is no
	// terminal, too, which Flask-SocketIO refuses in its mode with threads.
	runs, trusted bool
}

// socketsOf reads it.
func (m *module) socketsOf(all []statement, names map[string]string) (s socketServer) {
	made, makes := map[string]bool{}, m.uses("flask_socketio")
	for _, one := range all {
		t := one.tokens
		for n := 0; makes && n < len(t); n++ {
			if n > 0 && t[n-1].is(".") || callee(t[n:], names) != "flask_socketio.SocketIO" {
				continue
			}
			if n == 2 && t[1].is("=") {
				made[t[0].value] = true
			}
			for at := n + 2; at < len(t); at++ {
				if t[at-2].is("async_mode") && t[at-1].is("=") && t[at].kind == text {
					s.mode = t[at].value
				}
			}
		}
	}
	for _, one := range all {
		t := one.tokens
		for n := 2; n+2 < len(t); n++ {
			object := t[n-2]
			if !t[n].is("run") || !t[n-1].is(".") || !t[n+1].is("(") || n > 2 && t[n-3].is(".") {
				continue
			}
			if !made[object.value] && !strings.HasSuffix(names[object.value], "."+object.value) || t[n+2].kind != name {
				continue
			}
			s.runs = true
			s.trusted = s.trusted || slices.ContainsFunc(t[n+2:], func(t token) bool { return t.is("allow_unsafe_werkzeug") || t.is("*") })
		}
	}
	return s
}

// socketMode is how Flask-SocketIO waits in a program: as the file or one that it
// imports says, else by what is installed; "" if the project does not have it.
func (f *finder) socketMode(name string, m *module) (string, error) {
	if !f.in.Has(sockets) {
		return "", nil
	}
	if m.sockets.mode != "" {
		return m.sockets.mode, nil
	}
	for n, to := range f.imported(name, m) {
		if n == maxOpening {
			break
		}
		other, err := f.look(to)
		if err != nil {
			return "", err
		}
		if other != nil && other.sockets.mode != "" {
			return other.sockets.mode, nil
		}
	}
	for _, mode := range []string{"eventlet", "gevent"} {
		if f.in.Has(mode) {
			return mode, nil
		}
	}
	return threads, nil
}

// reachable reports whether a file starts a server itself that can be reached from
// outside, and that does not refuse to start in a container.
func (f *finder) reachable(name string, m *module) (bool, error) {
	if !m.open || !m.sockets.runs || m.sockets.trusted || f.in.Has(oldSockets) {
		return m.open, nil
	}
	mode, err := f.socketMode(name, m)
	return mode != threads, err
}

// serveSockets is the command of a server that serves an application of Flask with
// Flask-SocketIO in its mode: by one process, because a client's requests have to reach
// the same one, and not by a thread for one request alone, because each client has one
// waiting. nil if none that is installed can.
func serveSockets(t target, has func(string) bool) (cmd []string, by string) {
	worker := []string{"--worker-class", t.sockets}
	switch {
	case t.sockets == threads && has("gunicorn"):
		worker = []string{"--threads", "100"}
	case t.sockets == threads:
		return serveFlask(t, has)
	case t.sockets == "eventlet" && has(oldGunicorn):
	case t.sockets == "gevent" && has("gunicorn") && (has(oldGunicorn) || has("packaging")):
	default:
		return nil, ""
	}
	args := gunicorn(t)
	return slices.Concat(args[:1], []string{"--workers", "1"}, worker, args[1:]), "gunicorn"
}

// withSockets returns the command of a program whose server of Flask-SocketIO no installed
// one replaces. Another server would show the pages, and answer no message.
func (f *finder) withSockets(name string, m *module, t target) (project.Command, error) {
	rel := Within(f.dir, name)
	if !m.guarded || !m.sockets.runs || !f.in.Copied(name) {
		return project.Command{}, nil
	}
	c, err := f.program(name, m)
	if c.Cmd != nil && !m.open && m.listens == (listener{}) {
		c.Reason += fmt.Sprintf("; its server of Flask-SocketIO listens at the container's own address, which nobody outside reaches: write host=\"0.0.0.0\" in %s, because no server that is installed has its mode %s", path.Base(rel), t.sockets)
	}
	return c, err
}
