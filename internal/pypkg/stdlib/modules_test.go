package stdlib

import (
	"os/exec"
	"strings"
	"testing"
)

func TestModulesOfReleases(t *testing.T) {
	for _, test := range []struct {
		module, python string
		want           Presence
		since          string
	}{
		{"json", "3.7", Present, ""}, {"json", "3.15", Present, ""}, {"_socket", "3.13", Present, ""}, {"yaml", "3.13", Unknown, ""},
		{"distutils", "3.11", Present, ""}, {"distutils", "3.12", Removed, "3.12"}, {"cgi", "3.12", Present, ""}, {"cgi", "3.14t", Removed, "3.13"},
		{"tomllib", "3.10", Added, "3.11"}, {"tomllib", "3.11", Present, ""}, {"winreg", "3.13", Windows, ""}, {"msilib", "3.11", Windows, ""},
	} {
		if got, since := Find(test.module, test.python); got != test.want || since != test.since {
			t.Errorf("%s in Python %s: %q %q", test.module, test.python, got, since)
		}
	}
}

// Python itself is the reference, as far as this machine has one.
func TestEveryModuleOfTheInstalledPythonIsKnown(t *testing.T) {
	out, err := exec.Command("python3", "-c", "import sys; print('%d.%d' % sys.version_info[:2], *sys.stdlib_module_names)").Output()
	if err != nil {
		t.Skip("no Python 3.10 or later here")
	}
	names := strings.Fields(string(out))
	for _, name := range names[1:] {
		if p, _ := Find(name, names[0]); p != Present && p != Windows {
			t.Errorf("%s of Python %s: %q", name, names[0], p)
		}
	}
}
