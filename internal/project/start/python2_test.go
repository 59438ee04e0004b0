package start

import (
	"strings"
	"testing"
)

func TestAProgramForPython2IsNotStarted(t *testing.T) {
	const (
		main = needs + "]\n-- main.py --\n"
		say  = guard + "print \"hello\"\n"
	)
	for _, test := range []struct{ name, files, err string }{
		{"a statement print", main + "x = 1\n" + say, "main.py is for Python 2: its line 3 is no statement of Python 3; convert it"},
		{"one behind a colon", main + "if True: print x\n", "its line 1 is no"},
		{"a statement exec", main + "import os\nexec \"x = 1\"\n", "its line 2 is no"},
		{"in a module that it imports", main + "import rows\n" + guard + "rows.read()\n-- rows.py --\ndef read():\n    print 'rows', 1\n", "rows.py is for Python 2: its line 2 is no"},
		{"in a module of a package", main + "from shop.rows import read\n" + guard + "read()\n-- shop/__init__.py --\n-- shop/rows.py --\nprint 1\n", "shop/rows.py is for Python 2"},
		{"a module of Python 2", main + "import urllib2\n" + guard + "print(1)\n", "main.py is for Python 2: it imports urllib2, which Python 3 does not have"},
		{"a module that it tries", main + "try:\n    import urllib2\nexcept ImportError:\n    urllib2 = None\n" + guard + "print(1)\n", ""},
		{"a module of the project", main + "import StringIO\n" + guard + "print(1)\n-- StringIO.py --\n", ""},
		{"print as a function", main + "print(\"hello\")\nprint\nprint if True else 1\nlog = print\nexec(\"x\")\n", ""},
		{"in a text", main + "x = '''\nprint \"hello\"\n'''\n" + guard + "print(x)\n", ""},
		{"in a module that it may import", main + "import sys\nif sys.version_info[0] < 3:\n    import old\n" + guard + "print(1)\n-- old.py --\nprint 1\n", ""},
		{"in a module that a module of its package always imports", main + "import shop\n" + guard + "print(1)\n-- shop/__init__.py --\nfrom . import old\n-- shop/old.py --\nprint 1\n", "shop/old.py is for Python 2"},
		{"in a module of its package that it may import", main + "import shop.rows\nif shop.rows.old:\n    import shop.old\n" + guard + "print(1)\n-- shop/__init__.py --\n-- shop/rows.py --\nold = False\n-- shop/old.py --\nprint 1\n", ""},
		{"in a module that it may import, with the name of another one", main + "import json\nif 0:\n    import compat.json\n" + guard + "print(1)\n-- compat/json.py --\nprint 1\n", ""},
		{"in a module that it does not import", main + guard + "print(1)\n-- tools/old.py --\nprint 1\n", ""},
		{"for a command of the build file", needs + "]\n[tool.moult]\ncmd = [\"python\", \"main.py\"]\n-- main.py --\n" + say, ""},
	} {
		c, err := find(t, test.files)
		if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("%s: %v, %v, want %s", test.name, c.Cmd, err, test.err)
		}
	}
}
