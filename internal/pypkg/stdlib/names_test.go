package stdlib

import "testing"

func TestNamesThatReleasesHaveRemoved(t *testing.T) {
	for _, test := range []struct {
		module, name, python, since string
	}{
		{"collections", "Mapping", "3.9", ""}, {"collections", "Mapping", "3.10", "3.10"}, {"collections", "OrderedDict", "3.14", ""},
		{"inspect", "getargspec", "3.14t", "3.11"}, {"ast", "Str", "3.13", ""}, {"ast", "Str", "3.15", "3.14"}, {"shop", "Mapping", "3.14", ""},
	} {
		p, since := FindName(test.module, test.name, test.python)
		if since != test.since || (p == Removed) != (since != "") {
			t.Errorf("%s.%s in Python %s: %q %q", test.module, test.name, test.python, p, since)
		}
	}
}
