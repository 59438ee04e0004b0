package pep503

import (
	"testing"

	"github.com/moult-build/moult/internal/pypkg/oracle"
)

func TestNamesAreNormalizedAsPackagingDoes(t *testing.T) {
	var b struct{ Names [][3]any }
	oracle.Load(t, &b)
	for _, c := range b.Names {
		name := c[0].(string)
		if got := Normalize(name); got != c[1].(string) {
			t.Errorf("Normalize(%q) = %q, want %q", name, got, c[1])
		}
		if got := IsNormalized(name); got != c[2].(bool) {
			t.Errorf("IsNormalized(%q) = %v", name, got)
		}
	}
	t.Logf("%d names", len(b.Names))
}

func TestValidNamesBeginAndEndWithALetterOrDigit(t *testing.T) {
	for name, want := range map[string]bool{"a": true, "A.b-c_d": true, "-a": false, "a-": false, "": false, "a b": false, "é": false} {
		if IsValid(name) != want {
			t.Errorf("IsValid(%q) = %v", name, !want)
		}
	}
}

func FuzzNormalize(f *testing.F) {
	f.Add("Foo.Bar__baz")
	f.Fuzz(func(t *testing.T, s string) {
		n := Normalize(s)
		if Normalize(n) != n {
			t.Fatalf("%q became %q, which is not normalized", s, n)
		}
		if IsValid(s) && !IsNormalized(n) {
			t.Fatalf("the valid name %q became %q", s, n)
		}
	})
}
