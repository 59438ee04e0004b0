package legacy

import (
	"slices"
	"testing"
)

func TestTheNewestSetuptoolsStandsInForAnOldOne(t *testing.T) {
	const python = "/usr/local/bin/python3.11"
	for _, test := range []struct {
		requires, want []string
		ok             bool
	}{
		{Requires(python), []string{"setuptools"}, true},
		{append([]string{"cython"}, Requires(python)...), []string{"cython", "setuptools"}, true},
		{[]string{"setuptools>=61"}, nil, false},
		{[]string{"wheel<0.46"}, nil, false},
	} {
		got, ok := Newest(test.requires, python)
		if ok != test.ok || ok && !slices.Equal(got, test.want) {
			t.Errorf("%q: %q, %v", test.requires, got, ok)
		}
	}
	if _, ok := Newest(Requires("python3.13"), "python3.13"); ok {
		t.Error("the newest one would be tried twice")
	}
}

func TestPipSaysThatAnIndexLacksAnOldSetuptools(t *testing.T) {
	for text, want := range map[string]bool{
		"  ERROR: No matching distribution found for setuptools<66\n": true,
		"ERROR: No matching distribution found for wheel<0.46":        true,
		"ERROR: No matching distribution found for setuptools-scm<9":  false,
		"ERROR: No matching distribution found for setuptools>=80":    false,
	} {
		if Missing(text) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
}
