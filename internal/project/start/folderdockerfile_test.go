package start

import (
	"strings"
	"testing"
)

func TestTheDockerfileOfAFolderSaysWhatItsServiceStarts(t *testing.T) {
	const (
		program = guard + "print(1)\n"
		api     = needs + "\"fastapi\", \"uvicorn\"]\n-- shop/bot/app.py --\n" + fastapi + "-- shop/bot/__main__.py --\n" + program
	)
	dockerfile := func(folder, command string) string {
		return "-- " + folder + "/Dockerfile --\nFROM python\n" + command + "\n"
	}
	for _, test := range []struct{ name, files, want string }{
		{"a program of the folder, with its words", api + dockerfile("shop/bot", `CMD ["python", "-m", "shop.bot", "/tmp/rows.db"]`), "python -m shop.bot /tmp/rows.db"},
		{"a program of a folder above", api + dockerfile("shop", "CMD python -m shop.bot"), "python -m shop.bot"},
		{"not a program of another folder", api + "-- job.py --\n" + program + dockerfile("shop/bot", "CMD python job.py"), "uvicorn shop.bot.app:app --host 0.0.0.0 --port 8000"},
		{"not what prepares something", api + "-- shop/bot/migrate.py --\n" + program + dockerfile("shop/bot", "CMD python migrate.py"), "uvicorn shop.bot.app:app --host 0.0.0.0 --port 8000"},
		{"not in another folder", api + dockerfile("other", "CMD python -m shop.bot"), "uvicorn shop.bot.app:app --host 0.0.0.0 --port 8000"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := find(t, test.files)
			if got := strings.Join(c.Cmd, " "); err != nil || got != test.want {
				t.Errorf("got  %s (%s), %v\nwant %s", got, c.Reason, err, test.want)
			}
		})
	}
}
