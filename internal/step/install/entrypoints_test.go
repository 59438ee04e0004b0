package install

import (
	"fmt"
	"strings"
	"testing"
)

func (e entryPoints) String() string {
	var b strings.Builder
	for _, p := range e {
		fmt.Fprintf(&b, "%s=%s:%s;", p.name, p.module, p.attr)
	}
	return b.String()
}

func TestEntryPoints(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"an empty file", "", ""},
		{"one command", "[console_scripts]\nrun = demo.cli:main\n", "run=demo.cli:main;"},
		{"without spaces and with Windows line ends", "[console_scripts]\r\nrun=demo:main\r\n", "run=demo:main;"},
		{"names keep their case", "[console_scripts]\nRun = a:b\nrun = c:d\n", "Run=a:b;run=c:d;"},
		{"names beyond ASCII", "[console_scripts]\nüben = mödül:fünc\n", "üben=mödül:fünc;"},
		{"a name with a colon and spaces", "[console_scripts]\nrun this: = a:b\n", "run this:=a:b;"},
		{"a method of a class", "[console_scripts]\nrun = a.b:C.d.e\n", "run=a.b:C.d.e;"},
		{"extras are ignored", "[console_scripts]\nrun = a:b [x, y]\nrun2 = a:b[x]\n", "run=a:b;run2=a:b;"},
		{"comments and empty lines", "# c\n; c\n\n[console_scripts]\n  # c\nrun = a:b\n", "run=a:b;"},
		{"other groups may hold anything", "[other]\nnonsense\nx = y = z\n[console_scripts]\nrun = a:b\n[more]\n= \n", "run=a:b;"},
		{"both groups, sorted", "[gui_scripts]\nb = g:g\n[console_scripts]\nc = c:c\na = a:a\n", "a=a:a;b=g:g;c=c:c;"},
		{"a name in both groups is the console's", "[console_scripts]\nrun = c:c\n[gui_scripts]\nrun = g:g\n", "run=c:c;"},
		{"a name twice is the last", "[console_scripts]\nrun = a:a\nrun = b:b\n", "run=b:b;"},
		{"a name like the interpreter's with more to it", "[console_scripts]\npython-demo = a:b\npythonic = a:b\n", "python-demo=a:b;pythonic=a:b;"},
		{"a byte order mark", "\ufeff[console_scripts]\nrun = a:b\n", "run=a:b;"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := parseEntryPoints([]byte(tc.text))
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

func TestPipGetsTheNamesOfThePythonAtHand(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"pip", "[console_scripts]\npip = p:m\npip3 = p:m\npip3.9 = p:m\n", "pip=p:m;pip3=p:m;pip3.13=p:m;"},
		{"easy_install", "[console_scripts]\neasy_install = e:m\neasy_install-3.6 = e:m\n", "easy_install=e:m;easy_install-3.13=e:m;"},
		{"a project that has pip3 only", "[console_scripts]\npip3 = p:m\n", "pip3=p:m;"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e, err := parseEntryPoints([]byte(tc.text))
			if err != nil {
				t.Fatal(err)
			}
			if got := e.forPython("3.13").String(); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}
