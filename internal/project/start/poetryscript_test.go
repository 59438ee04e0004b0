package start

import (
	"errors"
	"strings"
	"testing"
)

func TestAScriptOfPoetryCountsBesideProject(t *testing.T) {
	const (
		poetry = "[tool.poetry.scripts]\nsell = \"shop.main:main\"\n[build-system]\nrequires = []\nbuild-backend = \"poetry.core.masonry.api\"\n"
		module = "-- shop/__init__.py --\n-- shop/main.py --\ndef main(): print(1)\ndef list(): print(2)\n"
	)
	for _, test := range []struct{ name, files, want string }{
		{"if it has none itself", needs + "]\n" + poetry + module, "sell"},
		{"if it has one, which Poetry takes alone", needs + "]\n[project.scripts]\nlist = \"shop.main:list\"\n" + poetry + module, "list"},
		{"with another backend, which knows nothing of it", needs + "]\n" + strings.Replace(poetry, "poetry.core.masonry.api", "hatchling.build", 1) + module, ""},
	} {
		c, err := Command(input(t, tree(test.files)))
		if got := strings.Join(c.Cmd, " "); got != test.want || (test.want == "") != errors.Is(err, ErrNothing) {
			t.Errorf("%s: got %s (%s), %v, want %s", test.name, got, c.Reason, err, test.want)
		}
	}
}
