package start

import (
	"strings"
	"testing"
)

// The server of Flask-SocketIO listens at the container's own address where nobody says
// another one, and refuses to start without a terminal in its mode with threads.
func TestFlaskSocketIOIsServed(t *testing.T) {
	const (
		web     = needs + "\"flask\", \"flask-socketio\""
		own     = "]\n-- web.py --\nfrom flask_socketio import SocketIO\n" + flask + "sio = SocketIO(app)\n" + guard + "sio.run(app, debug=True)\n"
		open    = "]\n-- web.py --\nfrom flask_socketio import SocketIO\n" + flask + "sio = SocketIO(app)\n" + guard + "sio.run(app, host='0.0.0.0')\n"
		apart   = "]\n-- run.py --\nfrom shop import app, socketio\n" + guard + "socketio.run(app, allow_unsafe_werkzeug=True)\n-- shop/__init__.py --\nfrom flask_socketio import SocketIO\n" + flask + "socketio = SocketIO(app)\n"
		program = "flask --app web run --host 0.0.0.0 --port 8000"
		green   = "gunicorn --workers 1 --worker-class gevent --bind 0.0.0.0:8000 web:app"
	)
	for _, test := range []struct{ name, files, want string }{
		{"by Flask's program", web + own, program},
		{"by Flask's program with the application of another file", web + apart, "flask --app run run --host 0.0.0.0 --port 8000"},
		{"by Flask's program, where its own server would refuse to start", web + open, program},
		{"by Flask's program and not by a server without its messages", web + ", \"waitress\"" + own, program},
		{"by threads of one process of gunicorn", web + ", \"gunicorn\"" + apart, "gunicorn --workers 1 --threads 100 --bind 0.0.0.0:8000 run:app"},
		{"by threads, if the file says so", web + ", \"gunicorn\", \"eventlet\"" + strings.Replace(own, "SocketIO(app)", "SocketIO(app, async_mode='threading')", 1), "gunicorn --workers 1 --threads 100 --bind 0.0.0.0:8000 web:app"},
		{"by gunicorn's worker for gevent", web + ", \"gevent\", \"gunicorn==23.0.0\"" + own, green},
		{"by gunicorn's worker for gevent, with what it needs", web + ", \"gunicorn[gevent]\"" + own, green},
		{"by gunicorn's worker for eventlet", web + ", \"eventlet\", \"gunicorn<26\"" + own, strings.Replace(green, "gevent", "eventlet", 1)},
		{"by gunicorn's worker for eventlet, where the Dockerfile starts gunicorn", web + ", \"eventlet\", \"gunicorn<26\"" + own + "-- Dockerfile --\nFROM python\nCMD gunicorn -k eventlet -w 1 web:app\n", strings.Replace(green, "gevent", "eventlet", 1)},
		{"by itself, where gunicorn has no worker for eventlet", web + ", \"eventlet\", \"gunicorn\"" + own, "python web.py"},
		{"by itself, where its address is open", web + ", \"gevent\"" + open, "python web.py"},
		{"by itself, where it starts without a terminal", web + strings.Replace(open, "'0.0.0.0'", "'0.0.0.0', allow_unsafe_werkzeug=True", 1), "python web.py"},
		{"by itself, where an old release starts without a terminal", strings.Replace(web, "socketio", "socketio==5.1.1", 1) + open, "python web.py"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := find(t, test.files)
			if got := strings.Join(c.Cmd, " "); err != nil || got != test.want {
				t.Errorf("got  %s (%s), %v\nwant %s", got, c.Reason, err, test.want)
			}
		})
	}
	c, err := find(t, web+", \"eventlet\""+own)
	if err != nil || !strings.Contains(c.Reason, "at the container's own address, which nobody outside reaches: write host=\"0.0.0.0\" in web.py") {
		t.Errorf("%v (%s), %v", c.Cmd, c.Reason, err)
	}
}
