package start

import (
	"strings"
	"testing"
)

func TestAProgramThatStartsAServerBesideWhatElseItDoesIsStarted(t *testing.T) {
	const (
		alive = "-- keep_alive.py --\nfrom threading import Thread\n" + flask + "def run():\n    app.run(host='0.0.0.0', port=8080)\ndef keep_alive():\n    Thread(target=run).start()\n"
		bot   = needs + "\"flask\", \"discord-py\"]\n"
		calls = "import discord\nfrom keep_alive import keep_alive\nkeep_alive()\ndiscord.Client().run('token')\n"
		api   = needs + "\"fastapi\", \"uvicorn\"]\n-- web.py --\n" + fastapi
		async = "import asyncio\nimport uvicorn\nfrom web import app\nasync def main():\n    server = uvicorn.Server(uvicorn.Config(app, host=\"0.0.0.0\"))\n    await server.serve()\n" + guard + "asyncio.run(main())\n"
	)
	for _, test := range []struct{ name, files, want string }{
		{"a bot", bot + alive + "-- robot.py --\n" + calls, "python robot.py"},
		{"a bot that imports the whole module", bot + alive + "-- robot.py --\nimport keep_alive\nkeep_alive.run()\n", "python robot.py"},
		{"a bot in a folder", bot + strings.ReplaceAll(alive, "keep_alive.py", "src/keep_alive.py") + "-- src/robot.py --\n" + calls, "python src/robot.py"},
		{"an asynchronous program", api + "-- robot.py --\n" + async, "python robot.py"},
		{"an asynchronous program that makes the application", needs + "\"fastapi\", \"uvicorn\"]\n-- robot.py --\n" + strings.Replace(async, "from web import app\n", fastapi, 1), "python robot.py"},
		{"the application, if the program's server is not reached", api + "-- robot.py --\n" + strings.Replace(async, ", host=\"0.0.0.0\"", "", 1), "uvicorn web:app --host 0.0.0.0 --port 8000"},
		{"the application, if a program only imports it", api + "-- rows.py --\nfrom web import app\n" + guard + "print(app)\n", "uvicorn web:app --host 0.0.0.0 --port 8000"},
		{"the application, if what imports its function prepares something", bot + alive + "-- seed.py --\nfrom keep_alive import run\n" + guard + "print(run)\n", "flask --app keep_alive run --host 0.0.0.0 --port 8000"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := find(t, test.files)
			if got := strings.Join(c.Cmd, " "); err != nil || got != test.want {
				t.Errorf("got  %s (%s), %v\nwant %s", got, c.Reason, err, test.want)
			}
		})
	}
}
