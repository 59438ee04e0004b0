package start

import (
	"strings"
	"testing"
)

func TestAWorkerOfCeleryIsFound(t *testing.T) {
	const (
		worker  = needs + "\"celery\"]\n"
		tasks   = "from celery import Celery\napp = Celery(include=('tasks',))\n"
		compose = "-- compose.yaml --\nservices:\n  queue:\n    image: redis\n    command: celery -A none worker\n  jobs:\n    build: .\n    command: "
	)
	for _, test := range []struct{ name, files, want string }{
		{"as the only application", worker + "-- shop/tasks.py --\n" + tasks, "celery --app shop.tasks worker --loglevel INFO"},
		{"as the Compose file starts it, from its folder", worker + "-- app/work.py --\n" + tasks + "-- app/tasks.py --\n" + compose + "[celery, worker, --app=work.app, --concurrency=2]\n  clock:\n    build: .\n    command: [celery, beat, --app=work.app]\n", "env PYTHONPATH=/app/app celery --app work.app worker --concurrency=2"},
		{"as the Dockerfile starts it, by its package", worker + "-- shop/celery.py --\n" + tasks + "-- web.py --\n" + flask + "-- Dockerfile --\nFROM python\nCMD [\"celery\", \"-A\", \"shop\", \"worker\", \"-l\", \"info\"]\n", "celery --app shop worker -l info"},
		{"without words that only a shell knows", worker + "-- shop.py --\n" + tasks + compose + "celery -A shop:app worker -c $COUNT\n", "celery --app shop:app worker"},
		{"with several queues", worker + "-- shop.py --\n" + tasks + compose + "celery -A shop worker -Q mail,print\n", "celery --app shop worker -Q mail,print"},
		{"after a program", worker + "-- shop.py --\n" + tasks + "-- run.py --\n" + guard + "print(1)\n", "python run.py"},
		{"after the server that the Dockerfile starts", needs + "\"celery\", \"flask\"]\n-- shop.py --\n" + tasks + "-- web.py --\n" + flask + "-- Dockerfile --\nFROM python\nCMD celery -A shop worker & flask --app web run\n", "flask --app web run --host 0.0.0.0 --port 8000"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := find(t, test.files)
			if got := strings.Join(c.Cmd, " "); err != nil || got != test.want {
				t.Errorf("got  %s (%s), %v\nwant %s", got, c.Reason, err, test.want)
			}
		})
	}
	for _, test := range []struct{ name, files string }{
		{"of several applications", worker + "-- a/one.py --\n" + tasks + "-- b/two.py --\n" + tasks},
		{"that is not among the requirements", needs + "]\n-- shop.py --\n" + tasks},
		{"that only sends tasks", worker + "-- shop.py --\nfrom other import app\n"},
	} {
		t.Run("none "+test.name, func(t *testing.T) {
			if c, err := find(t, test.files); err == nil {
				t.Errorf("%v (%s)", c.Cmd, c.Reason)
			}
		})
	}
}
