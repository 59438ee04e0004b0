package start

import (
	"slices"
	"testing"
)

func TestTheLogsThatASourceWrites(t *testing.T) {
	for src, want := range map[string][]string{
		"logging.basicConfig(level=logging.INFO, filename='bot.log')\n":                             {"bot.log"},
		"def setup():\n    handler = RotatingFileHandler(\n        \"logs/app.log\", maxBytes=1)\n": {"logs/app.log"},
		"logging.basicConfig(handlers=[logging.FileHandler(filename=\"a.log\")])\n":                 {"a.log"},
		"logger.add('debug.log', rotation='1 day')\n":                                               {"debug.log"},
		"with open('access.log') as f:\n    print(f.read())\n":                                      nil,
		"df = read(filename='access.log')\n":                                                        nil,
		"logging.FileHandler('/var/log/app.log')\n":                                                 nil,
		"logging.FileHandler(f'{name}.log')\nlogging.FileHandler('../app.log')\n":                   nil,
		"logging.FileHandler(\n":                                                                    nil,
	} {
		if got := Load(src).Logs; !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", src, got, want)
		}
	}
}
