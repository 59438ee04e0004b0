package start

import (
	"strings"
	"testing"
)

func TestAnApplicationOfBottleIsReached(t *testing.T) {
	const (
		web     = needs + "\"bottle\"]\n"
		collect = "from bottle import get, run\n@get('/')\ndef index(): pass\n"
		own     = "from bottle import Bottle, run\napp = Bottle()\n"
	)
	for _, test := range []struct{ name, files, want string }{
		{"by Bottle's program, where its run has no guard", web + "-- shop/__main__.py --\n" + collect + "run(host=\"localhost\", port=8080)\n", "python -m bottle --bind 0.0.0.0:8000 shop.__main__"},
		{"by Bottle's program, where its run has no address", web + "-- web.py --\nimport bottle\n@bottle.get('/')\ndef index(): pass\n" + guard + "bottle.run()\n", "python -m bottle --bind 0.0.0.0:8000 web"},
		{"by Bottle's program with the application's name", web + "-- web.py --\n" + own + guard + "run(app, host='127.0.0.1')\n", "python -m bottle --bind 0.0.0.0:8000 web:app"},
		{"by Bottle's program from its folder", web + "-- src/web.py --\nimport rows\n" + own + guard + "app.run()\n-- src/rows.py --\n", "env PYTHONPATH=/app/src python -m bottle --bind 0.0.0.0:8000 web:app"},
		{"by a server that is installed", needs + "\"bottle\", \"gunicorn\"]\n-- web.py --\n" + own + guard + "app.run()\n", "gunicorn --bind 0.0.0.0:8000 web:app"},
		{"by Bottle's program, where a server would start it again", needs + "\"bottle\", \"gunicorn\"]\n-- web.py --\n" + own + "run(app, host='localhost')\n", "python -m bottle --bind 0.0.0.0:8000 web:app"},
		{"by itself, where its address is open", web + "-- web.py --\n" + collect + "run(host=\"0.0.0.0\", port=8080)\n", "python web.py"},
		{"by itself, where a variable tells its address", web + "-- web.py --\nimport os\n" + collect + "run(host=os.getenv('HOST', 'localhost'))\n", "env HOST=0.0.0.0 python web.py"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := find(t, test.files)
			if got := strings.Join(c.Cmd, " "); err != nil || got != test.want {
				t.Errorf("got  %s (%s), %v\nwant %s", got, c.Reason, err, test.want)
			}
		})
	}
}
