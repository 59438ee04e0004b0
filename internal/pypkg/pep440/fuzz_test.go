package pep440

import "testing"

func FuzzParse(f *testing.F) {
	for _, s := range []string{"1.0", "1!2.0a1.post2.dev3+ubuntu.1", "v1-1", "1.0+", "1..2", "é"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := Parse(s)
		if err != nil {
			return
		}
		again, err := Parse(v.String())
		if err != nil || !again.Equal(v) || again.String() != v.String() {
			t.Fatalf("%q became %q, which became %q (%v)", s, v, again, err)
		}
		canonical, err := Parse(v.Canonical())
		if err != nil || !canonical.Equal(v) {
			t.Fatalf("%q has the canonical form %q (%v)", s, v.Canonical(), err)
		}
	})
}

func FuzzParseSpecifierSet(f *testing.F) {
	for _, s := range []string{">=1.0,<2", "===x", "~=1.4.5a4", "==1.*", "!=1.0+x, >2", "~=1", ""} {
		f.Add(s, "1.0")
	}
	f.Fuzz(func(t *testing.T, s, version string) {
		set, err := ParseSpecifierSet(s)
		if err != nil {
			return
		}
		_ = set.ContainsString(version, PrereleasesDefault)
		_ = AllowsMinor(set, 3, 12)
		again, err := ParseSpecifierSet(set.String())
		if err != nil || again.String() != set.String() {
			t.Fatalf("%q became %q, which became %q (%v)", s, set, again, err)
		}
		if again.ContainsString(version, PrereleasesDenied) != set.ContainsString(version, PrereleasesDenied) {
			t.Fatalf("%q and %q differ on %q", s, set, version)
		}
	})
}
