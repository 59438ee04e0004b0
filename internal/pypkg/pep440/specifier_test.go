package pep440

import (
	"strings"
	"testing"
)

func TestWrongSpecifiersSayWhatToWrite(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"^1.0", "Poetry"},
		{"~1.0", "Poetry"},
		{"=1.0", "write ==, not ="},
		{"1.0", "starts with none of"},
		{">=1.0.*", ".* goes with == and != only"},
		{">1.0+cpu", "local version"},
		{"~=1", "at least two numbers"},
		{"==one", `"one" is not a version`},
	} {
		_, err := ParseSpecifierSet(c.text)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: got %v, want it to say %q", c.text, err, c.want)
		}
	}
}

func TestAZeroVersionIsOlderThanAllAndMatchesNothing(t *testing.T) {
	v, err := Parse("0.dev0")
	if err != nil {
		t.Fatal(err)
	}
	var zero Version
	if zero.Compare(v) >= 0 || v.Compare(zero) <= 0 || zero.Compare(zero) != 0 || zero.String() != "" {
		t.Error("the zero version is not the first")
	}
	set, _ := ParseSpecifierSet(">=0")
	if set.Contains(zero, PrereleasesAllowed) {
		t.Error("the zero version fits >=0")
	}
}
