package pep440

import (
	"strings"
	"testing"
)

// uv 0.13 calls a lock fresh after each of the changes that are the same here.
func TestTwoSetsAreTheSameIfTheyAllowTheSameVersions(t *testing.T) {
	for _, test := range []struct {
		a, b string
		same bool
	}{
		{">=3,>=2", ">=3", true},
		{">=3", ">=3.0", true},
		{"==1.0", "==1.0.0", true},
		{">=3,<9", "<9,>=3", true},
		{">=3,<9", ">=3,<9,!=2", true},
		{">=3,<9", ">=3,<9,<10", true},
		{"~=3.1", ">=3.1,<4", true},
		{"~=3.1.2", "==3.1.*,>=3.1.2", true},
		{"", ">=0.dev0", true},
		{"", "", true},
		{"===1.0", "===1.0", true},
		{"===1.0", "==1.0", false},
		{">=3,>=2", ">=2", false},
		{">=3", ">=3,<9", false},
		{">=3,<9", ">=3,<=9", false},
		{">=3,<9", ">=3,<9,!=3.5", false},
		{">3", ">=3", false},
		{">3", ">=3.post1", false},
		{"==1.0", "==1.0+cpu", false},
		{"==1.*", "==1.0.*", false},
		{"~=3.1", "~=3.1.0", false},
		{"<2", "<2rc1", false},
		{">=3rc1", ">=3", false},
		{"!=1.0", "", false},
		{"", ">=0", false},
		{">=1!1", ">=1", false},
	} {
		a, err := ParseSpecifierSet(test.a)
		if err != nil {
			t.Fatal(err)
		}
		b, err := ParseSpecifierSet(test.b)
		if err != nil {
			t.Fatal(err)
		}
		if SameVersions(a, b) != test.same || SameVersions(b, a) != test.same {
			t.Errorf("%q and %q are not %v", test.a, test.b, test.same)
		}
	}
}

// A file may have sets of any size, and the comparison of versions takes the square of it.
func TestSetsOfAnySizeAreCompared(t *testing.T) {
	for _, part := range []string{">=1" + strings.Repeat(".1", 50_000), strings.Repeat(">=1,", 20_000) + "<2"} {
		a, err := ParseSpecifierSet(part)
		if err != nil {
			t.Fatal(err)
		}
		b, err := ParseSpecifierSet(part + ",!=1.5")
		if err != nil {
			t.Fatal(err)
		}
		if !SameVersions(a, a) || SameVersions(a, b) {
			t.Errorf("%.20s...", part)
		}
	}
}
