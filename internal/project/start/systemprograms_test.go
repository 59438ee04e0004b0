package start

import (
	"strings"
	"testing"
)

func TestTheProgramsThatTheDockerfileInstallsAndTheProjectCallsAreAdded(t *testing.T) {
	const (
		calls = needs + "]\n-- main.py --\nimport subprocess\n" + guard + "subprocess.run([\"git\", \"log\"])\n"
		shell = needs + "]\n-- main.py --\nimport os\n" + guard + "os.system('git log')\n"
		apt   = "RUN apt-get update && apt-get install -y --no-install-recommends \\\n    curl gcc \\\n    git=1:2.* && rm -rf /var/lib/apt/lists/*\n"
	)
	for _, test := range []struct{ name, files, want string }{
		{"one of a list", calls + "-- Dockerfile --\nFROM python\n" + apt + "CMD python main.py\n", "git for main.py"},
		{"one of a text for a shell", shell + "-- Dockerfile --\nFROM python\n" + apt + "CMD python main.py\n", "git for main.py"},
		{"one that a requirement calls", needs + "\"yt-dlp\"]\n-- main.py --\n" + guard + "print(1)\n-- Dockerfile --\nFROM python\nRUN apt update; apt install -y ffmpeg\nCMD python main.py\n", "ffmpeg for yt-dlp"},
		{"one of the stage that the last one extends", calls + "-- Dockerfile --\nFROM python AS base\n" + apt + "FROM base\nCMD python main.py\n", "git for main.py"},
		{"not of a builder's stage", calls + "-- Dockerfile --\nFROM python AS builder\n" + apt + "FROM python\nCOPY --from=builder /x /x\nCMD python main.py\n", ""},
		{"not one that nothing calls", needs + "]\n-- main.py --\n# git\n" + guard + "print(\"git\")\n-- Dockerfile --\nFROM python\n" + apt + "CMD python main.py\n", ""},
		{"not one that the Dockerfile does not install", calls + "-- Dockerfile --\nFROM python\nRUN pip install git\nCMD python main.py\n", ""},
		{"not where the build file names the command", strings.Replace(calls, "-- main.py --", "[tool.moult]\ncmd = [\"python\"]\n-- main.py --", 1) + "-- Dockerfile --\nFROM python\n" + apt + "CMD python main.py\n", ""},
	} {
		c, err := find(t, test.files)
		var got []string
		for _, p := range c.Programs {
			got = append(got, p.Package+" for "+p.For)
		}
		if err != nil || c.Cmd == nil && c.Why == "" || strings.Join(got, ", ") != test.want {
			t.Errorf("%s: got %v of %v, %v, want %s", test.name, got, c.Cmd, err, test.want)
		}
	}
}
