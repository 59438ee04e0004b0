package daemons

import "testing"

func TestPackagesAreBuiltAgainForAPythonThatTheyLack(t *testing.T) {
	for _, c := range []struct {
		stamp   string
		pythons []string
		want    bool
	}{
		{"abc\n3.13\n", []string{"3.13"}, true},
		{"abc\n3.13\n3.11\n", []string{"3.13"}, true},
		{"abc\n3.13\n", []string{"3.13", "3.11"}, false},
		{"abc\n", []string{"3.13"}, false},
		{"other\n3.13\n", []string{"3.13"}, false},
		{"", []string{"3.13"}, false},
	} {
		if is := builtFor(c.stamp, "abc\n", c.pythons); is != c.want {
			t.Errorf("stamp %q for %v: %v", c.stamp, c.pythons, is)
		}
	}
}
