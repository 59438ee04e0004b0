package start

import (
	"strings"
	"testing"
)

func TestTheStageThatRunsTheProgramIsTaken(t *testing.T) {
	const (
		program = guard + "print(1)\n"
		api     = needs + "\"fastapi\", \"uvicorn\"]\n-- web/api.py --\n" + fastapi + "-- train.py --\n" + program + "-- Dockerfile --\nFROM python AS base\n"
		serve   = "FROM base AS api\nCMD [\"uvicorn\", \"web.api:app\"]\n"
		want    = "uvicorn web.api:app --host 0.0.0.0 --port 8000"
	)
	for _, test := range []struct{ name, files, want string }{
		{"before one that trains", api + serve + "FROM base AS trainer\nENTRYPOINT [\"python\", \"train.py\"]\n", want},
		{"before one that tests", api + serve + "FROM base AS tests\nRUN pip install pytest\nCMD [\"python\", \"-m\", \"pytest\", \"-q\"]\n", want},
		{"before one with a shell", api + serve + "FROM base AS dev\nCMD [\"bash\"]\n", want},
		{"not before another program", api + serve + "FROM base AS job\nCMD [\"python\", \"job.py\"]\n-- job.py --\n" + program, "python job.py"},
		{"not if no other starts a program", api + "CMD [\"sleep\", \"1\"]\nFROM base\nCMD [\"python\", \"train.py\"]\n", "python train.py"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := find(t, test.files)
			if got := strings.Join(c.Cmd, " "); err != nil || got != test.want || !strings.Contains(c.Reason, "Dockerfile starts it") {
				t.Errorf("got  %s (%s), %v\nwant %s", got, c.Reason, err, test.want)
			}
		})
	}
}
