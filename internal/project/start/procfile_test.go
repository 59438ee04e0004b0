package start

import (
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/project"
)

func TestThePortOfAProcfileIsTheOneOnWhichItsCommandListens(t *testing.T) {
	const server = needs + "\"gunicorn\", \"uvicorn\"]\n"
	for _, test := range []struct{ files, want, port string }{
		{server + "-- Procfile --\nweb: gunicorn a:b\n", "gunicorn --bind 0.0.0.0:8000 a:b", "8000"},
		{server + "-- Procfile --\nweb: uvicorn a:b --port $PORT\n", "uvicorn a:b --port 8000 --host 0.0.0.0", "8000"},
		{server + "-- Procfile --\nweb: uvicorn a:b --port ${PORT:-5000}\n", "uvicorn a:b --port 5000 --host 0.0.0.0", "5000"},
		{server + "-- Procfile --\nweb: ./wait $PORT && uvicorn a:b --port ${PORT:-5000}\n", "sh -c ./wait 5000 && uvicorn a:b --port 5000 --host 0.0.0.0", "5000"},
		{server + "-- Procfile --\nweb: gunicorn --bind 0.0.0.0:5000 a:b\n", "gunicorn --bind 0.0.0.0:5000 a:b", "5000"},
		{server + "-- Procfile --\nweb: uvicorn a:b --port=9090\n", "uvicorn a:b --port=9090 --host 0.0.0.0", "9090"},
		{server + "-- Procfile --\nweb: gunicorn -b0.0.0.0:5000 a:b\n", "gunicorn -b0.0.0.0:5000 a:b", "5000"},
		{server + "-- Procfile --\nweb: ./wait -p 5432 && gunicorn --bind :5000 a:b\n", "sh -c ./wait -p 5432 && gunicorn --bind :5000 a:b", "5000"},
		{server + "[tool.moult]\nenv = {PORT = \"80\"}\n-- Procfile --\nweb: uvicorn a:b --port ${PORT:-5000}\n", "uvicorn a:b --port 80 --host 0.0.0.0", "80"},
		{server + "[tool.moult]\nenv = {PORT = \"80\"}\n-- Procfile --\nweb: gunicorn a:b\n", "gunicorn --bind 0.0.0.0:80 a:b", "80"},
	} {
		c, err := find(t, test.files)
		if got := strings.Join(c.Cmd, " "); err != nil || got != test.want || c.Port != test.port {
			t.Errorf("%s: got %s, port %s, %v, want %s, %s", test.files, got, c.Port, err, test.want, test.port)
		}
	}
}

// Without an address these listen on the container's own alone, or on another port than
// the image's variable PORT says.
func TestAServerOfAProcfileCanBeReached(t *testing.T) {
	for _, test := range []struct{ command, want string }{
		{"uvicorn a:b", "uvicorn a:b --host 0.0.0.0 --port 8000"},
		{"uvicorn a:b --host 127.0.0.1", "uvicorn a:b --host 127.0.0.1"},
		{"uvicorn --host=:: a:b", "uvicorn --host=:: a:b"},
		{"uvicorn a:b --uds /run/web", "uvicorn a:b --uds /run/web"},
		{"python -m uvicorn a:b --workers 4", "python -m uvicorn a:b --workers 4 --host 0.0.0.0 --port 8000"},
		{"python -m gunicorn a:b", "python -m gunicorn --bind 0.0.0.0:8000 a:b"},
		{"gunicorn -c conf.py a:b", "gunicorn -c conf.py a:b"},
		{"hypercorn a:b", "hypercorn --bind 0.0.0.0:8000 a:b"},
		{"waitress-serve a:b", "waitress-serve --listen 0.0.0.0:8000 a:b"},
		{"waitress-serve --port=8000 a:b", "waitress-serve --port=8000 a:b"},
		{"granian --interface asgi a:b", "granian --interface asgi a:b --host 0.0.0.0 --port 8000"},
		{"daphne a:b -p 9000", "daphne a:b -p 9000 -b 0.0.0.0"},
		{"flask run", "flask run --host 0.0.0.0 --port 8000"},
		{"flask run -h 0.0.0.0 -p 80", "flask run -h 0.0.0.0 -p 80"},
		{"flask db upgrade", "flask db upgrade"},
		{"python manage.py runserver --noreload", "python manage.py runserver --noreload 0.0.0.0:8000"},
		{"python manage.py runserver 0.0.0.0:80", "python manage.py runserver 0.0.0.0:80"},
		{"python run.py", "python run.py"},
		{"./wait && uvicorn a:b", "sh -c ./wait && uvicorn a:b --host 0.0.0.0 --port 8000"},
		{"./wait; exec flask run", "sh -c ./wait; exec flask run --host 0.0.0.0 --port 8000"},
		{"uvicorn a:b && echo $HOME", "sh -c uvicorn a:b && echo $HOME"},
		{"./jobs & uvicorn a:b", "sh -c ./jobs & uvicorn a:b --host 0.0.0.0 --port 8000"},
		{"uvicorn a:b & wait $!", "sh -c uvicorn a:b & wait $!"},
		{"LEVEL=1 uvicorn a:b", "sh -c LEVEL=1 uvicorn a:b --host 0.0.0.0 --port 8000"},
	} {
		args, _ := arguments(test.command, "")
		if got := strings.Join(args, " "); got != test.want {
			t.Errorf("%s: got %s, want %s", test.command, got, test.want)
		}
	}
}

func TestAProcessOfAProcfileIsStartedAsATarget(t *testing.T) {
	const text = needs + "\"gunicorn\"]\n-- jobs.py --\n" + guard + "print(1)\n-- Procfile --\nweb: gunicorn a:b\nworker: python jobs.py --all\nbeat: celery beat\n"
	for _, test := range []struct{ target, want, reason, err string }{
		{"", "gunicorn --bind 0.0.0.0:8000 a:b", "from Procfile's web; its other processes are targets: worker, beat", ""},
		{"worker", "python jobs.py --all", "from Procfile's worker", ""},
		{"beat", "", "", "Procfile:3:7: the process beat starts celery, which is not among the requirements"},
	} {
		files := tree(text)
		p, err := project.Read(project.FS(files), "pyproject.toml", project.Options{Target: test.target})
		if err != nil {
			t.Fatal(err)
		}
		requested, err := project.Requirements(p, project.Selection{})
		if err != nil {
			t.Fatal(err)
		}
		c, err := Command(Input{Project: p, Files: FS(files), Has: Installed(requested), Copied: func(string) bool { return true }})
		if got := strings.Join(c.Cmd, " "); got != test.want || c.Reason != test.reason || test.err == "" && err != nil || test.err != "" && (err == nil || err.Error() != test.err) {
			t.Errorf("%s: got %s (%s), %v", test.target, got, c.Reason, err)
		}
	}
}

func TestAProcessThatCannotRunIsToldWithTheCommandThatIsTakenInstead(t *testing.T) {
	for files, want := range map[string]string{
		needs + "\"flask\"]\n-- Procfile --\nweb: gunicorn app:app\n-- app.py --\n" + flask:       "app.py makes the Flask application app, and flask is installed; Procfile's web starts gunicorn, which is not among the requirements",
		needs + "\"gunicorn\"]\n-- Procfile --\nweb: uvicorn app:app\nworker: gunicorn app:app\n": "from Procfile's worker; its other processes are targets: web; Procfile's web starts uvicorn, which is not among the requirements",
	} {
		if c, err := find(t, files); err != nil || c.Reason != want {
			t.Errorf("got  %s, %v\nwant %s", c.Reason, err, want)
		}
	}
}
