package start

import (
	"strings"
	"testing"
)

func TestTheDockerfileDecidesBetweenServicesOfACompose(t *testing.T) {
	const (
		files   = needs + "\"flask\", \"gunicorn\"]\n-- jobs.py --\n" + guard + "print(1)\n-- web/app.py --\n" + flask + "-- web/__init__.py --\n"
		jobs    = "  jobs:\n    build: .\n    command: python jobs.py\n"
		web     = "  web:\n    build:\n      context: .\n    command: gunicorn web.app:app\n"
		own     = "-- Dockerfile --\nFROM python\nCMD [\"python\", \"jobs.py\"]\n"
		compose = "-- compose.yaml --\nservices:\n"
		server  = "gunicorn --bind 0.0.0.0:8000 web.app:app"
	)
	for _, test := range []struct{ name, files, want string }{
		{"its own, which another service starts", files + compose + jobs + web + own, "python jobs.py"},
		{"its own, if a service has no command", files + compose + "  jobs:\n    build: .\n" + web + own, "python jobs.py"},
		{"the service's, if no other one starts its own", files + compose + web + "  other:\n    build: .\n    command: celery worker\n" + own, server},
		{"the service's, if it has another Dockerfile", files + compose + jobs + strings.Replace(web, "context: .", "context: .\n      dockerfile: web.Dockerfile", 1) + own, server},
		{"the service's, if it is the only one", files + compose + web + own, server},
		{"the service's of a file for production", files + "-- docker-compose.prod.yml --\nservices:\n" + jobs, "python jobs.py"},
		{"the service's of a file in a folder", files + "-- docker/docker-compose.yml --\nservices:\n" + strings.Replace(jobs, "build: .", "build: ..", 1), "python jobs.py"},
		{"not the service's of a file in a folder that is built from this folder", files + "-- docker/docker-compose.yml --\nservices:\n" + jobs, server},
		{"that of the Dockerfile which a file in a folder names", files + "-- docker/compose.yaml --\nservices:\n  jobs:\n    build:\n      context: ..\n      dockerfile: docker/jobs.Dockerfile\n-- docker/jobs.Dockerfile --\nFROM python\nCMD [\"python\", \"jobs.py\"]\n", "python jobs.py"},
		{"the service's without a Dockerfile", files + compose + jobs + web, server},
		{"the service's, if the Dockerfile starts the same file", files + compose + jobs + web + "-- Dockerfile --\nFROM python\nCMD flask --app web.app run\n", server},
	} {
		c, err := find(t, test.files)
		if got := strings.Join(c.Cmd, " "); err != nil || got != test.want {
			t.Errorf("%s:\ngot  %s (%s), %v\nwant %s", test.name, got, c.Reason, err, test.want)
		}
	}
}
