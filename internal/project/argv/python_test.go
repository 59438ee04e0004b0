package argv

import (
	"fmt"
	"strings"
	"testing"
)

func TestWhatPythonStarts(t *testing.T) {
	for words, want := range map[string]string{
		"python main.py a":                          "file main.py [a]",
		"/usr/bin/python3.13 -u main.py":            "file main.py [] u",
		"python -W ignore -m shop serve":            "module shop [serve] -W ignore",
		"python -Wignore -X utf8 -um shop serve":    "module shop [serve] u -W ignore -X utf8",
		"python -mshop -W x":                        "module shop [-W x]",
		"python -OO -c x y":                         "code x [y] OO",
		"python -uWignore x.py":                     "file x.py [] u -W ignore",
		"python --check-hash-based-pycs never x.py": "file x.py [] --check-hash-based-pycs never",
		"python - x":                                "[x]",
		"python -u":                                 "[] u",
		"python --version":                          "?",
		"python -V":                                 "?",
		"python -h":                                 "?",
		"python -m":                                 "?",
		"pythonic x.py":                             "?",
		"python3.14t x.py":                          "file x.py []",
	} {
		i, ok := PythonOf(strings.Fields(words))
		got := "?"
		if ok {
			var parts []string
			for _, part := range []struct{ name, value string }{{"file", i.File}, {"module", i.Module}, {"code", i.Code}} {
				if part.value != "" {
					parts = append(parts, part.name+" "+part.value)
				}
			}
			parts = append(parts, fmt.Sprint(i.Rest))
			if i.Flags != "" {
				parts = append(parts, i.Flags)
			}
			got = strings.Join(append(parts, i.Options...), " ")
		}
		if got != want {
			t.Errorf("%s: %s, want %s", words, got, want)
		}
	}
}
