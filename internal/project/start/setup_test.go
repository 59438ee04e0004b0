package start

import (
	"strings"
	"testing"
)

func TestASetupFileMayBeAProgram(t *testing.T) {
	const (
		packaging = "-- setup.py --\nfrom numpy.distutils.core import setup\n" + guard + "setup(name=\"shop\")\n"
		wizard    = "-- setup.py --\nimport rows\ndef setup(): pass\n" + guard + "setup()\n"
	)
	for _, test := range []struct{ name, files, want string }{
		{"that the Procfile starts", wizard + "-- Procfile --\nworker: python setup.py\n", "python setup.py"},
		{"that the Dockerfile starts", wizard + "-- Dockerfile --\nFROM python\nCMD python setup.py\n", "python setup.py"},
		{"beside another one", wizard + "-- robot.py --\n" + guard + "print(1)\n", "python robot.py"},
		{"with the only guard", wizard + "-- rows.py --\n", "setup.py is the only file that can be started, and its name says that it prepares something; write cmd = [\"python\", \"setup.py\"]"},
		{"unless it packages the project", packaging + "-- Dockerfile --\nFROM python\nRUN python setup.py install\nCMD python setup.py test\n", "there is nothing to start"},
	} {
		c, err := find(t, needs+"]\n"+test.files)
		got := strings.Join(c.Cmd, " ")
		if err != nil {
			got = err.Error()
		}
		if err == nil && got != test.want || err != nil && !strings.Contains(got, test.want) {
			t.Errorf("%s: %s", test.name, got)
		}
	}
}

func TestAProgramForWindowsIsNamed(t *testing.T) {
	_, err := find(t, needs+"]\n-- main.pyw --\nimport tkinter\ntkinter.Tk().mainloop()\n")
	if err == nil || !strings.Contains(err.Error(), `there is nothing to start: main.pyw is for windows, and an image has no display; write cmd = ["python", "main.pyw"] under [tool.moult], if it can do without them`) {
		t.Error(err)
	}
}
