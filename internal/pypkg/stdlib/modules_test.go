package stdlib

import (
	"os"
	"slices"
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

// The files are sys.stdlib_module_names of these releases.
func TestEveryModuleOfAReleaseIsKnown(t *testing.T) {
	for _, python := range []string{"3.13", "3.14"} {
		content, err := os.ReadFile("testdata/" + python + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		names := strings.Fields(string(content))
		for _, name := range names {
			if p, _ := Find(name, python); p != Present && p != Windows {
				t.Errorf("%s of Python %s: %q", name, python, p)
			}
		}
		for _, name := range modules {
			if p, _ := Find(name, python); p == Present && !slices.Contains(names, name) && name != "test" {
				t.Errorf("Python %s has no %s", python, name)
			}
		}
	}
}
